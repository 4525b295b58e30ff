"""Notices of a run beside its state and its step. Knows runs; nothing of their readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moeviz.engine.run import Run


def reason_of(run: Run) -> str:
    """Why it rests, or ""; while steps are repeated, that they are, and what comes then."""
    if not run.repeats:
        return run.reason
    then = "training continues" if run.wanted else "the run pauses"
    return run.recovery.words(then, knobs_wait=bool(run.knobs.pending))


def notices_of(run: Run) -> tuple[str, ...]:
    """What befell its worker, its knobs and its saving, in words; "" for what does not apply."""
    loads = run.process and not run.process.ready and not run.repeats
    waits = "a worker is starting; then it applies the new knob values"
    knobs = waits if loads and run.knobs.pending else ""
    return run.recovery.notice(run.step), knobs, run.notice, run.unsaved, run.trouble
