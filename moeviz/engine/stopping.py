"""When a run pauses by itself, judged from the steps it has just done, in words for the user.

Knows the `Until` conditions and snapshots; knows nothing of processes or of who is asking.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np

from moeviz.analysis.verdict import (
    COLLAPSED_BELOW,
    COLLAPSED_UNTIL,
    Verdict,
    in_figures,
    verdicts_after,
)
from moeviz.engine.protocol import Until
from moeviz.records import WINDOW_STEPS, StepSnapshot

_BORDERS = (COLLAPSED_BELOW, COLLAPSED_UNTIL)


class StopWatch:
    """Watches a run's steps for an `Until` condition.

    `recent_losses` are those of the steps before the first watched one, by arm, and `verdicts` its
    layers' after the last of them, so that a run that was taken up again stops at the same step as
    one that never rested.
    """

    def __init__(
        self,
        recent_losses: Mapping[str, Sequence[float]],
        verdicts: Mapping[str, Sequence[Verdict]] | None = None,
    ) -> None:
        self._losses = {
            arm: deque(losses, maxlen=WINDOW_STEPS) for arm, losses in recent_losses.items()
        }
        self._verdicts = dict(verdicts or {})
        self._latest: Mapping[str, StepSnapshot] = {}

    def observe(self, snapshots: Mapping[str, StepSnapshot]) -> None:
        """Take note of one step of all arms."""
        self._latest = snapshots
        for arm, snapshot in snapshots.items():
            losses = self._losses.setdefault(arm, deque(maxlen=WINDOW_STEPS))
            losses.append(snapshot.cross_entropy)
            self._verdicts[arm] = verdicts_after(self._verdicts.get(arm, ()), snapshot)

    def reason(self, until: Until, step: int) -> str:
        """Why the run stops after `step`, or ""."""
        if until.kind == "step":
            return f"reached step {step}" if step >= until.value else ""
        if until.kind == "loss":
            return self._low_loss(until.value, step)
        return self._collapse(step)

    def _low_loss(self, bound: float, step: int) -> str:
        for arm, losses in self._losses.items():
            mean = float(np.mean(losses)) if len(losses) == WINDOW_STEPS else np.inf
            if mean <= bound:
                which = f"model {arm} " if len(self._losses) > 1 else ""
                found = f"{which}reached loss {mean:.3f} at step {step}"
                return f"{found} (mean of {WINDOW_STEPS} steps; limit {bound:g})"
        return ""

    def _collapse(self, step: int) -> str:
        for arm, snapshot in self._latest.items():
            for layer, verdict in enumerate(self._verdicts[arm]):
                if verdict == "collapsed":
                    h = float(snapshot.entropy_above_collapse[layer])
                    found = f"entropy above collapse {in_figures(h, *_BORDERS)}"
                    return f"collapsed at step {step}: {self._named(arm)}layer {layer}, {found}"
        return ""

    def _named(self, arm: str) -> str:
        return f"model {arm}, " if len(self._losses) > 1 else ""
