"""A table whose rows are measured by bars. Draws what it is given and decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from moeviz.ui.components import assets

_mount = assets.component("bar_table")


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        label: any text; drawn as text.
        bars: parts of the widest bar, 0 to 1; drawn below each other.
        cells: one text a column.
        colour: of the label's mark and the first bar; "": none.
        strong: stands out. faded: steps back.
    """

    label: str
    bars: tuple[float, ...]
    cells: tuple[str, ...]
    colour: str = ""
    strong: bool = False
    faded: bool = False


def bar_table(caption: str, header: Sequence[str], rows: Sequence[Row], *, key: str) -> None:
    """Draw the rows; a change is announced by the caption.

    Args:
        header: of the label, the bars and each cell.
    """
    _mount(
        key=key,
        data={
            "caption": caption,
            "header": list(header),
            "rows": [asdict(row) for row in rows],
        },
    )
