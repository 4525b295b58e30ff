"""What is said of switching load balancing off is what README's table says was measured."""

from __future__ import annotations

import re
from pathlib import Path

from moeviz.ui.lab.switched_off import COLLAPSED_EARLY, FIRST_MEASURED, SEEDS, off_words

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_table():
    (head,) = re.findall(r"^\| off at step \| (.+) \|$", README, re.MULTILINE)
    (row,) = re.findall(r"^\| E = 16, k = 1 \| (.+) \|$", README, re.MULTILINE)
    assert [int(step) for step in head.split(" | ")] == [FIRST_MEASURED, 300, 600]
    collapsed = [re.search(r"\((\d+) of (\d+)\)", cell).groups() for cell in row.split(" | ")]
    assert collapsed == [(str(COLLAPSED_EARLY), str(SEEDS)), ("0", str(SEEDS)), ("0", str(SEEDS))]


def test_no_figure_is_left_open():
    words = off_words()
    assert "on 5 seeds" in words["measured"]
    assert "on 4 of 5" in words["measured"]
    assert "{{name}}" in words["since"]  # the browser fills these
