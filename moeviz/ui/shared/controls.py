"""The lab's controls: one widget a knob and arm, drawn from the table of knobs.

Every widget shows the session's state and changes it in its callback; a live knob is sent to the
running models in the same callback. Knows nothing of charts or of what a knob does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import streamlit as st

from moeviz.config import KNOBS, LIVE_KNOBS, ConfigError, Knob, RunConfig
from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.routing.balancing import BALANCING_METHODS
from moeviz.routing.ignored import ignored_knobs
from moeviz.routing.rules import ROUTING_RULES
from moeviz.ui.components.number_field import number_field
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.refusals import by_label
from moeviz.ui.shared.session import (
    change_state,
    engine,
    load_state,
    replace_state,
    run_status,
)
from moeviz.ui.shared.shown import place_of, shown_in
from moeviz.ui.shared.visit import Refused, action

FIRST_KNOBS = ("method", "aux_coefficient", "top_k", "capacity_factor", "learning_rate")
MORE_KNOBS = (
    "drop_policy", "router_noise", "bias_update_rate", "z_loss_coefficient", "routing_rule",
    "gate_scale", "n_groups", "kept_groups",
)  # fmt: skip
MODEL_KNOBS = (
    "n_experts", "n_layers", "d_model", "d_expert", "n_heads", "context_length", "vocab_size",
    "activation", "batch_size", "seed",
)  # fmt: skip

POLICY_TITLES = {
    "position": "Latest tokens",
    "probability": "Lowest scores",
    "random": "Shuffled",
    "batch_prioritised": "Least certain",
    "reroute": "Re-routed",
}
"""Who is dropped, in two words: rows of pictures have room for no more."""

_TITLES = {
    "method": {name: method.title for name, method in BALANCING_METHODS.items()},
    "drop_policy": POLICY_TITLES,
    "routing_rule": {name: rule.title for name, rule in ROUTING_RULES.items()},
    "activation": {"gelu": "GELU", "swiglu": "SwiGLU"},
}
_LINKED = ("link", "Linked: B has A's value. Press to set B apart.")
_APART = ("link_off", "Set apart: B has a value of its own. Press to give it A's.")


def knob_controls(name: str, state: LabState, status: RunStatus | None) -> None:
    """The widget of a knob for arm A, with arm B's beside it where B is set apart.

    A live knob shows what the running models use now, a change of their own included.
    """
    knob, shown = KNOBS[name], in_force(state, status)
    both = state.arms == "ab"
    apart = both and name in shown.b_values
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xxsmall", key=f"a_{name}"):
        label = f"{knob.label}: A" if apart else knob.label
        why = _why_ignored(name, ("A", "B") if both and not apart else ("A",), state, status)
        _widget(knob, "A", shown.shared[name], state.shared[name], label, ignored=why)
        if apart:
            why = _why_ignored(name, ("B",), state, status)
            _widget(knob, "B", shown.b_values[name], state.b[name], "B", ignored=why)
        if both:
            _link_button(name, apart)


def _why_ignored(
    name: str, arms: tuple[str, ...], state: LabState, status: RunStatus | None
) -> str:
    """Why none of the arms reads a knob, now, on schedule or after a reset; "" where one does."""
    reasons = [
        ignored_knobs(knobs).get(name, "")
        for config in filter(None, (_running(status), state.run_config()))
        for arm in config.arms
        if arm.name in arms
        for knobs in arm.knobs_in_turn
    ]
    return reasons[0] if all(reasons) else ""


def title_of(name: str, value: str) -> str:
    """What controls call a choice of a knob."""
    return _TITLES[name][value]


def in_words(name: str, value: Any) -> str:
    """A knob's value as its control shows it."""
    if name in _TITLES:
        return title_of(name, value)
    if value is None:
        return KNOBS[name].none_means
    return f"{value:g}" if isinstance(value, float) else KNOBS[name].format(value)


def in_force(state: LabState, status: RunStatus | None) -> LabState:
    """The state with the knobs that the run uses now."""
    running = _running(status)
    return state.in_force(running) if running else state


def _running(status: RunStatus | None) -> RunConfig | None:
    """The models that take knobs; those of a failed run take none before its reset."""
    return None if status is None or status.state == "failed" else status.config


