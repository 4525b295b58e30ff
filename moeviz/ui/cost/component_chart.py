"""Bars by component with the table behind them, on screen and as a file: one way for all pages.

Decides no number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from moeviz.analysis.cost.component_rows import ComponentRow, component_file, component_table
from moeviz.figures.component_bars import ROW, component_bars
from moeviz.figures.theme.components import component_legend
from moeviz.ui.components.chart import TableFile, chart


def component_chart(
    rows: Sequence[ComponentRow],
    unit: str,
    written: Callable[[float], str],
    *,
    key: str,
    label: str,
    limit: tuple[str, float] | None = None,
    row_height: int = ROW,
) -> None:
    """Draw the rows; arguments as `component_bars` and `chart` take them."""
    header, lines = component_table(rows)
    chart(
        component_bars(rows, unit, written, limit, row_height), key=key, label=label,
        header=header, rows=lines, legend=component_legend(rows, written),
        file=TableFile(f"moeviz-{key.replace('_', '-')}", *component_file(rows, unit)),
    )  # fmt: skip
