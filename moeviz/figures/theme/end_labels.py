"""What stands at the right of lines: their names and last values, where they end.

Knows lines and heights, not the figure around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from moeviz.analysis.run_charts import Line
from moeviz.figures.theme.layout import escaped
from moeviz.figures.theme.palette import arm_colour
from moeviz.figures.theme.scales import spread

LABEL_HEIGHT = 15
FONT_SIZE = 12

_Label = tuple[float, str]


def room_for_labels(lines: Sequence[Line]) -> int:
    """The height in pixels that the labels of these lines need at most."""
    named = {line.domain or line.name for line in lines if not line.held_out}
    return LABEL_HEIGHT * (len(named) + any(line.domain for line in lines))


def end_labels(
    lines: Sequence[Line], bounds: Sequence[float], row: int, height: float
) -> list[dict[str, Any]]:
    """Each training line is named at the height where it ends, moved apart where ends overlap.

    Lines split by domain are too many and too close for that: each domain is named once, with the
    lowest and the highest of its arms, under the names of the arms in their colours.

    Args:
        bounds: of the axis. row: its number from the top. height: the row's, in pixels.
    """
    shown = [line for line in lines if not line.held_out and np.isfinite(line.values).any()]
    by_domain = any(line.domain for line in shown)
    labels = [*_of_domains(shown), (bounds[1], _arms(shown))] if by_domain else _of_arms(shown)
    gap = LABEL_HEIGHT / height * (bounds[1] - bounds[0])
    places = spread([end for end, _ in labels], gap, bounds[0], bounds[1])
    return [
        {
            "text": text,
            "xref": "paper",
            "x": 1.01,
            "xanchor": "left",
            "yref": f"y{row + 1}" if row else "y",
            "y": place,
            "showarrow": False,
            "font": {"size": FONT_SIZE},
        }
        for (_, text), place in zip(labels, places, strict=True)
    ]


def _of_arms(lines: Sequence[Line]) -> list[_Label]:
    return [
        (_end(line), _coloured(f"{escaped(line.name)} {_end(line):.3g}", line.arm))
        for line in lines
    ]


def _of_domains(lines: Sequence[Line]) -> Iterator[_Label]:
    for domain in dict.fromkeys(line.domain for line in lines):
        ends = [_end(line) for line in lines if line.domain == domain]
        values = dict.fromkeys(f"{end:.3g}" for end in (min(ends), max(ends)))
        yield sum(ends) / len(ends), f"{escaped(domain)} {'–'.join(values)}"


def _arms(lines: Sequence[Line]) -> str:
    names = {line.arm: line.name.removesuffix(f", {line.domain}") for line in lines}
    return "  ".join(_coloured(escaped(name), arm) for arm, name in names.items())


def _coloured(text: str, arm: int) -> str:
    return f'<span style="color:{arm_colour(arm)}">{text}</span>'


def _end(line: Line) -> float:
    return float(line.values[np.isfinite(line.values)][-1])
