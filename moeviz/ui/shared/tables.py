"""A table as Markdown, whatever its cells hold. Knows nothing of what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MATHS = re.compile(r"(\$[^$]+\$)")
_BAR = re.compile(r"\\?\|")
_BLANKS = re.compile(r"\s+")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int) -> str:
    """The table, with as many cells in each row as the head has.

    A bar inside a cell would end it. Text escapes it; a formula has no escape that its typesetter
    leaves alone (``\\|`` is the double bar), but another name for it.

    Args:
        head: the columns' titles.
        rows: cells in Markdown, formulas between dollar signs.
        words: the number of columns on the left that hold words, aligned left; figures go right.

    Raises:
        ValueError: a row has another number of cells.
    """
    aligned = ["---"] * words + ["---:"] * (len(head) - words)
    lines = [[_cell(each) for each in head], aligned]
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"{len(row)} cells in a row below {len(head)} titles: {row}")
        lines.append([_cell(each) for each in row])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str) -> str:
    """One line in which no bar ends the cell."""
    parts = _MATHS.split(_BLANKS.sub(" ", text))
    return "".join(_in_maths(each) if _MATHS.fullmatch(each) else _in_text(each) for each in parts)


def _in_text(part: str) -> str:
    return _BAR.sub(r"\\|", part)


def _in_maths(part: str) -> str:
    return _BAR.sub(lambda bar: r"\vert " if bar[0] == "|" else r"\Vert ", part)
