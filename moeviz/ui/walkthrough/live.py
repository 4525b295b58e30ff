"""Following a model that trains: its newest answers, again and again, until the reader stays.

A model that trains cannot say what it was a moment ago, unless a checkpoint was saved then: who
stays, stays at a checkpoint, which answers any question. Knows nothing of what is asked or how it
is shown.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.texts import say_from
from moeviz.traces import Question
from moeviz.ui.inspect.asking import asked, change_asking
from moeviz.ui.inspect.following import follow
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.shared.session import engine
from moeviz.ui.shared.session_state import action, here

REFRESH_S = 1.5
MARKS_S = 15
"""So long a stage with marks of another setting is left to its reader: a replay takes the half."""

_ANSWERS, _REST_UNTIL = "live_answers", "live_rest_until"

say = say_from(__file__)


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
    elif _rest_s() > 0:
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
    return say("paused" if _rest_s() > 0 else "live")


def _rest_s() -> float:
    """How long the marks of another setting are left to their reader yet."""
    until: float = here().kept.get(_REST_UNTIL, 0.0)
    return until - time.monotonic()


def hold_button(state: AskingState, status: RunStatus, shown_step: int) -> None:
    """The button that stops following a model that trains, or follows it again."""
    if not follows(state, status):
        st.button(
            say("follow.label"), key="follow_model", icon=":material/sensors:", on_click=_go_to,
            args=(None,), type="tertiary", help=say("follow.help"),
        )  # fmt: skip
        return
    step = nearest_checkpoint(status, shown_step)
    st.button(
        say("hold.none") if step is None else say("hold.label", step=f"{step:,}"),
        key="hold_step", icon=":material/pin_drop:", on_click=_go_to, args=(step,),
        type="tertiary", disabled=step is None, help=say("hold.help", seconds=f"{REFRESH_S:g}"),
    )  # fmt: skip


def nearest_checkpoint(status: RunStatus, step: int) -> int | None:
    """The checkpoint after step 0 that is nearest to this step, the newer of two; None without."""
    trained = [each for each in status.checkpoints if each > 0]
    return min(trained, key=lambda each: (abs(each - step), -each), default=None)


@action
def _go_to(step: int | None) -> None:
    change_asking(step=step)
