"""The numbers of a model are the counts, and the sums of their summands."""

from __future__ import annotations

import pytest

from moeviz.accounting.decode import Serving
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count
from moeviz.analysis.cost.decoding_speed import speed_info, speed_numbers
from moeviz.analysis.cost.flops import flops_info, flops_numbers
from moeviz.analysis.cost.granularity import sweep_info, sweep_numbers
from moeviz.analysis.cost.model_numbers import CONVENTION_TITLES, model_numbers
from moeviz.analysis.cost.total_vs_active import total_vs_active_info, total_vs_active_numbers


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


MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()
SERVED = Serving(MIXTRAL, HARDWARE["H100 SXM"], context=128)
TILES = {
    "model": model_numbers(MIXTRAL),
    "total vs active": total_vs_active_numbers(
        total_vs_active_info(MIXTRAL, "Mixtral", MIXTRAL, 64), 64
    ),
    "granularity": sweep_numbers(sweep_info(MIXTRAL, "top_k", 0)),
    "flops": flops_numbers(flops_info(MIXTRAL, 4096, "causal", 10**12)),
    "decoding speed": speed_numbers(speed_info(SERVED, 1)),
}


@pytest.mark.parametrize("page", TILES)
def test_a_number_of_active_parameters_names_its_convention_where_it_is_read(page):
    """On its tile; a ratio, of which it is a part, where the formula is."""
    conventions = [title.removeprefix("Active, ") for title in CONVENTION_TITLES.values()]
    found = [each for each in TILES[page] if "active" in f"{each.label} {each.change}".lower()]
    assert found
    for each in found:
        read = f"{each.label} {each.change}"
        if each.label in ("Total ÷ active", "Active share"):
            read = each.source
        assert any(words in read for words in conventions), each


@pytest.mark.parametrize("page", TILES)
def test_the_convention_on_a_tile_is_the_one_that_it_is_counted_by(page):
    counted = parameter_count(MIXTRAL).active
    tiles = {each.label: each.exact for each in TILES[page]}
    for convention, title in CONVENTION_TITLES.items():
        if title in tiles:
            assert whole(tiles[title]) == counted[convention]
    for each in TILES[page]:
        if "no input embedding" in each.change:
            assert count(counted["minus_input_embedding"]) in each.change
