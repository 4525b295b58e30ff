"""The grid has a row a policy and a column a part."""

from __future__ import annotations

import pytest

from moeviz.figures.drop_rate_grid import drop_rate_grid
from tests.pictures import checked


def test_the_grid_has_a_row_a_policy_and_one_scale_for_all_grids():
    rates = {"latest": [0.1, 0.3], "random": [0.2, 0.2]}
    figure = checked(drop_rate_grid(rates, ["first", "last"], "By place, %", 0.6))
    (heat,) = figure["data"]
    assert heat["z"] == [[10.0, 30.0], pytest.approx([20.0, 20.0])]
    assert figure["layout"]["coloraxis"]["cmax"] == 60
    assert figure["layout"]["yaxis"]["ticktext"] == ["latest", "random"]
    assert checked(drop_rate_grid({}, [], "", 0.0))["data"] == []


def test_long_names_of_columns_are_written_in_full_and_aslant():
    rates = {"latest": [0.1, 0.3]}
    level = checked(drop_rate_grid(rates, ["python", "french"], "By domain, %", 0.6))["layout"]
    aslant = checked(drop_rate_grid(rates, ["python", "arithmetic"], "By domain, %", 0.6))["layout"]
    assert aslant["xaxis"]["ticktext"] == ["python", "arithmetic"]
    assert (level["xaxis"]["tickangle"], aslant["xaxis"]["tickangle"]) == (0, -35)
    rows = [each["height"] - each["margin"]["b"] for each in (level, aslant)]
    assert rows[0] == rows[1]
