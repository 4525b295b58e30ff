"""The lab's one strip of controls: experiment, transport, first knobs; the rest behind doors."""

from __future__ import annotations

import streamlit as st

from moeviz.config import KNOBS, LIVE_KNOBS
from moeviz.engine.protocol import RunStatus
from moeviz.figures.metrics import METRICS
from moeviz.routing.ignored import ignored_knobs
from moeviz.ui.lab.doors import door, hold_open
from moeviz.ui.lab.go_back import go_back
from moeviz.ui.lab.own_text import own_text
from moeviz.ui.lab.transport import transport
from moeviz.ui.shared.controls import (
    FIRST_KNOBS,
    MODEL_KNOBS,
    MORE_KNOBS,
    choice_of_state,
    in_force,
    knob_controls,
    value_widget,
)
from moeviz.ui.shared.lab_state import UNTIL_KNOBS, LabState, Then
from moeviz.ui.shared.presets import BY_NAME, PRESETS
from moeviz.ui.shared.session import (
    change_state,
    load_state,
    replace_state,
    show_refusal,
    shown_state,
)
from moeviz.ui.shared.shown import place_of, shown_in

_ARMS = {"ab": "A and B", "a": "A only"}
_DENSE = {
    "none": "No dense baseline",
    "active": "Dense (FLOPs): A's active FLOPs",
    "total": "Dense (size): A's total parameters",
}
_UNTIL = {
    "never": "Until paused", "step": "Until a step", "loss": "Until a loss",
    "collapsed": "Until collapsed",
}  # fmt: skip
_APART_WIDTH = 2.0


def load_lab() -> LabState:
    """The state, with a layer to show that the models have."""
    state = shown_state()
    if state.layer >= state.shared["n_layers"]:
        change_state(layer=0)
    return load_state()


def control_strip(state: LabState, status: RunStatus | None) -> None:
    """Two rows: what to run and the buttons; then the knobs that matter most."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        _preset_menu(state)
        transport(status, stepping=True)
        go_back(status)
        _until(state)
        with door("More", "tune", "more") as more:
            if more.open:
                _knob_grid(MORE_KNOBS, state, status)
                _schedule(state)
        with door("Model", "deployed_code", "model") as model:
            if model.open:
                _model(state, status)
        with door("View", "monitoring", "view") as view:
            if view.open:
                _view(state)
    apart = in_force(state, status).b_values if state.arms == "ab" else {}
    widths = [_APART_WIDTH if name in apart else 1.0 for name in FIRST_KNOBS]
    with st.container(key="knobs"):
        for column, name in zip(st.columns(widths), FIRST_KNOBS, strict=True):
            with column:
                knob_controls(name, state, status)


def _preset_menu(state: LabState) -> None:
    """Load a preset's controls; the run on the page is left as it is."""
    key = "preset"

    def take(name: str | None) -> None:
        if name in BY_NAME:
            replace_state(BY_NAME[name].state)

    shown = state.preset if state.preset in BY_NAME else None
    names = [preset.name for preset in PRESETS]
    st.selectbox(
        "Experiment", names, place_of(shown, names), key=key, width=230,
        on_change=shown_in(key, shown, take),
        format_func=lambda name: BY_NAME[name].title, placeholder="Choose an experiment",
        label_visibility="collapsed",
        help=f"{len(PRESETS)} experiments. Loads the controls; a run that is shown goes on.",
    )  # fmt: skip


def _until(state: LabState) -> None:
    with door(_UNTIL[state.until], "flag", "until") as until:
        if not until.open:
            return
        _until_choice(state)
        knob = UNTIL_KNOBS.get(state.until)
        if knob is not None:
            show_refusal(at=(f"until_{state.until}",))
            value_widget(
                knob, state.until_value, f"until_{state.until}",
                lambda new: change_state(until_value=new),
            )  # fmt: skip
        st.markdown("Takes effect when you press *Play*.")


