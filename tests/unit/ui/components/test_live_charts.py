"""What the live charts' sources repeat of the project: the colours of loads."""

from __future__ import annotations

import re

from moeviz.figures.theme.palette import load_ramp
from moeviz.ui.components import assets


def test_ribbons_have_the_colours_of_loads_on_the_light_and_the_dark_page():
    source = assets.COMPONENTS / "live_charts" / "live_charts_heat.js"
    written = dict(re.findall(r'^const (\w+) = "([#\w ]+)";', source.read_text(), re.MULTILINE))
    assert written["LIGHT"].split() == [colour for _, colour in load_ramp()]
    assert written["DARK"].split() == [colour for _, colour in load_ramp(dark=True)]


def test_these_colours_stand_at_equal_distances_of_the_square_root():
    for dark in (False, True):
        assert [at for at, _ in load_ramp(dark)] == [(i / 8) ** 2 for i in range(9)]
