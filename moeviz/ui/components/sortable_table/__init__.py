"""A table that is searched, sorted and taken as a file in the browser. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from moeviz.analysis.cost.tables import Cell
from moeviz.ui.components import assets
from moeviz.ui.shared.session_state import action, entered, here

_mount = assets.component("sortable_table")


@dataclass(frozen=True, slots=True)
class Picking:
    """Boxes before the rows.

    Attributes:
        names: first cells of the ticked rows. take: gets them when one is ticked or unticked.
    """

    names: Sequence[str]
    take: Callable[[list[str]], None]


def sortable_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    key: str,
    file_name: str,
    file_header: Sequence[str],
    picking: Picking | None = None,
) -> None:
    """Draw the rows; columns of numbers are those that have one among their values.

    Args:
        file_name: of exports, without an ending. file_header: their titles, with units: a file
            has bare numbers.
        picking: None: rows have no boxes.
    """

    answers = f"{key}_answers"

    @action
    def taken() -> None:
        here().kept[answers] = here().kept.get(answers, 0) + 1
        found = (entered(key) or {}).get("picked")
        if picking is not None and isinstance(found, str):
            picking.take(found.split("\n") if found else [])

    _mount(
        key=key,
        on_picked_change=taken,
        data={
            "caption": caption,
            "header": list(header),
            "rows": [[[each.shown, each.value, each.title] for each in row] for row in rows],
            "fileName": file_name,
            "fileHeader": list(file_header),
            "picked": list(picking.names) if picking else None,
            "answers": here().kept.get(answers, 0),  # the boxes are drawn anew when one is refused
        },
    )
