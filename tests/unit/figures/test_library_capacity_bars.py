"""A bar for each library."""

from __future__ import annotations

from moeviz.analysis.conventions import capacity_lines
from moeviz.figures.library_capacity_bars import library_capacity_bars
from moeviz.figures.theme.layout import ACCENT
from moeviz.figures.theme.palette import DROPPED_COLOUR
from tests.made_up_studies import made_up_conventions
from tests.pictures import checked, words


def test_every_library_has_a_bar_of_its_slots_per_assignment():
    lines = capacity_lines(made_up_conventions(), 1.0)
    figure = checked(library_capacity_bars(lines, 1.0))
    assert figure["data"][0]["x"] == [line.per_assignment for line in lines]
    assert words(figure)[0] == f"C = 25, {100 * lines[0].dropped:.1f} % dropped"
    colours = set(figure["data"][0]["marker"]["color"])
    assert colours == {ACCENT, DROPPED_COLOUR}