def _link_button(name: str, apart: bool) -> None:
    icon, words = _APART if apart else _LINKED
    st.button(
        "", icon=f":material/{icon}:", key=f"link_{name}", type="tertiary", help=words,
        on_click=_toggle_link, args=(name,),
    )  # fmt: skip


@action
def _toggle_link(name: str) -> None:
    state = load_state()
    shown = in_force(state, run_status(state.run))
    if name in shown.b_values:
        linked = {n: value for n, value in state.b_values.items() if n != name}
        _change(name, {"B": shown.shared[name]}, b_values=linked)
    else:
        change_state(b_values={**state.b_values, name: state.shared[name]})


def _widget(knob: Knob, arm: str, value: Any, start: Any, label: str, **more: Any) -> None:
    key = f"knob_{arm}_{knob.name}"
    note = f" Reset starts with {knob.format(start)}." if value != start else ""
    take = functools.partial(_changed, knob.name, arm)
    value_widget(knob, value, key, take, label, note=note, **more)


def value_widget(
    knob: Knob,
    value: Any,
    key: str,
    take: Callable[[Any], None],
    label: str = "",
    *,
    note: str = "",
    ignored: str = "",
    **more: Any,
) -> None:
    """The widget for a value of a knob; `take` gets each accepted new value.

    Args:
        ignored: why the knob has no effect at present; it then keeps its value and its place.
    """
    why = f"Without effect: {ignored}. " if ignored else ""
    label = label or knob.label
    if knob.name in _TITLES:
        titles = _TITLES[knob.name]
        changed = shown_in(key, value, lambda new: take(knob.check(new)))
        st.selectbox(
            label, list(titles), place_of(value, list(titles)), key=key, on_change=changed,
            disabled=bool(ignored),
            format_func=titles.__getitem__, help=(why + knob.help + note) or None, **more,
        )  # fmt: skip
        return
    bound = f" {knob.bound[0].upper()}{knob.bound[1:]}."
    number_field(
        knob, value, take, key=key, label=label, disabled=bool(ignored),
        help=why + knob.help + bound + note, **more,
    )  # fmt: skip


def _changed(name: str, arm: str, value: Any) -> None:
    """Take a knob's new value into the state, and to the running models."""
    state = load_state()
    if arm == "B":
        _change(name, {"B": value}, b_values={**state.b_values, name: value})
        return
    apart = name in in_force(state, run_status(state.run)).b_values
    _change(
        name,
        {"A": value} if apart else {"A": value, "B": value},
        shared={**state.shared, name: value},
        b_values={**state.b_values, name: state.b[name]} if apart else state.b_values,
    )


def _change(name: str, values: dict[str, Any], **changes: Any) -> None:
    """Change the state, and the knob of these arms of the run; neither when one is refused."""
    before = load_state()
    change_state(**changes)
    try:
        _send(name, values)
    except Refused:
        replace_state(before)
        raise


def _send(name: str, values: dict[str, Any]) -> None:
    """Set a live knob of the shown run, by arm; a dense baseline has A's.

    For other knobs the page asks whether to start a new run; a failed run waits for its reset.
    """
    state = load_state()
    config = _running(run_status(state.run))
    if config is None or name not in LIVE_KNOBS:
        return
    source = {arm.name: "A" if arm.model.is_dense else arm.name for arm in config.arms}
    given = {arm: values[like] for arm, like in source.items() if like in values}
    try:
        for arm, value in given.items():
            config = config.with_knobs({name: value}, arm)
    except ConfigError as error:
        raise EngineError(f"the running models cannot take it: {by_label(error)}") from None
    for arm, value in given.items():
        engine().set(state.run, {name: value}, arm)


def choice_of_state(label: str, field: str, options: dict[Any, str], **more: Any) -> None:
    """A list for a field of the state that is not a knob."""
    key = f"state_{field}"

    def take(new: Any) -> None:
        if new is not None:
            change_state(**{field: new})

    value = getattr(load_state(), field)
    st.selectbox(
        label, list(options), place_of(value, list(options)), key=key,
        on_change=shown_in(key, value, take), format_func=options.__getitem__, **more,
    )  # fmt: skip
