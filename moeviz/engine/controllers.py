"""Who may control a run: its owner, and the browsers that were let.

Knows browsers by their names only; nothing of links or of how a right was proved.
"""

from __future__ import annotations

from moeviz.engine.run import Run

MAX_CONTROLLERS = 100
"""Browsers beside the owner that a run remembers: those that were let last."""


def may_control(run: Run, browser: str) -> bool:
    """Whether this browser is the owner, or was let."""
    return browser in (run.owner, *run.controllers)


def let_control(run: Run, browser: str) -> None:
    """Remember that this browser may control the run, as the one that was let last."""
    if browser != run.owner and browser not in run.controllers[-1:]:
        others = (each for each in run.controllers if each != browser)
        run.controllers = (*others, browser)[-MAX_CONTROLLERS:]
        run.version += 1
