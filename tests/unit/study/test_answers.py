"""A typed number is taken exactly as it was meant, or refused with a sentence."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.study.answers import NoNumber, typed_number


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12", "", Fraction(12)),
        (" 12 slots ", "slots", Fraction(12)),
        ("1 slot", "slots", Fraction(1)),
        ("0.1", "", Fraction(1, 10)),
        (".5", "", Fraction(1, 2)),
        ("5.", "", Fraction(5)),
        ("1,048,576", "", Fraction(2**20)),
        ("1e3", "", Fraction(1000)),
        ("2.5E-1", "", Fraction(1, 4)),
        ("1/16", "", Fraction(1, 16)),
        ("-3", "", Fraction(-3)),
        ("\u22123", "", Fraction(-3)),
        ("6.25\u00a0%", "%", Fraction(25, 4)),
        ("6.25 percent", "%", Fraction(25, 4)),
        ("46.7 B", "billion", Fraction(467, 10)),
        ("93.4 gb", "GB", Fraction(467, 5)),
    ],
)
def test_a_number_is_read_exactly(text, unit, value):
    assert typed_number(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("", "", "Type a number first"),
        (" \u00a0", "", "Type a number first"),
        ("many", "", "“many” is not a number"),
        (".", "", "“.” is not a number"),
        ("nan", "", "is not a number"),
        ("inf", "", "is not a number"),
        ("٣", "", "is not a number"),
        ("9" * 59, "", "is not one number"),
        ("9" * 61, "", "is not a number"),
        ("1e999999999", "", "is not one number"),
        ("2,5", "", "Use a point for decimals"),
        ("1,02", "", "Use a point for decimals"),
        ("1.2.3", "", "is not one number"),
        ("1 2", "", "is not one number"),
        ("3 GB", "slots", "Give the number in slots"),
        ("3 GB", "", "This number has none"),
        ("<b>3</b>", "", "“<b>3</b>” is not a number"),
        ("3<script>", "GB", "Give the number in GB"),
        ("1/0", "", "cannot be divided by zero"),
    ],
)
def test_nonsense_gets_a_sentence(text, unit, says):
    with pytest.raises(NoNumber) as refused:
        typed_number(text, unit)
    said = str(refused.value)
    assert says in said
    assert said.endswith(".")
    assert len(said) < 160


@given(st.text(max_size=200), st.sampled_from(["", "GB", "%", "billion"]))
def test_whatever_is_typed_is_a_number_or_is_refused(text, unit):
    with contextlib.suppress(NoNumber):
        assert isinstance(typed_number(text, unit), Fraction)


@given(st.decimals(-(10**12), 10**12, places=6))
def test_a_decimal_is_what_it_says(number):
    assert typed_number(f"{number:f}", "") == Fraction(number)
