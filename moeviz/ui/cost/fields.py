"""Widgets for what is asked about a subject, drawn from the table of knobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.visit import change_count, load_count
from moeviz.ui.shared.controls import when_empty
from moeviz.ui.shared.session import shown_in


def count_field(state: CountState, name: str, *, width: Any = "stretch", **more: Any) -> None:
    """A choice as a list, a number as a field.

    Args:
        more: `titles`, what choices are called.
    """
    knob, key = COUNT_KNOBS[name], f"count_{name}"
    taken = shown_in(key, state.knob(name), _taker(name))
    words = f"{knob.help} {knob.bound[0].upper()}{knob.bound[1:]}."
    if knob.kind == "choice":
        titles: Mapping[str, str] = more.get("titles", {})
        st.selectbox(
            knob.label, knob.choices, key=key, on_change=taken, help=knob.help, width=width,
            format_func=lambda choice: titles.get(choice, choice),
        )  # fmt: skip
    elif knob.kind == "int":
        st.number_input(knob.label, step=1, key=key, on_change=taken, help=words, width=width)
    else:
        st.number_input(
            knob.label, value=when_empty(knob), step=1.0, format="%.6g", key=key, on_change=taken,
            help=words, width=width, placeholder=knob.none_means,
        )  # fmt: skip


def count_slider(
    state: CountState, name: str, stops: Sequence[float], *, width: Any = "stretch"
) -> None:
    """A slider over stops, the current value among them whatever it is."""
    knob, key, value = COUNT_KNOBS[name], f"count_{name}", state.knob(name)
    taken = shown_in(key, value, _taker(name))
    st.select_slider(
        knob.label, sorted({*stops, value}), key=key, on_change=taken, width=width,
        format_func="{:,}".format, help=f"{knob.help} {knob.bound[0].upper()}{knob.bound[1:]}.",
    )  # fmt: skip


def _taker(name: str) -> Callable[[Any], None]:
    def take(new: Any) -> None:
        change_count(**load_count().with_knob(name, COUNT_KNOBS[name].check(new)))

    return take
