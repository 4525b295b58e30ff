"""Tables of the cost pages: behind a picture, and on their own. Decides no number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from moeviz.analysis.cost.tables import Table
from moeviz.figures.theme.components import LegendItem
from moeviz.ui.components.chart import TableFile, chart
from moeviz.ui.components.sortable_table import Picking, sortable_table


def table_chart(
    figure: dict[str, Any],
    table: Table,
    *,
    key: str,
    label: str,
    file_name: str = "",
    legend: Sequence[LegendItem] = (),
) -> None:
    """A picture with this table behind it.

    Args:
        file_name: of the table as a file, without an ending; "": no file here.
    """
    file = TableFile(file_name, table.file_header, table.in_full) if file_name else None
    chart(
        figure, key=key, label=label, header=table.header, rows=table.shown, file=file,
        legend=legend,
    )  # fmt: skip


class Drawn(NamedTuple):
    """A picture, its key, and its content in words."""

    figure: dict[str, Any]
    key: str
    label: str


def side_by_side(table: Table, *pictures: Drawn) -> None:
    """Pictures of the same numbers, each with this table behind it."""
    for place, each in zip(st.columns(len(pictures), gap="medium"), pictures, strict=True):
        with place:
            table_chart(each.figure, table, key=each.key, label=each.label)


def number_table(
    caption: str, table: Table, *, key: str, file_name: str, picking: Picking | None = None
) -> None:
    """The table to search, sort and download; `picking` as `sortable_table` has it."""
    sortable_table(
        caption, table.header, table.rows, key=key, file_name=file_name,
        file_header=table.file_header, picking=picking,
    )  # fmt: skip
