"""When a router stops changing its mind, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.analysis.saturation import router_saturation, settled_from, settled_share


@st.composite
def choices(draw, with_k: bool = False):
    """(S, T) or (S, T, K) experts of 4."""
    n_steps, n_tokens = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    top_k = draw(st.integers(1, 3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    all_k = np.argsort(rng.random((n_steps, n_tokens, 4)), axis=2)[:, :, :top_k]
    return all_k if with_k else all_k[:, :, 0]


@given(choices())
def test_a_token_is_settled_from_where_a_loop_finds_no_later_change(choice):
    wanted = []
    for token in range(choice.shape[1]):
        place = len(choice) - 1
        while place > 0 and choice[place - 1, token] == choice[-1, token]:
            place -= 1
        wanted.append(place)
    assert settled_from(choice).tolist() == wanted


@given(choices())
def test_the_settled_share_counts_tokens_that_equal_the_last_step_ever_after(choice):
    wanted = [
        sum((choice[place:, t] == choice[-1, t]).all() for t in range(choice.shape[1]))
        / choice.shape[1]
        for place in range(len(choice))
    ]
    assert settled_share(choice) == pytest.approx(wanted)


@given(choices(with_k=True))
def test_router_saturation_is_the_mean_overlap_with_the_last_choice(expert_index):
    wanted = []
    for step in expert_index:
        parts = [
            len(set(now) & set(last)) / len(last)
            for now, last in zip(step.tolist(), expert_index[-1].tolist(), strict=True)
        ]
        wanted.append(sum(parts) / len(parts))
    assert router_saturation(expert_index) == pytest.approx(wanted)


def test_saturation_forgives_wandering_and_settling_does_not():
    choice = np.array([[1], [2], [1]])
    assert settled_share(choice).tolist() == [0, 0, 1]
    assert router_saturation(choice[:, :, None]).tolist() == [1, 0, 1]
