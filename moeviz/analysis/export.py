"""A run as files: its history as CSV and JSON. Records in, text out."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.config import RunConfig
from moeviz.records import COLUMNS, KnobMark, RunHistory


def history_json(
    config: RunConfig, marks: Sequence[KnobMark], histories: Mapping[str, RunHistory]
) -> str:
    """Config, knob changes and every recorded column, by arm; what was not measured is null."""
    arms = {
        name: {column: _plain(history[column].tolist()) for column in COLUMNS}
        for name, history in histories.items()
    }
    changes = [{"step": m.step, "arm": m.arm, "knobs": dict(m.knobs)} for m in marks]
    return json.dumps({"config": config.to_json(), "marks": changes, "arms": arms}, allow_nan=False)


def history_csv(histories: Mapping[str, RunHistory]) -> str:
    """One row an arm and step; a column with axes becomes one a cell, `expert_load[layer][expert]`.

    What was not measured is an empty cell. Arms may differ in layers and experts: the header names
    every cell that any arm has.
    """
    flat = {name: _flat_columns(history) for name, history in histories.items()}
    header = list(dict.fromkeys(cell for cells in flat.values() for cell in cells))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["arm", *header])
    for name, cells in flat.items():
        rows = len(histories[name])
        columns = [_cells(cells[cell]) if cell in cells else [""] * rows for cell in header]
        writer.writerows([name, *row] for row in zip(*columns, strict=True))
    return out.getvalue()


def _flat_columns(history: RunHistory) -> dict[str, NDArray[Any]]:
    """Every column as one-dimensional ones, by name."""
    flat = {}
    for column in COLUMNS:
        values = history[column]
        for index in np.ndindex(values.shape[1:]):
            name = column + "".join(f"[{i}]" for i in index)
            flat[name] = values[(slice(None), *index)]
    return flat


def _cells(values: NDArray[Any]) -> list[Any]:
    return ["" if isinstance(v, float) and math.isnan(v) else v for v in values.tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
