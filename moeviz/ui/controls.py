"""The lab's controls: one widget a knob and arm, drawn from the table of knobs.

Every widget shows the session's state and changes it in its callback; a live knob is sent to the
running models in the same callback. Knows nothing of charts or of what a knob does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from moeviz.config import KNOBS, LIVE_KNOBS, Knob
from moeviz.routing.balancing import BALANCING_METHODS
from moeviz.ui.lab_state import LabState
from moeviz.ui.session import Refused, action, change_state, engine, load_state, report

FIRST_KNOBS = ("method", "aux_coefficient", "top_k", "capacity_factor", "learning_rate")
MORE_KNOBS = ("drop_policy", "router_noise", "bias_update_rate", "z_loss_coefficient")
MODEL_KNOBS = (
    "n_experts", "n_layers", "d_model", "d_expert", "n_heads", "context_length", "vocab_size",
    "activation", "batch_size", "seed",
)  # fmt: skip

_TITLES = {
    "method": {name: method.title for name, method in BALANCING_METHODS.items()},
    "drop_policy": {"position": "Latest tokens first", "probability": "Least probable first"},
    "activation": {"gelu": "GELU", "swiglu": "SwiGLU"},
}
_STEPS = {"aux_coefficient": 0.01, "learning_rate": 0.001, "capacity_factor": 0.25}
_STEPS |= {"router_noise": 0.1, "bias_update_rate": 0.001, "z_loss_coefficient": 0.001}


def knob_controls(name: str, state: LabState) -> None:
    """The widget of a knob for arm A, with arm B's below it where B is set apart."""
    knob = KNOBS[name]
    both = state.arms == "ab"
    apart = both and name in state.b_values
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xxsmall", key=f"a_{name}"):
        label = f"{knob.label}: A, then B" if apart else knob.label
        _widget(knob, "A", state.shared[name], label)
        if both and not apart:
            _link_button(name, "link_off", "Set B apart from A")
    if apart:
        with st.container(horizontal=True, gap="xxsmall", key=f"b_{name}"):
            words = f"{knob.label} of B"
            _widget(knob, "B", state.b_values[name], words, label_visibility="collapsed")
            _link_button(name, "link", "Give B the value of A")


def _link_button(name: str, icon: str, words: str) -> None:
    st.button(
        "", icon=f":material/{icon}:", key=f"link_{name}", type="tertiary", help=words,
        on_click=_toggle_link, args=(name,),
    )  # fmt: skip


@action
def _toggle_link(name: str) -> None:
    state = load_state()
    if name in state.b_values:
        change_state(b_values={k: v for k, v in state.b_values.items() if k != name})
        _send(name, state.shared[name], "B")
    else:
        change_state(b_values={**state.b_values, name: state.shared[name]})


def _widget(knob: Knob, arm: str, value: Any, label: str, **more: Any) -> None:
    key = f"knob_{arm}_{knob.name}"
    value_widget(knob, value, key, lambda new: _changed(knob.name, arm, new), label, **more)


def value_widget(
    knob: Knob, value: Any, key: str, take: Callable[[Any], None], label: str = "", **more: Any
) -> None:
    """The widget for a value of a knob; `take` gets each accepted new value."""
    st.session_state[key] = value

    @action
    def changed() -> None:
        take(knob.check(st.session_state[key]))

    draw = _choice if knob.name in _TITLES else _whole if knob.kind == "int" else _number
    bound = "" if knob.name in _TITLES else f" {knob.bound[0].upper()}{knob.bound[1:]}."
    draw(
        knob,
        label or knob.label,
        key=key,
        help=(knob.help + bound) or None,
        on_change=changed,
        **more,
    )


def _choice(knob: Knob, label: str, **common: Any) -> None:
    titles = _TITLES[knob.name]
    st.selectbox(label, list(titles), format_func=lambda name: titles[name], **common)


def _whole(knob: Knob, label: str, **common: Any) -> None:
    st.number_input(label, int(knob.low), int(knob.high), step=knob.multiple_of, **common)


def _number(knob: Knob, label: str, **common: Any) -> None:
    st.number_input(
        label,
        knob.low,
        knob.high,
        step=_STEPS.get(knob.name, 0.1),
        format="%.5g",
        placeholder=knob.none_means,
        **common,
    )


def _changed(name: str, arm: str, value: Any) -> None:
    """Take a knob's new value into the state, and to the running models."""
    state = load_state()
    if arm == "B":
        change_state(b_values={**state.b_values, name: value})
    else:
        change_state(shared={**state.shared, name: value})
    _send(name, value, arm)


def _send(name: str, value: Any, arm: str) -> None:
    """Set a knob of the shown run: of one arm, and with A of every arm that follows it.

    Only live knobs are sent; for the others the page asks whether to start a new run.
    """
    state = load_state()
    if not state.run or name not in LIVE_KNOBS:
        return
    follows = {"A"} if name in state.b_values or arm == "B" else {"A", "B"}
    try:
        running = engine().latest(state.run).config.arms
        for each in running:
            wanted = each.name == "B" if arm == "B" else each.name in follows or each.model.is_dense
            if wanted:
                engine().set(state.run, {name: value}, each.name)
    except Refused as error:
        report(error)


def choice_of_state(
    label: str, field: str, options: dict[Any, str], draw: Callable[..., Any], **more: Any
) -> None:
    """A widget for a field of the state that is not a knob. `draw`: the Streamlit function."""
    key = f"state_{field}"
    st.session_state[key] = getattr(load_state(), field)

    @action
    def taken() -> None:
        value = st.session_state[key]
        if value is not None:
            change_state(**{field: value})

    draw(
        label, list(options), format_func=lambda option: options[option], key=key,
        on_change=taken, **more,
    )  # fmt: skip
