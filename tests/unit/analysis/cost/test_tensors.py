"""Lines of tensors agree with the counts."""

from __future__ import annotations

from math import prod

import pytest

from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.tensors import tensor_table


@pytest.mark.parametrize("name", sorted(SKETCHES))
def test_the_lines_sum_to_the_counts_and_each_product_to_its_line(name):
    architecture = SKETCHES[name][1].architecture()
    table, counted = tensor_table(architecture), parameter_count(architecture)
    assert all(len(row) == len(table.header) == len(table.units) for row in table.rows)
    lines = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    assert sum(line["Parameters"].value for line in lines) == counted.total
    assert sum(line["Active"].value for line in lines) == counted.active["all"]
    for line in lines:
        factors = line["Product"].shown.split(" · ")
        assert prod(int(each.replace(",", "")) for each in factors) == line["Parameters"].value
        assert line["Parameters"].shown == f"{line['Parameters'].value:,}"
