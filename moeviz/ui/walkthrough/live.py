"""Following a model that trains: its newest answers, again and again, until the visitor stays.

A model that trains cannot be asked what it was a moment ago, unless it was kept then: who stays,
stays at a kept step, and may ask it anything. Knows nothing of what is asked or how it is shown.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.traces import Question
from moeviz.ui.inspect.asking import asked, change_asking
from moeviz.ui.inspect.following import follow
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.shared.session import engine
from moeviz.ui.shared.visit import action, here

REFRESH_S = 1.5
MARKS_S = 15
"""So long a stage with marks of another setting is left to its reader: a replay takes the half."""

_ANSWERS, _REST_UNTIL = "live_answers", "live_rest_until"


def follows(state: AskingState, status: RunStatus | None) -> bool:
    """Whether the model that is asked as it is now goes on training meanwhile."""
    return state.step is None and status is not None and status.trains


def newest(status: RunStatus, question: Question) -> Any | None:
    """The model's answer now; the last one while it is read, or the model does not answer.

    One answer is kept of each kind of question. None, and the refusal shown, without any.
    """
    known: dict[Any, Any] = here().kept.setdefault(_ANSWERS, {})
    subject = (status.run_id, status.revision, repr(question))
    last_subject, last = known.get(type(question), (None, None))
    if last_subject != subject:
        answer = asked(question)
    elif moment() != "live":
        return last
    else:
        answer = _asked_quietly(status, question) or last
    known[type(question)] = (subject, answer) if answer is not None else (None, None)
    return answer


def _asked_quietly(status: RunStatus, question: Question) -> Any | None:
    """A stage that refreshes by itself shows neither spinner nor refusal: it stays as it was."""
    try:
        return engine().ask(status.run_id, question)
    except EngineError:
        return None


def let_read() -> None:
    """Refresh nothing for a while: another setting's marks would be gone before they are read."""
    here().kept[_REST_UNTIL] = time.monotonic() + MARKS_S


def follow_on(status: RunStatus, shown_step: int) -> None:
    """Draw the fragment that this stands in again with the model's newest answers, and so on."""
    follow(status, key="stage_follows", shown=shown_step, every_s=max(REFRESH_S, _rest_s()))


def moment() -> str:
    """How the stage follows the model, in a word or two."""
    return "live again when the marks are read" if _rest_s() > 0 else "live"


def _rest_s() -> float:
    """How long the marks of another setting are left to their reader yet."""
    until: float = here().kept.get(_REST_UNTIL, 0.0)
    return until - time.monotonic()


def hold_button(state: AskingState, status: RunStatus, shown_step: int) -> None:
    """Where the visitor stops following a model that trains, and where they follow it again."""
    if not follows(state, status):
        st.button(
            "Follow the model", key="follow_model", icon=":material/sensors:", on_click=_go_to,
            args=(None,), type="tertiary", help="Goes on with the newest model as it trains.",
        )  # fmt: skip
        return
    kept = nearest_kept(status, shown_step)
    st.button(
        "Hold a step" if kept is None else f"Hold step {kept:,}",
        key="hold_step", icon=":material/pin_drop:", on_click=_go_to, args=(kept,),
        type="tertiary", disabled=kept is None,
        help="Stays at the kept step nearest to what the stage shows, while the model trains on: "
        "there any text and any knob can be asked. Otherwise the text goes through the newest "
        f"model every {REFRESH_S:g} s.",
    )  # fmt: skip


def nearest_kept(status: RunStatus, step: int) -> int | None:
    """The trained step that is kept nearest to this one, the newer of two; None without any."""
    trained = [kept for kept in status.checkpoints if kept > 0]
    return min(trained, key=lambda kept: (abs(kept - step), -kept), default=None)


@action
def _go_to(step: int | None) -> None:
    change_asking(step=step)
