"""Every number of the pages that count says how it comes: values filled in, and who says so."""

from __future__ import annotations

import pytest

from moeviz.accounting.kv_cache import cached_terms, elements_per_token
from moeviz.accounting.released import released_models
from moeviz.ui.shared.navigation import (
    DECODING_SPEED,
    FLOPS,
    GRANULARITY,
    MEMORY,
    TOTAL_VS_ACTIVE,
    YOUR_CONFIG,
)
from tests.pages.test_count_pages import component
from tests.pages.visit import visit


@pytest.mark.parametrize(
    "where", [TOTAL_VS_ACTIVE, YOUR_CONFIG, FLOPS, MEMORY, DECODING_SPEED, GRANULARITY]
)
def test_every_number_has_a_source_and_values_in_its_formula_or_below_it(page, where):
    visit(page, where)
    numbers = [each for row in component(page, "derived_numbers") for each in row["numbers"]]
    assert numbers
    for each in numbers:
        assert each["source"], each["label"]
        filled = each["terms"] or any(character.isdigit() for character in each["formula"])
        assert filled or each["label"] == "Context where attention exceeds weights", each["label"]


def test_the_summands_of_a_tokens_cache_are_all_of_it():
    for model in released_models():
        architecture = model.architecture()
        if architecture is not None:
            terms = cached_terms(architecture)
            assert sum(term.value for term in terms) == elements_per_token(architecture)


def test_the_summands_of_a_varied_model_are_those_of_the_shown_one(page):
    visit(page, GRANULARITY, value="4")
    total, active, *_ = component(page, "derived_numbers")[0]["numbers"]
    for each in (total, active):
        told = sum(int(value.replace(",", "")) for _, _, value in each["terms"])
        assert f"{told:,}" == each["exact"]
    assert total["exact"] != active["exact"]
