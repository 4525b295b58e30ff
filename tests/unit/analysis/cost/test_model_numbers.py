"""The numbers of a model are the counts, and the sums of their summands."""

from __future__ import annotations

import pytest

from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.model_numbers import model_numbers


def whole(text: str) -> int:
    return int(text.replace(",", ""))


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
