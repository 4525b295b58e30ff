"""The address says the whole state, and no address breaks a page."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from moeviz.config import KNOBS, LIVE_KNOBS
from moeviz.routing.balancing import BALANCING_METHODS
from moeviz.ui.address import base_of, from_query, to_query
from moeviz.ui.lab_state import LAB_KNOBS, METRIC_NAMES, URL_NAMES, LabState, Then
from moeviz.ui.presets import BY_NAME, PRESETS


def knob_values(name: str) -> st.SearchStrategy[object]:
    knob = KNOBS[name]
    if name == "method":
        return st.sampled_from(sorted(BALANCING_METHODS))
    if name == "n_heads":
        return st.sampled_from([1, 2, 4])
    if name == "top_k":
        return st.integers(1, 2)
    if knob.kind == "choice":
        return st.sampled_from(knob.choices)
    if knob.kind == "int":
        low, high = -(-int(knob.low) // knob.multiple_of), int(knob.high) // knob.multiple_of
        return st.integers(low, high).map(lambda n: n * knob.multiple_of)
    number = st.floats(knob.low, knob.high).map(float)
    return st.none() | number if knob.kind == "optional_float" else number


@st.composite
def states(draw: st.DrawFn) -> LabState:
    preset = draw(st.sampled_from(["", *BY_NAME]))
    base = base_of(preset)
    changed = draw(st.sets(st.sampled_from(LAB_KNOBS), max_size=5))
    apart = draw(st.sets(st.sampled_from(LAB_KNOBS), max_size=3))
    live = draw(st.sampled_from(LIVE_KNOBS))
    then = Then(
        draw(st.integers(1, 20_000)), draw(st.sampled_from("AB")), live, draw(knob_values(live))
    )
    until = draw(
        st.sampled_from([("never", None), ("collapsed", None), ("step", 30), ("loss", 2.5)])
    )
    return dataclasses.replace(
        base,
        shared={**base.shared, **{name: draw(knob_values(name)) for name in sorted(changed)}},
        b_values={name: draw(knob_values(name)) for name in LAB_KNOBS if name in apart},
        arms=draw(st.sampled_from(["a", "ab"])),
        dense=draw(st.sampled_from(["none", "active", "total"])),
        then=draw(st.sampled_from([None, then])),
        until=until[0],
        until_value=until[1],
        run=draw(st.sampled_from(["", "zp4kBHFxRVdJ7XVzN8l8kw"])),
        metric=draw(st.sampled_from(METRIC_NAMES)),
        layer=draw(st.integers(0, 7)),
        by_domain=draw(st.booleans()),
    )


@given(states())
@settings(deadline=None)
def test_every_state_comes_back_from_its_address(state):
    assert from_query(to_query(state)) == (state, [])


NAMES = [*URL_NAMES.values(), *[f"b_{n}" for n in URL_NAMES.values()]]
NAMES += ["then", "until", "run", "preset", "arms", "dense", "unlinked", "metric", "layer", "loss"]


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), st.text(max_size=30)))
@settings(deadline=None)
def test_no_address_breaks_a_page(query):
    state, _ = from_query(query)
    state.run_config()
    assert from_query(to_query(state)) == (state, [])


def test_a_refused_value_is_named_with_its_bound_and_what_is_used_instead():
    state, notices = from_query({"k": "99", "seed": "x", "colour": "<b>"})
    assert state == LabState()
    assert len(notices) == 3
    said = "\n".join(sorted(notices))
    for words in (
        "k=99 was refused: it must be a whole number from 1 to 8",
        "seed=x",
        "colour=<b>",
    ):
        assert words in said


def test_values_that_do_not_go_together_are_replaced_and_named():
    state, notices = from_query({"heads": "3"})
    assert state.shared["n_heads"] == KNOBS["n_heads"].default
    assert "n_heads must be a divisor of d_model" in notices[0]


def test_a_presets_name_is_its_whole_address():
    for preset in PRESETS:
        assert from_query({"preset": preset.name}) == (preset.state, [])
        assert to_query(preset.state) == {"preset": preset.name}
