"""The state of the cost pages survives its address, and nonsense is refused by name."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.sketch import SKETCH_KNOBS, SKETCHES
from moeviz.analysis.cost.released_models import released_names
from moeviz.config import ConfigError
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.cost.state import SKETCH_URL_NAMES, CountState, from_query, subjects, to_query

NAMES = [*SKETCH_URL_NAMES.values(), *COUNT_KNOBS, "like", "model", "example", "compare"]


@st.composite
def states(draw: st.DrawFn) -> CountState:
    """Any state whose sliders fit together."""
    state = CountState(
        draw(st.sampled_from(sorted(SKETCHES))),
        model=draw(st.sampled_from(subjects())),
        example=draw(st.sampled_from(sorted(EXAMPLES))),
        compare=tuple(draw(st.lists(st.sampled_from(released_names()), unique=True, max_size=4))),
    )
    for name in draw(st.sets(st.sampled_from(sorted(COUNT_KNOBS)), max_size=5)):
        knob = COUNT_KNOBS[name]
        value = (
            draw(st.sampled_from(knob.choices))
            if knob.kind == "choice"
            else draw(st.integers(int(knob.low), int(knob.high)))
            if knob.kind == "int"
            else draw(st.floats(knob.low, knob.high))
        )
        state = dataclasses.replace(state, **state.with_knob(name, value))
    for name in draw(st.sets(st.sampled_from(sorted(SKETCH_KNOBS)), max_size=5)):
        knob = SKETCH_KNOBS[name]
        values = (
            st.sampled_from(knob.choices)
            if knob.kind == "choice"
            else st.integers(int(knob.low), min(int(knob.high), 600))
        )
        moved = dataclasses.replace(state, **state.with_slider(name, draw(values)))
        try:
            moved.sketch()
        except ConfigError:
            continue
        state = moved
    return state


@given(states())
def test_every_state_survives_its_address(state):
    assert from_query(to_query(state)) == (state, [])


def test_the_default_state_has_an_empty_address():
    assert to_query(CountState()) == {}


def test_every_slider_has_a_name_in_the_address_and_no_two_the_same():
    assert set(SKETCH_URL_NAMES) == set(SKETCH_KNOBS)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(
    "name", ["like", "model", "example", *SKETCH_URL_NAMES.values(), *COUNT_KNOBS, "unknown"]
)
@pytest.mark.parametrize("text", ["", "-1", "nan", "1e99", "<script>", "9" * 400, "٣"])
def test_nonsense_in_an_address_is_named_and_costs_nothing_else(name, text):
    state, notices = from_query({"experts": "16", name: text})
    assert any(notice.startswith(f"{name}=") for notice in notices)
    assert state == CountState(changes={} if name == "experts" else {"n_experts": 16})


def test_sliders_that_do_not_fit_together_are_refused_together():
    state, notices = from_query({"experts": "4", "k": "8"})
    assert state == CountState()
    assert "k must be at most experts = 4" in notices[0]


def test_older_links_with_former_names_still_lead_to_their_value():
    state, notices = from_query({"dial": "top_k", "turn": "4"})
    assert not notices
    assert to_query(state) == {"vary": "top_k", "value": "4"}


def test_a_slider_put_back_leaves_no_trace():
    moved = CountState(**CountState().with_slider("n_experts", 16))
    assert CountState(**moved.with_slider("n_experts", 8)) == CountState()