def _until_choice(state: LabState) -> None:
    """Another condition starts from its own default: a step is no loss."""

    def take(kind: str) -> None:
        knob = UNTIL_KNOBS.get(kind)
        change_state(until=kind, until_value=knob.default if knob else None)

    taken = shown_in("state_until", state.until, take)

    def taken_and_left_open() -> None:
        taken()
        hold_open("until")  # its name follows the choice, and a new name would be a closed door

    st.selectbox(
        "Play runs", list(_UNTIL), place_of(state.until, list(_UNTIL)), key="state_until",
        on_change=taken_and_left_open,
        format_func=_UNTIL.__getitem__,
        help="Until you press Pause, or until a step, a low loss or a collapse stops it.",
    )  # fmt: skip


def _model(state: LabState, status: RunStatus | None) -> None:
    st.markdown("A change here needs a new run; the page asks before it starts one.")
    choice_of_state("Arms", "arms", _ARMS, help="One model, or two to compare.")
    choice_of_state(
        "Dense baseline", "dense", _DENSE,
        help="One more arm without a router, as costly as A per token or as large as A.",
    )  # fmt: skip
    _knob_grid(MODEL_KNOBS, state, status)
    own_text(state)


def _view(state: LabState) -> None:
    labels = {name: metric.label for name, metric in METRICS.items()}
    choice_of_state("Balance measure", "metric", labels, help="One of the lab's measures.")
    st.markdown(METRICS[state.metric].definition)
    layers = {layer: f"layer {layer}" for layer in range(state.shared["n_layers"])}
    choice_of_state(
        "Layer of the charts", "layer", layers,
        help=f"Layers 0 to {max(layers)}, as the model counts them.",
    )  # fmt: skip
    choice_of_state(
        "Cross-entropy", "by_domain", {False: "over all text", True: "by domain"},
        help="One line an arm, or one for each kind of text.",
    )  # fmt: skip


def _knob_grid(names: tuple[str, ...], state: LabState, status: RunStatus | None) -> None:
    show_refusal(at=[f"knob_{arm}_{name}" for name in names for arm in "AB"])
    columns = st.columns(2)
    for index, name in enumerate(names):
        with columns[index % 2]:
            knob_controls(name, state, status)


def _schedule(state: LabState) -> None:
    """One knob that an arm changes by itself."""
    then = state.then
    switched = shown_in("then_on", then is not None, _switch_then)
    st.toggle(
        "Change a knob at a step", then is not None, key="then_on", on_change=switched,
        help="One live knob of one arm, changed by the run itself at the start of a step.",
    )  # fmt: skip
    if then is None:
        return
    show_refusal(at=("then_step", "then_value"))
    value_widget(UNTIL_KNOBS["step"], then.step, "then_step", lambda v: _change_then(step=v))
    arms = {"A": "in arm A", "B": "in arm B"}
    _then_choice("arm", arms, then.arm)
    _then_choice("knob", {name: KNOBS[name].label for name in LIVE_KNOBS}, then.knob)
    value_widget(KNOBS[then.knob], then.value, "then_value", lambda v: _change_then(value=v))
    if why := _changes_nothing(state, then):
        st.caption(f"Without effect as it stands: {why}.")


def _changes_nothing(state: LabState, then: Then) -> str:
    """Why nobody reads the scheduled value when its step comes, or ""."""
    for arm in state.run_config().arms:
        if arm.name == then.arm:
            return ignored_knobs(arm.knobs_in_turn[-1]).get(then.knob, "")
    return "only arm A is trained"


def _switch_then(on: bool) -> None:
    arm = "B" if load_state().arms == "ab" else "A"
    fresh = Then(300, arm, "aux_coefficient", 0.02)
    change_state(then=fresh if on else None)


def _then_choice(field: str, options: dict[str, str], current: str) -> None:
    key = f"then_{field}"

    def take(new: str) -> None:
        changes = {field: new}
        if field == "knob":
            changes["value"] = KNOBS[new].default
        _change_then(**changes)

    taken = shown_in(key, current, take)
    st.selectbox(
        field.capitalize(), list(options), place_of(current, list(options)), key=key,
        on_change=taken,
        format_func=options.__getitem__, help=f"Whose or which: one of {len(options)}.",
    )  # fmt: skip


def _change_then(**changes: object) -> None:
    then = load_state().then
    if then is not None:
        values = {name: getattr(then, name) for name in ("step", "arm", "knob", "value")}
        change_state(then=Then(**{**values, **changes}))
