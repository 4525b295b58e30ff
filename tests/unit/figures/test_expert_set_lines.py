"""Sets of experts at every value of a sweep."""

from __future__ import annotations

from math import log10

import pytest

from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.granularity import SWEEPS, sweep_info
from moeviz.figures.expert_set_lines import expert_set_lines

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


@pytest.mark.parametrize("name", sorted(SWEEPS))
def test_every_value_is_drawn(name):
    info = sweep_info(MIXTRAL, name, 0)
    sets, marker = expert_set_lines(info)["data"]
    assert sets["y"] == pytest.approx([log10(point.combinations) for point in info.points])
    assert marker["x"] == [info.values[info.at]]
