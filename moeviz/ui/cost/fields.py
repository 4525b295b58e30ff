"""Widgets of the cost pages, drawn from the table of knobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from moeviz.ui.components.number_field import number_field
from moeviz.ui.cost.knobs import COUNT_KNOBS, COUNT_LABELS
from moeviz.ui.cost.session import change_count, load_count
from moeviz.ui.cost.state import CountState
from moeviz.ui.shared.shown import place_of, shown_in


def count_field(state: CountState, name: str, *, width: Any = "stretch", **more: Any) -> None:
    """A list for a choice, a field for a number.

    Args:
        more: `titles`, of the choices; `from_none` of a number (see `described`).
    """
    knob, key, value = COUNT_KNOBS[name], f"count_{name}", state.knob(name)
    if knob.kind != "choice":
        number_field(
            knob, value, _taker(name), key=key, width=width, labels=COUNT_LABELS,
            from_none=more.get("from_none"),
        )  # fmt: skip
        return
    titles: Mapping[str, str] = more.get("titles", {})
    st.selectbox(
        knob.label, knob.choices, place_of(value, knob.choices), key=key,
        on_change=shown_in(key, value, _taker(name)),
        help=knob.help, width=width, format_func=lambda choice: titles.get(choice, choice),
    )  # fmt: skip


def count_slider(
    state: CountState, name: str, stops: Sequence[float], *, width: Any = "stretch"
) -> None:
    """A slider over stops; the current value is always one of them."""
    knob, key, value = COUNT_KNOBS[name], f"count_{name}", state.knob(name)
    taken = shown_in(key, value, _taker(name))
    st.select_slider(
        knob.label, sorted({*stops, value}), value, key=key, on_change=taken, width=width,
        format_func="{:,}".format, help=knob.tooltip,
    )  # fmt: skip


def _taker(name: str) -> Callable[[Any], None]:
    def take(new: Any) -> None:
        change_count(**load_count().with_knob(name, COUNT_KNOBS[name].check(new)))

    return take
