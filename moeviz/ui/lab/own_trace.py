"""A visitor's own text, answered by the model of the first picture, which the server trains once.

The run belongs to the server: it is started when somebody types a text, pauses at STEPS steps and
is kept for all visitors, who may watch it. Knows nothing of how an answer is shown.
"""

from __future__ import annotations

import threading
from typing import Any

from moeviz.analysis.tour import MODEL, STEPS, recorded, tour_question, tour_trace
from moeviz.config import ConfigError, Unquoted, length
from moeviz.engine.protocol import EngineError, RunStatus, Until
from moeviz.ui.shared.page_run import right_to
from moeviz.ui.shared.session import engine

OWNER = f"tour-{recorded()['corpus'][:16]}"
"""Owns the run; no browser's name has this form. Another corpus has another tokenizer: a run that
was trained on an earlier one would answer for tokens that it has never seen."""
MOST_CHARACTERS = 200

_starting = threading.Lock()


def own_trace(text: str) -> dict[str, Any]:
    """What is known of a text: its `trace`, or the `run` that trains for it, or a `refusal`."""
    try:
        _check(text)
        status = _trained()
        if status.step < STEPS:
            return {"text": text, "run": right_to(status)}
        return {"text": text, "trace": tour_trace(engine().ask(status.run_id, tour_question(text)))}
    except (ConfigError, EngineError) as error:
        return {"text": text, "refusal": str(error)}


def _check(text: str) -> None:
    field, bound = "Your own text", f"1 to {MOST_CHARACTERS} characters long"
    if len(text) > MOST_CHARACTERS:
        raise ConfigError(field, length(len(text), "character"), bound)
    if not text.strip():
        raise ConfigError(field, Unquoted("nothing but blanks" if text else "no character"), bound)


def _trained() -> RunStatus:
    """The server's run, trained or on the way."""
    with _starting:
        run_id = _kept() or engine().start(MODEL, OWNER, paused=True)
        status = engine().latest(run_id)
        if status.step < STEPS and not status.trains:
            engine().resume(run_id, Until("step", STEPS))
            status = engine().latest(run_id)
        return status


def _kept() -> str:
    """The server's run of earlier visitors, or ""."""
    runs = [run for run in engine().runs(OWNER) if run.config == MODEL and run.state != "failed"]
    return runs[0].run_id if runs else ""
