"""Text on a colour of ours stands out by 4.5 to 1 at least, on the light page and on the dark one.

Computed from the styles. What a browser sees of whole pages axe-core judges, in
`tests/e2e/test_accessibility.py`; it knows nothing of colours that a test's page does not show.
"""

from __future__ import annotations

import re

import pytest

from moeviz.figures.theme.palette import contrast, expert_colours
from tests.shown import ROOT

STYLES = ROOT / "moeviz" / "ui" / "components"
PAGES = {
    "light": {"ink": "#2F2D2B", "paper": "#FFFFFF"},
    "dark": {"ink": "#EDEBE8", "paper": "#171614"},
}
"""Streamlit's own tones of text and page."""

EXPERTS = sorted({colour for count in (8, 16, 32, 64) for colour in expert_colours(count)})
_MIX = re.compile(r"color-mix\(in srgb, ([^,()]+?) (\d+)%, *([^,()]+?)\)")


def of_rule(file: str, selector: str, name: str) -> str:
    """What a rule of a component's styles says of a property."""
    css = (STYLES / file).read_text(encoding="utf-8")
    (rule,) = re.findall(rf"^{re.escape(selector)} {{\n(.*?)^}}", css, re.DOTALL | re.MULTILINE)
    (value,) = re.findall(rf"^ +{name}: (.*?);$", rule, re.DOTALL | re.MULTILINE)
    return re.sub(r"\s+", " ", value)


def computed(value: str, tones: dict[str, str]) -> str:
    """The colour that a mixture of tones is."""
    value = re.sub(r"var\(--([\w-]+)\)", lambda found: tones[found[1]], value)
    while found := _MIX.search(value):
        value = value.replace(found[0], mixed(found[1], found[3], int(found[2]) / 100))
    return value


def mixed(one: str, other: str, part: float) -> str:
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part * a + (1 - part) * b):02X}" for a, b in pairs)


@pytest.mark.parametrize("page", PAGES)
def test_muted_words_are_legible(page):
    tones = PAGES[page]
    muted = computed(of_rule("shared/shared.css", ".moeviz", "--muted"), tones)
    assert contrast(muted, tones["paper"]) >= 4.5


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("file", "selector"),
    [
        ("routing_stage/routing_stage_picture.css", ".chip"),
        ("routing_stage/routing_stage_picture.css", ".heads.quiet .expert"),
        ("route_strips/route_strips.css", ".route-strips .cell"),
    ],
)
def test_words_on_the_tint_of_any_expert_are_legible(page, file, selector):
    tint = of_rule(file, selector, "background")
    for colour in EXPERTS:
        tones = {**PAGES[page], "colour": colour}
        assert contrast(tones["ink"], computed(tint, tones)) >= 4.5, colour


def test_a_mixture_is_computed_as_css_does():
    tones = {"a": "#FF0000", "b": "#000000"}
    assert computed("color-mix(in srgb, var(--a) 50%, var(--b))", tones) == "#800000"
    inner = "color-mix(in srgb, var(--a) 20%, color-mix(in srgb, var(--a) 50%, var(--b)))"
    assert computed(inner, tones) == mixed("#FF0000", "#800000", 0.2)
