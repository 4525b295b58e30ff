"""Lets a fragment follow a run: the browser asks it for the newer steps. Shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("follow_run")


def follow_run(
    run: Mapping[str, Any],
    *,
    key: str,
    shown: int,
    answered: int | None,
    every_ms: int,
    on_newer: Callable[[], None],
) -> None:
    """Rerun the fragment that this stands in when the run has a newer step than the one shown.

    Only while the tab is seen, and never before the last rerun is drawn.

    Args:
        run: what the browser needs to follow it, of `page_run.right_to`.
        shown: the step that the fragment shows. answered: the `newer` of the last rerun, whatever
            the fragment made of it; None before there was one.
        every_ms: between two reruns, at least.
        on_newer: called before the rerun. The widget's value then has the run's step as `newer`.
    """
    data = {"run": dict(run), "shown": shown, "answered": answered, "every_ms": every_ms}
    _mount(key=key, data=data, on_newer_change=on_newer)
