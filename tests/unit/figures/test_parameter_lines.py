"""Total and active parameters at every value of a sweep."""

from __future__ import annotations

import pytest

from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.granularity import SWEEPS, sweep_info
from moeviz.analysis.cost.model_numbers import CONVENTION_TITLES
from moeviz.figures.parameter_lines import parameter_lines

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


@pytest.mark.parametrize("name", sorted(SWEEPS))
def test_every_value_is_drawn(name):
    info = sweep_info(MIXTRAL, name, 0)
    total, active, marker = parameter_lines(info)["data"]
    assert total["y"] == [point.total for point in info.points]
    assert active["y"] == [point.active for point in info.points]
    assert marker["x"] == [info.values[info.at]] * 2
    assert marker["y"] == [info.point.total, info.point.active]


def test_what_the_pointer_reads_of_the_active_line_names_its_convention():
    _, active, _ = parameter_lines(sweep_info(MIXTRAL, "top_k", 0))["data"]
    assert CONVENTION_TITLES["all"].lower() in active["hovertemplate"]
