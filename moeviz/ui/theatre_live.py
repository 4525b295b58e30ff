"""Following a model that trains: its newest answers, again and again, until the visitor holds one.

A model that trains cannot be asked what it was a moment ago: what is held is the answer. Knows
nothing of what is asked or of how it is shown.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.traces import Question
from moeviz.ui.asking import asked
from moeviz.ui.asking_state import AskingState
from moeviz.ui.asking_training import trains
from moeviz.ui.session import engine
from moeviz.ui.visit import here, noted

REFRESH_S = 1.5
MARKS_S = 15
"""So long a stage with marks of another setting is left to its reader: a replay takes the half."""

_HOLD = "hold_step"
_ANSWERS, _REST_UNTIL = "live_answers", "live_rest_until"


def follows(state: AskingState, status: RunStatus | None) -> bool:
    """Whether the model that is asked as it is now goes on training meanwhile."""
    return state.step is None and trains(status)


def newest(status: RunStatus, question: Question) -> Any | None:
    """The model's answer now; the last one while it is held, read, or the model does not answer.

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


def moment() -> str:
    """How the stage follows the model, in a word or two."""
    if st.session_state.get(_HOLD):
        return "held"
    resting = time.monotonic() < here().kept.get(_REST_UNTIL, 0.0)
    return "live again when the marks are read" if resting else "live"


def hold_toggle() -> None:
    """Where the visitor stops following, to look at one step."""
    st.toggle(
        "Hold this step", key=_HOLD, on_change=noted,
        help="Keeps what the stage shows while the model trains on. Otherwise the text goes "
        f"through the newest model every {REFRESH_S:g} s.",
    )  # fmt: skip
