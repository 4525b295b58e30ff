"""How another worker continues a run: which steps it repeats, and what the page says of it.

Knows steps and configurations; nothing of workers or of what they are sent.
"""

from __future__ import annotations

from moeviz.config import RunConfig

RESTART_SHOWN_STEPS = 500
"""A restart is shown until the run is this number of steps past its last step: time to read it."""


class Recovery:
    """What is owed to one run whose worker died, or that comes from disk.

    Attributes:
        target: where it stood when it was taken up; the steps up to there are repeated.
        knobs: those of the step after the target; None before it was ever taken up.
    """

    def __init__(self) -> None:
        self.target = 0
        self.knobs: RunConfig | None = None
        self._lost = False
        self._restart, self._restart_shown_until = "", 0
        self._reached = self._deaths = 0

    def begin(self, target: int, knobs: RunConfig) -> None:
        """A worker takes it up, to lead it to where it stood."""
        self.target, self.knobs, self._lost = target, knobs, False

    def end(self, step: int) -> None:
        """It went back to a step: nothing is owed any more."""
        self.target, self.knobs, self._reached = 0, None, step
        self.acted_on()

    def note_restart(self, stood: int, step: int) -> None:
        """Tell for a while at which step its worker died, and from which another one goes on."""
        self._lost = True
        self._restart = f"the worker was restarted at step {stood}; resumed from step {step}"
        self._restart_shown_until = stood + RESTART_SHOWN_STEPS

    def acted_on(self) -> None:
        """An action on the run shows that its state was seen."""
        self._restart = ""

    def notice(self, step: int) -> str:
        """What the page says of a restart while the run is at this step, or ""."""
        return self._restart if step < self._restart_shown_until else ""

    def words(self, then: str, *, knobs_wait: bool) -> str:
        """What goes on while steps are repeated, and what comes then."""
        who = "the worker stopped; a new one" if self._lost else "a worker"
        knobs = f"; new knob values apply from step {self.target + 1:,}" if knobs_wait else ""
        return f"{who} repeats the steps up to {self.target:,}, then {then}{knobs}"

    def blame(self, step: int) -> int:
        """Note that its worker died in its turn; returns how often since it last got further."""
        self._deaths = 1 if step > self._reached else self._deaths + 1
        self._reached = max(step, self._reached)
        return self._deaths
