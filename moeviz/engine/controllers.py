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
    """Remember that this browser may control the run; nothing where it may already."""
    if not may_control(run, browser):
        run.controllers = (*run.controllers, browser)[-MAX_CONTROLLERS:]
        run.version += 1
