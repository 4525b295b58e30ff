"""A Plotly picture with its table: for figures that are drawn anew when a control is turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("chart", isolate_styles=False)


@dataclass(frozen=True, slots=True)
class TableFile:
    """The table behind a picture as a file to take away.

    Attributes:
        name: without an ending. header: titles with units. rows: values in full.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]


def chart(
    figure: dict[str, Any],
    *,
    key: str,
    label: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    file: TableFile | None = None,
    legend: Sequence[tuple[str, str, bool]] = (),
) -> None:
    """Draw plain Plotly JSON; the same nodes move when the figure changes.

    Args:
        figure: may name the page's tones: "tone:ink", "tone:muted", "tone:faint", "tone:accent",
            "tone:paper".
        label: what the picture shows, for those who listen; the table's caption.
        header, rows: the same numbers as text. file: as CSV and Markdown; None: not to be taken.
        legend: (name, colour, whether hatched) of each kind of mark, listed below the picture.
    """
    _mount(
        key=key,
        data={
            "figure": figure,
            "plotly": assets.plotly_file(),
            "label": label,
            "header": list(header),
            "rows": [list(row) for row in rows],
            "file": asdict(file) if file else None,
            "legend": [list(each) for each in legend],
        },
    )
