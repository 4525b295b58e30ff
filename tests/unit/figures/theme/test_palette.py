"""Colours: the ten that the design names, distinct ones beyond, legible on both pages."""

from __future__ import annotations

import colorsys
import itertools

import pytest

from moeviz.figures.theme.palette import (
    ARM_COLOURS,
    COMPONENT_COLOURS,
    contrast,
    expert_colours,
    line_borders,
    load_ramp,
    oklch_to_hex,
    year_colour,
)

TEN = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"]
TEN += ["#56B4E9", "#F0E442", "#999999", "#882255", "#44AA99"]
PAPER, DARK_PAGE = "#FFFFFF", "#0E1117"


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("n", [1, 2, 8, 10])
def test_up_to_ten_experts_wear_the_ten_colours(n: int):
    assert list(expert_colours(n)) == TEN[:n]


@pytest.mark.parametrize("n", [11, 16, 64])
def test_beyond_ten_the_first_ten_stay_and_all_differ(n: int):
    colours = expert_colours(n)
    assert list(colours[:10]) == TEN
    assert len({c.upper() for c in colours}) == n


def test_neighbours_on_the_ramp_of_64_differ_visibly():
    ramp = [rgb(c) for c in expert_colours(64)[10:]]
    apart = [
        max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in itertools.pairwise(ramp)
    ]
    assert min(apart) >= 15


@pytest.mark.parametrize("page", [PAPER, DARK_PAGE])
def test_arms_and_the_ramp_reach_three_to_one_on_both_pages(page: str):
    """WCAG 2.2, 1.4.11: graphical objects. The ten fixed colours get an outline instead."""
    assert min(contrast(c, page) for c in (*ARM_COLOURS, *expert_colours(64)[10:])) >= 3


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#FFFFFF", 21), ("#777777", "#777777", 1)]
)
def test_contrast_has_its_known_ends(one: str, other: str, ratio: float):
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio)


def test_contrast_of_mid_grey_is_the_published_one():
    """#767676 is the lightest grey that passes 4.5:1 on white (WebAIM); #777777 fails by a hair."""
    assert contrast("#767676", PAPER) >= 4.5 > contrast("#777777", PAPER)


@pytest.mark.parametrize(
    ("lightness", "chroma", "hue", "colour"),
    [
        (1.0, 0.0, 0.0, "#FFFFFF"),
        (0.0, 0.0, 0.0, "#000000"),
        (0.62796, 0.25768, 29.234, "#FF0000"),  # CSS Color 4, oklch of red and blue
        (0.45201, 0.31321, 264.052, "#0000FF"),
    ],
)
def test_oklch_agrees_with_css(lightness: float, chroma: float, hue: float, colour: str):
    got = oklch_to_hex(lightness, chroma, hue)
    assert max(abs(a - b) for a, b in zip(rgb(got), rgb(colour), strict=True)) <= 6


def test_a_colour_outside_srgb_keeps_its_hue():
    red, green, blue = rgb(oklch_to_hex(0.6, 0.4, 145))
    hue, _, _ = colorsys.rgb_to_hsv(red, green, blue)
    assert 90 < 360 * hue < 160


@pytest.mark.parametrize("dark", [False, True])
def test_the_load_ramp_goes_monotonically_away_from_the_page(dark: bool):
    stops = load_ramp(dark)
    page = DARK_PAGE if dark else PAPER
    away = [contrast(colour, page) for _, colour in stops]
    assert away == sorted(away)
    assert away[0] < 1.35
    assert away[-1] > 7
    assert [stops[0][0], stops[-1][0]] == [0, 1]


def test_a_line_that_lies_beneath_is_wider_while_lines_are_few():
    assert line_borders(1) == [0.0]
    widest, middle, last = line_borders(3)
    assert widest > middle > last == 0.0
    assert set(line_borders(14)) == {0.0}


def test_white_words_can_be_read_on_every_component():
    assert all(contrast(colour, "#FFFFFF") >= 3 for colour in COMPONENT_COLOURS.values())


def test_years_are_told_apart():
    years = [2020, 2021, 2023, 2026]
    assert len({year_colour(year, years) for year in years}) == len(years)
