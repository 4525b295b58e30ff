"""Many small questions to one model, sent a few at a time: answers kept, progress, cancel.

A study is a list of questions. A page's fragment asks some of them, shows what is known, and is run
again for the next ones once the browser has drawn that: so the reader's clicks, training and other
sessions go in between. Knows nothing of what the answers mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.texts import say_from
from moeviz.traces import Question
from moeviz.ui.components.ask_on import ask_on
from moeviz.ui.inspect.kept_answers import KeptAnswers
from moeviz.ui.shared.session import engine
from moeviz.ui.shared.session_state import action, here

ASKING_S = 0.12
"""How long a part may go on asking; it ends with the question that goes beyond."""

_ANSWERS, _STOPPED, _REFUSED = "study_answers", "study_stopped", "study_refused"
_PARTS = "study_parts"

say = say_from(__file__)


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that a study is about: a run as it is at one step, or was.

    Attributes:
        identity: equal as long as the same question has the same answer.
    """

    run_id: str
    arm: str
    step: int
    identity: tuple[Any, ...] = field(compare=False)


def subject_of(status: RunStatus, arm: str, step: int | None) -> Subject:
    """The model of that step, or as it is now; of a run that makes steps, its last kept one.

    A study takes longer than a training step: it needs a model that stands still.
    """
    if step is None and (status.trains or not status.obeyed):
        kept = [each for each in status.checkpoints if each <= status.step]
        step = max(kept, default=status.step)
    pinned = status.step if step is None else step
    (routing,) = (each.routing for each in status.config.arms if each.name == arm)
    identity = (status.run_id, status.revision, arm, pinned, repr(routing))
    return Subject(status.run_id, arm, pinned, identity)


def known(subject: Subject, question: Question) -> Any | None:
    """The answer, if it was given already."""
    return _answers().get(_key(subject, question))


def answered(subject: Subject, question: Question) -> Any | None:
    """The answer, asked for now where it is not known; None, and the refusal shown, without one."""
    try:
        return _ask(subject, question)
    except EngineError as error:
        st.error(say("no_answer"))
        st.text(str(error))
        return None


def _ask(subject: Subject, question: Question) -> Any:
    answers, key = _answers(), _key(subject, question)
    if key not in answers:
        answers.keep(key, engine().ask(subject.run_id, question, subject.step))
    return answers.get(key)


def _answers() -> KeptAnswers:
    answers: KeptAnswers = here().kept.setdefault(_ANSWERS, KeptAnswers())
    return answers


def _key(subject: Subject, question: Question) -> tuple[Any, ...]:
    return (*subject.identity, repr(question))


def study_panel(subject: Subject, questions: Sequence[Question], draw: Callable[[], None]) -> None:
    """Ask and call `draw`, part by part, until all questions are answered.

    Not all in one run: what is drawn has keys, and a run of the script draws a key once; and a
    click inside a fragment waits for the end of the fragment's run.
    """

    @st.fragment
    def panel() -> None:
        if _goes_on(subject, questions):
            _ask_some(subject, questions)
        _progress(subject, questions)
        draw()
        if _goes_on(subject, questions):
            part = here().kept[_PARTS] = here().kept.get(_PARTS, 0) + 1
            ask_on(part, key="study_part", on_next=_next)

    panel()


def _next() -> None:
    """Not an action of the reader: the fragment asks the part by itself."""


def _goes_on(subject: Subject, questions: Sequence[Question]) -> bool:
    return bool(_pending(subject, questions)) and not _halted(subject, questions)


def _pending(subject: Subject, questions: Sequence[Question]) -> list[Question]:
    answers = _answers()
    return [each for each in questions if _key(subject, each) not in answers]


def _halted(subject: Subject, questions: Sequence[Question]) -> bool:
    """Whether the reader has stopped this study of the model, or a question of it was refused."""
    stopped: bool = here().kept.get(_STOPPED) == subject.identity
    return stopped or bool(_refusal(subject, questions))


def _refusal(subject: Subject, questions: Sequence[Question]) -> str:
    """Why this study was broken off; empty where another one was, say at another factor."""
    study, reason = here().kept.get(_REFUSED) or (None, "")
    return reason if study == (subject.identity, list(questions)) else ""


def _ask_some(subject: Subject, questions: Sequence[Question]) -> None:
    deadline = time.monotonic() + ASKING_S
    for question in _pending(subject, questions):
        try:
            _ask(subject, question)
        except EngineError as error:
            here().kept[_REFUSED] = (subject.identity, list(questions)), str(error)
            return
        if time.monotonic() > deadline:
            return


def _progress(subject: Subject, questions: Sequence[Question]) -> None:
    """How far the study is, and the button that stops or resumes it."""
    left, total = len(_pending(subject, questions)), len(questions)
    if not left:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="study_progress"):
        halted = _halted(subject, questions)
        said = say("stopped" if halted else "measuring", done=total - left, total=total)
        st.progress(1 - left / total, text=said)
        if halted:
            st.button(
                say("resume"), key="study_go_on", on_click=_go_on, icon=":material/play_arrow:"
            )
        else:
            st.button(
                say("cancel"), key="study_cancel", on_click=_stop, args=(subject,),
                icon=":material/close:",
            )  # fmt: skip
    if refused := _refusal(subject, questions):
        st.text(say("refused", why=refused))


@action
def _stop(subject: Subject) -> None:
    here().kept[_STOPPED] = subject.identity


@action
def _go_on() -> None:
    here().kept[_STOPPED] = here().kept[_REFUSED] = None
