"""A run as files: its configuration and its history, as JSON and CSV. Records in, text out."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.analysis.verdict import verdict_column
from moeviz.config import RunConfig
from moeviz.records import COLUMNS, KnobMark, RunHistory


def config_json(config: RunConfig) -> str:
    """The configuration of each model of the run."""
    return json.dumps(_configuration(config), indent=1)


def history_json(
    config: RunConfig, marks: Sequence[KnobMark], histories: Mapping[str, RunHistory]
) -> str:
    """Config, knob changes and every column, by model; what was not measured is null."""
    models = {
        name: {column: _plain(values.tolist()) for column, values in _columns(history).items()}
        for name, history in histories.items()
    }
    changes = [{"step": m.step, "model": m.arm, "knobs": dict(m.knobs)} for m in marks]
    parts = {"config": _configuration(config), "marks": changes, "models": models}
    return json.dumps(parts, allow_nan=False)


def _configuration(config: RunConfig) -> dict[str, Any]:
    """Models by the word of the screen."""
    (models,) = config.to_json().values()
    return {"models": models}


def history_csv(histories: Mapping[str, RunHistory]) -> str:
    """A row per model and step; a column with axes becomes one per cell, `load[layer][expert]`.

    What was not measured is an empty cell. Models may differ in layers and experts: the header
    names every cell that any model has.
    """
    flat = {name: _flat_columns(history) for name, history in histories.items()}
    header = list(dict.fromkeys(cell for cells in flat.values() for cell in cells))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["model", *header])
    for name, cells in flat.items():
        rows = len(histories[name])
        columns = [_cells(cells[cell]) if cell in cells else [""] * rows for cell in header]
        writer.writerows([name, *row] for row in zip(*columns, strict=True))
    return out.getvalue()


def _columns(history: RunHistory) -> dict[str, NDArray[Any]]:
    """Every recorded column, and `verdict`: each layer's word after each step."""
    return {**{name: history[name] for name in COLUMNS}, "verdict": verdict_column(history)}


def _flat_columns(history: RunHistory) -> dict[str, NDArray[Any]]:
    """Every column as one-dimensional ones, by name."""
    flat = {}
    for column, values in _columns(history).items():
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
