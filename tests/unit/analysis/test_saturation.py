"""When the assignments of a text stop changing, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.analysis.saturation import router_saturation, settled_from, settled_share
from moeviz.traces import AssignmentList


def lists_of(expert_index: np.ndarray) -> list[AssignmentList]:
    """The same assignments as one list for each step."""
    zeros, ones = np.zeros_like(expert_index[0]), np.ones_like(expert_index[0], dtype=bool)
    return [
        AssignmentList.rectangle(
            4, chosen=each, expert=each, weight=zeros, queue_place=zeros, kept=ones
        )
        for each in expert_index
    ]


@st.composite
def experts(draw, with_k: bool = False):
    """(steps, T) or (steps, T, K) experts of 4."""
    n_steps, n_tokens = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    top_k = draw(st.integers(1, 3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    all_k = np.argsort(rng.random((n_steps, n_tokens, 4)), axis=2)[:, :, :top_k]
    return all_k if with_k else all_k[:, :, 0]


@given(experts())
def test_a_token_is_settled_from_where_a_loop_finds_no_later_change(expert):
    wanted = []
    for token in range(expert.shape[1]):
        place = len(expert) - 1
        while place > 0 and expert[place - 1, token] == expert[-1, token]:
            place -= 1
        wanted.append(place)
    assert settled_from(expert).tolist() == wanted


@given(experts())
def test_the_settled_share_counts_tokens_that_equal_the_last_step_ever_after(expert):
    wanted = [
        sum((expert[place:, t] == expert[-1, t]).all() for t in range(expert.shape[1]))
        / expert.shape[1]
        for place in range(len(expert))
    ]
    assert settled_share(expert) == pytest.approx(wanted)


@given(experts(with_k=True))
def test_router_saturation_is_the_mean_overlap_with_the_last_steps_experts(expert_index):
    wanted = []
    for step in expert_index:
        parts = [
            len(set(now) & set(last)) / len(last)
            for now, last in zip(step.tolist(), expert_index[-1].tolist(), strict=True)
        ]
        wanted.append(sum(parts) / len(parts))
    assert router_saturation(lists_of(expert_index)) == pytest.approx(wanted)


def test_saturation_forgives_wandering_and_settling_does_not():
    expert = np.array([[1], [2], [1]])
    assert settled_share(expert).tolist() == [0, 0, 1]
    assert router_saturation(lists_of(expert[:, :, None])).tolist() == [1, 0, 1]
