"""The lab's one strip of controls: experiment, transport, first knobs; the rest behind doors."""

from __future__ import annotations

import streamlit as st

from moeviz.config import (
    KNOBS,
    LIVE_KNOBS,
    MAX_USER_TEXT_CHARACTERS,
    MIN_USER_TEXT_CHARACTERS,
    ConfigError,
)
from moeviz.data.user_text import read_user_text
from moeviz.engine.protocol import RunStatus
from moeviz.figures.metrics import METRICS
from moeviz.ui.controls import (
    FIRST_KNOBS,
    MODEL_KNOBS,
    MORE_KNOBS,
    choice_of_state,
    knob_controls,
    value_widget,
)
from moeviz.ui.go_back import go_back
from moeviz.ui.lab_state import UNTIL_KNOBS, LabState, Then
from moeviz.ui.presets import BY_NAME, PRESETS
from moeviz.ui.session import action, change_state, load_state, replace_state, report
from moeviz.ui.transport import transport

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


def control_strip(state: LabState, status: RunStatus | None) -> None:
    """Two rows: what to run and the buttons; then the knobs that matter most."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        _preset_menu(state)
        transport(status, stepping=True)
        go_back(status)
        _until(state)
        with st.popover("More", icon=":material/tune:"):
            _knob_grid(MORE_KNOBS, state, status)
            _schedule(state)
        with st.popover("Model", icon=":material/deployed_code:"):
            st.markdown("A change here needs a new run; the page asks before it starts one.")
            choice_of_state("Arms", "arms", _ARMS, st.selectbox)
            choice_of_state("Dense baseline", "dense", _DENSE, st.selectbox)
            _knob_grid(MODEL_KNOBS, state, status)
            _own_text(state)
        _view(state)
    for column, name in zip(st.columns(len(FIRST_KNOBS)), FIRST_KNOBS, strict=True):
        with column:
            knob_controls(name, state, status)


def _preset_menu(state: LabState) -> None:
    """Load a preset's controls; the run on the page is left as it is."""
    key = "preset"
    st.session_state[key] = state.preset if state.preset in BY_NAME else None

    @action
    def load() -> None:
        preset = BY_NAME.get(st.session_state[key])
        if preset is not None:
            replace_state(preset.state)

    st.selectbox(
        "Experiment", [preset.name for preset in PRESETS], key=key, on_change=load, width=230,
        format_func=lambda name: BY_NAME[name].title, placeholder="Choose an experiment",
        label_visibility="collapsed",
    )  # fmt: skip


def _until(state: LabState) -> None:
    with st.popover(_UNTIL[state.until], icon=":material/flag:"):
        _until_choice(state)
        knob = UNTIL_KNOBS.get(state.until)
        if knob is not None:
            value_widget(
                knob, state.until_value, f"until_{state.until}",
                lambda new: change_state(until_value=new),
            )  # fmt: skip
        st.markdown("Takes effect when you press *Play*.")


def _until_choice(state: LabState) -> None:
    """Another condition starts from its own default: a step is no loss."""
    st.session_state["state_until"] = state.until

    @action
    def taken() -> None:
        kind = st.session_state["state_until"]
        knob = UNTIL_KNOBS.get(kind)
        change_state(until=kind, until_value=knob.default if knob else None)

    st.selectbox(
        "Play runs", list(_UNTIL), key="state_until", on_change=taken,
        format_func=_UNTIL.__getitem__,
    )  # fmt: skip


def _view(state: LabState) -> None:
    with st.popover("View", icon=":material/monitoring:"):
        labels = {name: metric.label for name, metric in METRICS.items()}
        choice_of_state("Balance measure", "metric", labels, st.selectbox)
        st.markdown(METRICS[state.metric].definition)
        layers = {layer: f"layer {layer}" for layer in range(state.shared["n_layers"])}
        if state.layer not in layers:
            change_state(layer=0)
        choice_of_state("Layer of the charts", "layer", layers, st.selectbox)
        choice_of_state(
            "Cross-entropy", "by_domain", {False: "over all text", True: "by domain"}, st.selectbox
        )


def _knob_grid(names: tuple[str, ...], state: LabState, status: RunStatus | None) -> None:
    columns = st.columns(2)
    for index, name in enumerate(names):
        with columns[index % 2]:
            knob_controls(name, state, status)


def _schedule(state: LabState) -> None:
    """One knob that an arm changes by itself."""
    then = state.then
    st.session_state["then_on"] = then is not None
    st.toggle("Change a knob at a step", key="then_on", on_change=_switch_then)
    if then is None:
        return
    value_widget(UNTIL_KNOBS["step"], then.step, "then_step", lambda v: _change_then(step=v))
    arms = {"A": "in arm A", "B": "in arm B"}
    _then_choice("arm", arms, then.arm)
    _then_choice("knob", {name: KNOBS[name].label for name in LIVE_KNOBS}, then.knob)
    value_widget(KNOBS[then.knob], then.value, "then_value", lambda v: _change_then(value=v))


@action
def _switch_then() -> None:
    arm = "B" if load_state().arms == "ab" else "A"
    fresh = Then(300, arm, "aux_coefficient", 0.02)
    change_state(then=fresh if st.session_state["then_on"] else None)


def _then_choice(field: str, options: dict[str, str], current: str) -> None:
    key = f"then_{field}"
    st.session_state[key] = current

    @action
    def taken() -> None:
        changes = {field: st.session_state[key]}
        if field == "knob":
            changes["value"] = KNOBS[changes["knob"]].default
        _change_then(**changes)

    st.selectbox(
        field.capitalize(), list(options), key=key, on_change=taken, format_func=options.__getitem__
    )


def _change_then(**changes: object) -> None:
    then = load_state().then
    if then is not None:
        values = {name: getattr(then, name) for name in ("step", "arm", "knob", "value")}
        change_state(then=Then(**{**values, **changes}))


def _own_text(state: LabState) -> None:
    """Paste or upload one more domain."""
    bound = f"{MIN_USER_TEXT_CHARACTERS:,} to {MAX_USER_TEXT_CHARACTERS:,} characters"
    st.text_area("Your text, one more domain", key="own_text", height=100, placeholder=bound)
    st.file_uploader(f"or a UTF-8 text file of {bound}", key="own_file")
    with st.container(horizontal=True, key="own_text_buttons"):
        st.button("Use this text", key="use_text", on_click=_take_text)
        st.button("Train without it", key="drop_text", disabled=not state.user_text,
                  on_click=_drop_text)  # fmt: skip
    if state.user_text:
        st.text(f"In use: {len(state.user_text):,} characters, beginning {state.user_text[:40]!r}")


@action
def _take_text() -> None:
    uploaded = st.session_state.get("own_file")
    content = uploaded.getvalue() if uploaded else st.session_state.get("own_text", "")
    try:
        change_state(user_text=read_user_text(content))
    except ConfigError as error:
        report(error)


@action
def _drop_text() -> None:
    change_state(user_text="")
