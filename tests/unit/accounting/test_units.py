"""Numbers are rounded in one place: three digits, the right unit, never across a boundary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.units import count, exact, operations, percent, rate, ratio, seconds, size


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (7, "7"), (999, "999"), (1000, "1.00 K"), (999_499, "999 K"),
        (999_500, "1.00 M"), (46_702_792_704, "46.7 B"), (671_026_419_200, "671 B"),
        (1_571_000_000_000, "1.57 T"),
    ],
)  # fmt: skip
def test_counts_are_named_as_models_are(value, shown):
    assert plain(count(value)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (operations(25_500_000_000), "25.5 GFLOP"),
        (operations(512), "512 FLOP"),
        (operations(9.99e20), "999 EFLOP"),
        (operations(1.2e24), "1.20 × 10²⁴ FLOP"),
        (rate(989e12, "FLOP"), "989 TFLOP/s"),
        (rate(3.35e12, "B"), "3.35 TB/s"),
        (size(93_405_585_408), "93.4 GB"),
        (seconds(0), "0 s"),
        (seconds(0.00762), "7.62 ms"),
        (seconds(0.99996), "1.00 s"),
        (seconds(3.2e-8), "32.0 ns"),
        (seconds(3 * 86_400), "3.00 days"),
        (ratio(3.6269), "3.63×"),
        (percent(0.0153, signed=True), "+1.53 %"),
        (percent(-0.0153, signed=True), "-1.53 %"),
        (exact(46_702_792_704), "46,702,792,704"),
        (count(float("inf")), "∞"),
    ],
)
def test_units_are_those_of_the_quantity(text, shown):
    assert plain(text) == shown


@given(st.integers(1, 10**18))
def test_a_shown_count_is_within_half_a_last_digit_of_the_count(value):
    number, _, suffix = plain(count(value)).partition(" ")
    scale = 1000 ** ["", "K", "M", "B", "T", "Q"].index(suffix)
    assert abs(float(number.replace(",", "")) * scale - value) <= 0.0051 * value
