"""Hypothesis strategies: states of the lab, each of which is a run."""

from __future__ import annotations

import dataclasses

from hypothesis import strategies as st

from moeviz.config import KNOBS, LIVE_KNOBS, ConfigError
from moeviz.engine.until import LAST_STEP
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS
from moeviz.ui.shared.lab_address import base_of
from moeviz.ui.shared.lab_state import LAB_KNOBS, METRIC_NAMES, LabState, Then
from moeviz.ui.shared.presets import BY_NAME


def knob_values(name: str) -> st.SearchStrategy[object]:
    knob = KNOBS[name]
    if name == "balancer":
        return st.sampled_from(sorted(BALANCERS))
    if name == "router":
        return st.sampled_from(sorted(ROUTERS))
    if name in ("n_groups", "kept_groups"):
        return st.sampled_from([1, 2, 4])
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


GROUPED = [{}, {"n_groups": 2}, {"n_groups": 4, "kept_groups": 2}, {"n_groups": 4, "top_k": 2}]


def is_a_run(state: LabState) -> bool:
    try:
        state.run_config()
    except ConfigError:
        return False
    return True


def ungrouped(state: LabState) -> LabState:
    """With all experts in one group: only groups can make a drawn state impossible."""
    one = {"n_groups": 1, "kept_groups": 1}
    return dataclasses.replace(
        state,
        shared={**state.shared, **one},
        b_values={name: value for name, value in state.b_values.items() if name not in one},
        then=None if state.then and state.then.knob in one else state.then,
    )


@st.composite
def states(draw: st.DrawFn) -> LabState:
    preset = draw(st.sampled_from(["", *BY_NAME]))
    base = base_of(preset)
    changed = draw(st.sets(st.sampled_from(LAB_KNOBS), max_size=5))
    apart = draw(st.sets(st.sampled_from(LAB_KNOBS), max_size=3))
    live = draw(st.sampled_from(LIVE_KNOBS))
    then = Then(
        draw(st.integers(1, LAST_STEP)), draw(st.sampled_from("AB")), live, draw(knob_values(live))
    )
    grouped = draw(st.sampled_from(GROUPED))
    state = dataclasses.replace(
        base,
        shared={
            **base.shared,
            **{name: draw(knob_values(name)) for name in sorted(changed)},
            **grouped,
        },
        b_values={name: draw(knob_values(name)) for name in LAB_KNOBS if name in apart},
        arms=draw(st.sampled_from(["a", "ab"])),
        dense=draw(st.sampled_from(["none", "active", "total"])),
        then=draw(st.sampled_from([None, then])),
        until=draw(st.sampled_from(["", "collapsed", "step:30", "loss:2.5"])),
        run=draw(st.sampled_from(["", "zp4kBHFxRVdJ7XVzN8l8kw"])),
        metric=draw(st.sampled_from(METRIC_NAMES)),
        layer=draw(st.integers(0, KNOBS["n_layers"].high - 1)),
        by_domain=draw(st.booleans()),
    )
    return state if is_a_run(state) else ungrouped(state)
