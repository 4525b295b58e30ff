"""A number's sum shows every factor that is not 1, and fractions are told from whole numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from moeviz.accounting.flops import forward_flops
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.terms import Term
from moeviz.accounting.units import number
from moeviz.analysis.cost.derived_numbers import (
    DerivedNumber,
    compared,
    derived,
    product,
    term_summands,
)


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
    assert term_summands([term]) == (("KV cache: latents", "576 elements · 61 layers", "35,136"),)


@pytest.mark.parametrize(
    ("value", "start", "said"),
    [
        (100, 100, "same as X"),
        (1003.08, 1000, "+0.308 % vs X"),
        (900, 1000, "-10.0 % vs X"),
        (14_370, 1000, "14.4× X"),
        (250, 1000, "0.250× X"),
        (46_702_792_705, 46_702_792_704, "+1 vs X"),
        (46_702_788_608, 46_702_792_704, "-4,096 vs X"),
    ],
)
def test_a_difference_is_told_in_three_digits_and_never_as_one(value, start, said):
    assert compared(value, start, "X").replace("\u00a0", " ") == said


def test_a_number_takes_its_words_from_a_table_and_no_figure_is_forgotten():
    words = {"label": "Total", "formula": "{{n}} · D", "source": "n = {{n}}"}
    number = derived(words, "8 B", "8", n="2")
    assert (number.formula, number.source, number.change) == ("2 · D", "n = 2", "")
    with pytest.raises(ValueError, match="m"):
        derived(words, "8 B", "8", n="2", m="3")


def test_a_summand_of_a_component_of_its_name_says_it_once():
    terms = [Term("router", "router", (("layers", 2),)), Term("experts", "weights", (("n", 2),))]
    assert [name for name, *_ in term_summands(terms)] == ["router", "routed experts: weights"]


def test_the_sizes_of_a_matrix_are_its_inputs_and_outputs():
    terms = forward_flops(SKETCHES["mixtral-8x7b"][1].architecture(), 1).terms
    (keys,) = (line for line in term_summands(terms) if line[0].endswith("key projection"))
    assert keys[1].startswith("2 operations per weight · 4,096 inputs · 1,024 outputs · 32 copies")


def test_lines_without_any_product_have_no_column_for_it():
    terms = (("forward a token", "", "2"), ("tokens D", "", "3"))
    header, lines = DerivedNumber("T", "18", "18", "3 · forward · D", terms).table
    assert header == ("Quantity", "Value")
    assert lines == [("forward a token", "2"), ("tokens D", "3")]
    terms = (*terms, ("layers", "2 · 3", "6"))
    header, lines = DerivedNumber("T", "18", "18", "", terms).table
    assert header == ("Quantity", "Product", "Value")
    assert lines == terms
