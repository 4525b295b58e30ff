"""Tables in Markdown: a bar in a cell stays in its cell, in text as in a formula."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moeviz.records import MEASURES
from moeviz.ui.shared.tables import markdown_table

ROOT = Path(__file__).parents[4]


def cells(line: str) -> list[str]:
    """A line's cells as a Markdown table reads them: an escaped bar ends none."""
    return [each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_table_has_a_line_a_row_and_figures_end_right():
    table = markdown_table(("", "here", "there"), [("**all**", "1", "2")], words=1)
    assert table.split("\n") == [
        "|  | here | there |",
        "| --- | ---: | ---: |",
        "| **all** | 1 | 2 |",
    ]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("a|b", r"a\|b"),
        (r"a\|b", r"a\|b"),
        ("$|S|$", r"$\vert S\vert $"),
        (r"$\|x\|$ | y", r"$\Vert x\Vert $ \| y"),
        (r"$\left|x\right|$", r"$\left\vert x\right\vert $"),
        ("two\nlines", "two lines"),
        ("$3 to $5 a | b", r"$3 to $5 a \| b"),
    ],
)
def test_a_bar_or_a_line_end_stays_inside_its_cell(cell: str, shown: str):
    *_, row = markdown_table(("one", cell), [(cell, "end")], words=2).split("\n")
    assert cells(row) == [shown, "end"]


@pytest.mark.parametrize("row", [("one",), ("one", "two", "three")])
def test_a_row_of_another_length_is_refused(row: tuple[str, ...]):
    with pytest.raises(ValueError, match="below 2 titles"):
        markdown_table(("a", "b"), [row], words=1)


def test_each_measure_has_as_many_cells_as_the_head():
    rows = [(each.label, f"${each.formula}$", f"${each.collapse_formula}$") for each in MEASURES]
    assert any("|" in formula for _, formula, _ in rows), "else this test shows nothing"
    for line in markdown_table(("Measure", "Formula", "At collapse"), rows, words=3).split("\n"):
        assert len(cells(line)) == 3, line


def test_no_module_writes_a_table_by_hand():
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("moeviz/ui", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\|\s*:?--", path.read_text(encoding="utf-8"))
    ]
    assert found == []
