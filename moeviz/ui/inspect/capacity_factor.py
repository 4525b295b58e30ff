"""The capacity factor of a page's questions: its slider, and what it is where the reader says none.

It holds for the page alone: the run keeps its own. Knows nothing of answers.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from moeviz.config import KNOBS
from moeviz.engine.protocol import RunStatus
from moeviz.texts import say_from
from moeviz.ui.inspect.asking import asked_arm, change_asking, load_asking
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.shared.shown import shown_in

say = say_from(__file__)

DROPLESS = "dropless"
_FINE = tuple(round(0.25 + 0.05 * i, 2) for i in range(36))
_COARSE = (2.25, 2.5, 2.75, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0)


def factor_slider(
    state: AskingState, status: RunStatus | None, default: float, *, dropless: bool = True
) -> None:
    """One slider over factors, dropless at its end; the default where a page has no such end."""
    factor = factor_of(state, status, default)
    if not dropless:
        factor = factor or default
    options = factor_options(factor, dropless=dropless)
    shown = _said(factor)

    def take(new: str) -> None:
        value = None if new == DROPLESS else float(new)
        knobs: dict[str, Any] = {**load_asking().knobs, "capacity_factor": value}
        change_asking(knobs=knobs)

    taken = shown_in("asked_factor", shown, take)
    knob = KNOBS["capacity_factor"]
    st.select_slider(
        knob.label, options, shown, key="asked_factor", on_change=taken, width=300,
        help=knob.help + say("note"),
    )  # fmt: skip


def factor_options(current: float | None, *, dropless: bool = True) -> list[str]:
    """The slider's stops, the current value among them whatever it is."""
    factors = {*_FINE, *_COARSE} | ({current} if current is not None else set())
    return [f"{each:g}" for each in sorted(factors)] + ([DROPLESS] if dropless else [])


def _said(factor: float | None) -> str:
    return DROPLESS if factor is None else f"{factor:g}"


def factor_of(state: AskingState, status: RunStatus | None, default: float) -> float | None:
    """The page's factor: the reader's, else the run's, else the page's default."""
    if "capacity_factor" in state.knobs:
        factor: float | None = state.knobs["capacity_factor"]
        return factor
    arm = asked_arm(state, status)
    own = arm.routing.capacity_factor if arm else None
    return default if own is None else own


def asked_knobs(state: AskingState, status: RunStatus, default: float) -> dict[str, Any]:
    """The knobs of every question of the page: explicit where the page's default counts."""
    arm = asked_arm(state, status)
    assert arm is not None, "a page has questions only to a model that has a router"
    return {
        "top_k": arm.routing.top_k,
        "drop_policy": arm.routing.drop_policy,
        **state.knobs,
        "capacity_factor": factor_of(state, status, default),
    }
