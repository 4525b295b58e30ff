"""What shapes the lab's run before it starts: an experiment, the models, their data, a schedule."""

from __future__ import annotations

import streamlit as st

from moeviz.config import KNOBS, LIVE_KNOBS
from moeviz.engine.until import UNTIL_KNOBS
from moeviz.routing.ignored import ignored_knobs
from moeviz.texts import say_from, strings
from moeviz.ui.lab.own_text import own_text
from moeviz.ui.lab.popovers import popover
from moeviz.ui.shared.controls import (
    MODEL_KNOBS,
    apart_choice,
    choice_of_state,
    knob_control,
    value_widget,
)
from moeviz.ui.shared.lab_session import change_state, load_state, replace_state, shown_state
from moeviz.ui.shared.lab_state import LabState, Then
from moeviz.ui.shared.page_run import leave_run
from moeviz.ui.shared.presets import BY_NAME, PRESETS
from moeviz.ui.shared.session import show_refusal
from moeviz.ui.shared.shown import place_of, shown_in

_TEXTS = strings(__file__)
say = say_from(__file__)


def load_lab() -> LabState:
    """The state, with a layer to show that the models have."""
    state = shown_state()
    if state.layer >= state.shared["n_layers"]:
        change_state(layer=0)
    if state.tour is not None:  # Start's alone, which shares this state
        change_state(tour=None)
    return load_state()


def control_strip(state: LabState, *, watches: bool) -> None:
    """One row: the experiments, and a popover with everything that needs a new run.

    Args:
        watches: whether this browser may only watch the run of the page.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        whose = "watched" if watches else "yours"
        _preset_menu(state, say(f"experiment.{whose}"))
        with popover("Models and data", "deployed_code", "model") as model:
            if model.open:
                st.markdown(say(f"new_run.{whose}"))
                _model(state)
                _schedule(state)


def _preset_menu(state: LabState, then: str) -> None:
    """Load a preset's controls into a run of its own; what becomes of the page's is `then`."""
    key = "preset"

    def take(name: str | None) -> None:
        if name in BY_NAME:
            leave_run()
            replace_state(BY_NAME[name].state)

    shown = state.preset if state.preset in BY_NAME else None
    names = [preset.name for preset in PRESETS]
    st.selectbox(
        "Experiment", names, place_of(shown, names), key=key, width=230,
        on_change=shown_in(key, shown, take),
        format_func=lambda name: BY_NAME[name].title, placeholder=say("experiment.placeholder"),
        label_visibility="collapsed",
        help=say("experiment.help", count=len(PRESETS), then=then),
    )  # fmt: skip


def _model(state: LabState) -> None:
    choice_of_state("Models", "arms", _TEXTS["arms"], help=say("help.arms"))
    choice_of_state("Dense baseline", "dense", _TEXTS["dense"], help=say("help.dense"))
    _knob_grid(MODEL_KNOBS, state)
    apart_choice(MODEL_KNOBS, state)
    own_text(state)


def _knob_grid(names: tuple[str, ...], state: LabState) -> None:
    show_refusal(at=[f"knob_{arm}_{name}" for name in names for arm in "AB"])
    columns = st.columns(2)
    for index, name in enumerate(names):
        with columns[index % 2]:
            knob_control(name, state)


def _schedule(state: LabState) -> None:
    """One knob that an arm changes by itself."""
    then = state.then
    switched = shown_in("then_on", then is not None, _switch_then)
    st.toggle(
        "Change a knob at a step", then is not None, key="then_on", on_change=switched,
        help=say("help.schedule"),
    )  # fmt: skip
    if then is None:
        return
    show_refusal(at=("then_step", "then_value"))
    value_widget(UNTIL_KNOBS["step"], then.step, "then_step", lambda v: _change_then(step=v))
    _then_choice("arm", _TEXTS["then"]["models"], then.arm, "Model", say("help.then_arm"))
    knobs = {name: KNOBS[name].label for name in LIVE_KNOBS}
    _then_choice("knob", knobs, then.knob, "Knob", say("help.then_knob", count=len(knobs)))
    value_widget(KNOBS[then.knob], then.value, "then_value", lambda v: _change_then(value=v))
    if why := _changes_nothing(state, then):
        st.caption(say("then.no_effect", why=why))


def _changes_nothing(state: LabState, then: Then) -> str:
    """Why no model reads the scheduled value at its step, or ""."""
    for arm in state.run_config().arms:
        if arm.name == then.arm:
            return ignored_knobs(arm.knobs_in_turn[-1]).get(then.knob, "")
    return say("then.only_a")


def _switch_then(on: bool) -> None:
    arm = "B" if load_state().arms == "ab" else "A"
    fresh = Then(UNTIL_KNOBS["step"].default, arm, "aux_coefficient", 0.05)
    change_state(then=fresh if on else None)


def _then_choice(field: str, options: dict[str, str], current: str, label: str, help: str) -> None:
    key = f"then_{field}"

    def take(new: str) -> None:
        changes = {field: new}
        if field == "knob":
            changes["value"] = KNOBS[new].default
        _change_then(**changes)

    taken = shown_in(key, current, take)
    st.selectbox(
        label, list(options), place_of(current, list(options)), key=key,
        on_change=taken,
        format_func=options.__getitem__, help=help,
    )  # fmt: skip


def _change_then(**changes: object) -> None:
    then = load_state().then
    if then is not None:
        values = {name: getattr(then, name) for name in ("step", "arm", "knob", "value")}
        change_state(then=Then(**{**values, **changes}))
