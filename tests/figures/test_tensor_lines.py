"""Lines of tensors and numbers with their sums agree with the counts."""

from __future__ import annotations

import pytest

from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.figures.model_numbers import model_numbers
from moeviz.figures.tensor_lines import tensor_lines


def whole(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize("name", sorted(SKETCHES))
def test_the_lines_sum_to_the_counts_and_each_product_to_its_line(name):
    architecture = SKETCHES[name][1].architecture()
    lines, counted = tensor_lines(architecture), parameter_count(architecture)
    assert sum(line.parameters for line in lines) == counted.total
    assert sum(line.active_parameters for line in lines) == counted.active["all"]
    for line in lines:
        value = 1
        for factor in line.filled.split(" · "):
            value *= whole(factor)
        assert value == line.parameters


@pytest.mark.parametrize("tied", ["no", "yes"])
@pytest.mark.parametrize("name", sorted(SKETCHES))
def test_every_convention_is_the_sum_of_what_it_keeps(name, tied):
    sketch = SKETCHES[name][1]
    architecture = type(sketch)(
        **{**{f: getattr(sketch, f) for f in sketch.__slots__}, "tied": tied}
    ).architecture()
    counted = parameter_count(architecture)
    total, *active, cache = model_numbers(architecture)
    assert whole(total.exact) == counted.total
    assert [whole(each.exact) for each in active] == list(counted.active.values())
    for number in (total, *active):
        assert sum(whole(value) for *_, value in number.terms) == whole(number.exact)
    assert whole(cache.exact) == elements_per_token(architecture)
