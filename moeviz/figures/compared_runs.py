"""Several runs, or the arms of one, on the same axes: their cross-entropy and balance alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from moeviz.figures.run_charts import Figure, run_charts
from moeviz.figures.run_charts_info import Line, run_charts_info
from moeviz.records import RunHistory


def compared_runs(
    runs: Mapping[str, Mapping[str, RunHistory]],
    *,
    metric: str = "normalised_entropy",
    layer: int = 0,
    begin: Mapping[str, int] = MappingProxyType({}),
) -> Figure:
    """Several runs on the same axes: every arm of every run is one line, named "run, arm".

    Args:
        begin: by run, the step at which its lines begin, where that is not their first.
    """
    arms = {f"{run}, {arm}": h for run, arms_ in runs.items() for arm, h in arms_.items()}
    begins = [begin.get(run, 0) for run, arms_ in runs.items() for _ in arms_]
    info = run_charts_info(arms, metric=metric, layer=layer)
    losses, balance = (
        tuple(_since(begins[line.arm], line) for line in lines)
        for lines in (info.cross_entropy, info.balance)
    )
    return run_charts(replace(info, cross_entropy=losses, balance=balance, ribbons=()))


def _since(step: int, line: Line) -> Line:
    """The line from its last point up to a step on.

    Cut as it is drawn: its points stay means of as many steps as those of the lines beside it.
    """
    first = max(0, int(np.searchsorted(line.steps, step, side="right")) - 1)
    return replace(line, steps=line.steps[first:], values=line.values[first:])


def arm_lines(
    arms: Mapping[str, RunHistory], *, metric: str = "normalised_entropy", layer: int = 0
) -> Figure:
    """The arms' cross-entropy and balance alone: no ribbons."""
    info = run_charts_info(arms, metric=metric, layer=layer)
    return run_charts(replace(info, ribbons=()))
