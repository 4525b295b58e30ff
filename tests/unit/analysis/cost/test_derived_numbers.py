"""A number's sum shows every factor that is not 1, and fractions are told from whole numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from moeviz.accounting.terms import Term
from moeviz.accounting.units import number
from moeviz.analysis.cost.derived_numbers import DerivedNumber, product, term_summands


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(8 * 10**10), "80,000,000,000"),
        (46_702_792_704, "46,702,792,704"),
        (Fraction(12_345_678, 10), "1,234,567.8"),
        (Fraction(17, 32), "0.53125"),
    ],
)
def test_numbers_are_in_full_and_fractions_are_seen(value, shown):
    assert number(value) == shown


def test_a_product_leaves_out_ones_and_is_never_empty():
    assert product((4096, 1, 8)) == "4,096 · 8"
    assert product((1, 1)) == "1"


def test_a_term_shows_its_factors_by_name():
    term = Term("kv_cache", "latents", (("elements", 576), ("layers", 61), ("sequences", 1)))
    assert term_summands([term]) == (("cache: latents", "576 elements · 61 layers", "35,136"),)


def test_lines_without_any_product_have_no_column_for_it():
    terms = (("forward a token", "", "2"), ("tokens D", "", "3"))
    header, lines = DerivedNumber("T", "18", "18", "3 · forward · D", terms).table
    assert header == ("Quantity", "Value")
    assert lines == [("forward a token", "2"), ("tokens D", "3")]
    terms = (*terms, ("layers", "2 · 3", "6"))
    header, lines = DerivedNumber("T", "18", "18", "", terms).table
    assert header == ("Quantity", "Product", "Value")
    assert lines == terms
