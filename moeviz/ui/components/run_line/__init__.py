"""A run's line: *Train* or *Pause*, how the run stands, how far it is; live, by the channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("run_line")


@dataclass(frozen=True, slots=True)
class Start:
    """What the button does with a run at rest.

    Attributes:
        keep_every: steps between two checkpoints on the way. most: the last step of any run.
    """

    label: str
    steps: int
    keep_every: int
    most: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says of a run beside how it stands.

    Attributes:
        pause: the button's label while the run trains. help: its tooltip.
        start: None: the run can only be paused here.
        why_not: said beside the button where this page may not act on the run.
        goal: the step that the run is on its way to, or 0. span: steps of the whole way there.
    """

    pause: str
    help: str
    start: Start | None = None
    why_not: str = ""
    goal: int = 0
    span: int = 0


def run_line(
    run: Mapping[str, Any],
    line: Line,
    *,
    key: str,
    trains: bool,
    on_change: Callable[[], None],
) -> None:
    """Show the line of a run.

    Args:
        run: what the browser needs to follow it, of `page_run.right_to`.
        trains: whether it trains, as the page is drawn; the script runs when that changes.
        on_change: called before the rerun that a change causes. The widget's value then has a
            `changed` with `run`, `trains` and, where this button has begun the training, `goal`.
    """
    data = {"run": dict(run), "trains": trains, **asdict(line)}
    _mount(key=key, data=data, on_changed_change=on_change)
