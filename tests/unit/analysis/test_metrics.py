"""Measures that charts can show are columns of the records."""

from __future__ import annotations

from moeviz.analysis.metrics import METRICS
from moeviz.records import COLUMNS


def test_every_metric_is_a_column():
    assert set(METRICS) <= set(COLUMNS)
