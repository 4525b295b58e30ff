"""Controls drawn from the table of knobs, for what shapes a run before it starts.

Every widget shows the session's state and changes it in its callback. Knobs of running models are
native inputs on the live channel (`knob_data`). Knows nothing of charts or of what a knob does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from moeviz.config import KNOBS, Knob, knobs_with_controls
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS
from moeviz.ui.components.number_field import number_field
from moeviz.ui.shared.lab_session import change_state, load_state
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.shown import place_of, shown_in

FIRST_KNOBS = knobs_with_controls("first")
MORE_KNOBS = knobs_with_controls("more")
MODEL_KNOBS = knobs_with_controls("model")

POLICY_TITLES = {
    "position": "Latest tokens",
    "probability": "Lowest scores",
    "random": "Shuffled",
    "batch_prioritised": "Least certain",
    "reroute": "Re-routed",
}
"""Who is dropped, in two words: rows of pictures have room for no more."""

TITLES = {
    **{each.name: {name: name for name in each.choices} for each in KNOBS.values() if each.choices},
    "balancer": {name: each.title for name, each in BALANCERS.items()},
    "drop_policy": POLICY_TITLES,
    "router": {name: each.title for name, each in ROUTERS.items()},
    "activation": {"gelu": "GELU", "swiglu": "SwiGLU"},
}


def knob_control(name: str, state: LabState) -> None:
    """The widgets of a knob whose change needs a new run: A's, and B's where B has its own."""
    apart = state.arms == "ab" and name in state.b_values
    label = KNOBS[name].label

    def take_a(value: Any) -> None:
        change_state(shared={**load_state().shared, name: value})

    def take_b(value: Any) -> None:
        change_state(b_values={**load_state().b_values, name: value})

    value_widget(
        KNOBS[name], state.shared[name], f"knob_A_{name}", take_a, f"A: {label}" if apart else ""
    )
    if apart:
        value_widget(KNOBS[name], state.b_values[name], f"knob_B_{name}", take_b, f"B: {label}")


def apart_choice(names: Sequence[str], state: LabState) -> None:
    """Which of these knobs model B has a value of its own for."""
    if state.arms != "ab":
        return

    def take(chosen: list[str]) -> None:
        now = load_state()
        kept = {n: v for n, v in now.b_values.items() if n not in names or n in chosen}
        change_state(b_values={**{n: now.shared[n] for n in chosen}, **kept})

    taken = shown_in("knobs_apart", [name for name in names if name in state.b_values], take)
    st.multiselect(
        "Different in model B", list(names), key="knobs_apart", on_change=taken,
        format_func=lambda name: KNOBS[name].label, placeholder="Nothing: B has A's values",
        help="B gets a field of its own for each knob that you choose.",
    )  # fmt: skip


def title_of(name: str, value: str) -> str:
    """What controls call a choice of a knob."""
    return TITLES[name][value]


def in_words(name: str, value: Any) -> str:
    """A knob's value as its control shows it."""
    if name in TITLES:
        return title_of(name, value)
    if value is None:
        return KNOBS[name].none_means
    return f"{value:g}" if isinstance(value, float) else KNOBS[name].format(value)


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
    if knob.name in TITLES:
        titles = TITLES[knob.name]
        changed = shown_in(key, value, lambda new: take(knob.check(new)))
        st.selectbox(
            label, list(titles), place_of(value, list(titles)), key=key, on_change=changed,
            disabled=bool(ignored),
            format_func=titles.__getitem__, help=(why + knob.help + note) or None, **more,
        )  # fmt: skip
        return
    number_field(
        knob, value, take, key=key, label=label, disabled=bool(ignored),
        help=why + knob.tooltip + note, **more,
    )  # fmt: skip


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
