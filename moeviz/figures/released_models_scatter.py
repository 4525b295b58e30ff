"""Released models on one picture: total against active parameters, by year."""

from __future__ import annotations

import math
from collections.abc import Sequence

from moeviz.accounting.units import count, exact
from moeviz.analysis.cost.released_models import ReleasedInfo
from moeviz.figures.theme.layout import FAINT, INK, MUTED, SMALL, Figure, axis, chart_layout, note
from moeviz.figures.theme.palette import year_colour
from moeviz.figures.theme.scales import spread

_SYMBOLS = ("pentagon", "triangle-up", "square", "star", "diamond", "cross", "circle", "x")
_LEGEND = {
    "orientation": "h", "x": 0.5, "xanchor": "center", "y": 1.0, "yanchor": "bottom",
    "itemwidth": 30, "itemclick": "toggle", "itemdoubleclick": "toggleothers",
    "font": {"size": 12},
}  # fmt: skip
"""Years by shape and colour. A click hides one, a double click shows it alone."""

HEIGHT = 430
ISO_PARTS = (1, 3, 10, 30, 100, 300)
"""Lines of constant total ÷ active."""
_NAME_HEIGHT = 0.17
"""Powers of ten between the names of chosen models, one line of text."""


def released_models_scatter(infos: Sequence[ReleasedInfo], picked: Sequence[str]) -> Figure:
    """Total against active on logarithmic axes, by year, with lines of constant total ÷ active."""
    known = [info for info in infos if info.counted is not None and info.active]
    layout = chart_layout(HEIGHT)
    layout["margin"] = {"l": 52, "r": 12, "t": 40, "b": 44}
    layout |= {"showlegend": True, "legend": _LEGEND}
    low, high = 8.0, 12.6
    layout["xaxis"] = _axis("total parameters", low, high)
    layout["yaxis"] = _axis("active parameters (authors' convention)", 7.8, 11.6)
    marked = [info for info in known if info.model.name in picked]
    names, leaders = _names(marked)
    layout["shapes"] = [*(_iso(part, low, high) for part in ISO_PARTS), *leaders]
    layout["annotations"] = [*(_iso_name(part) for part in ISO_PARTS), *names]
    years = sorted({info.model.year for info in known})
    data = [
        _dots([info for info in known if info.model.year == year], year, years) for year in years
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [_total(each) for each in marked],
            "y": [each.active for each in marked],
            "hoverinfo": "skip",
            "showlegend": False,
            "marker": {
                "size": 17,
                "symbol": "circle-open",
                "color": INK,
                "line": {"width": 2, "color": INK},
            },
        }
    )
    return {"data": data, "layout": layout}


def _year_symbol(year: int, years: Sequence[int]) -> str:
    return _SYMBOLS[years.index(year) % len(_SYMBOLS)]


def _dots(infos: Sequence[ReleasedInfo], year: int, years: Sequence[int]) -> Figure:
    return {
        "type": "scatter", "mode": "markers", "name": str(year),
        "x": [_total(info) for info in infos], "y": [info.active for info in infos],
        "marker": {"size": 10, "color": year_colour(year, years),
                   "symbol": _year_symbol(year, years),
                   "line": {"width": 1, "color": MUTED}},
        "text": [info.model.name for info in infos],
        "customdata": [
            [exact(_total(info)), exact(info.active or 0), str(year)] for info in infos
        ],
        "hovertemplate": "%{text}, %{customdata[2]}<br>%{customdata[0]} total<br>"
        "%{customdata[1]} active<extra></extra>",
    }  # fmt: skip


def _total(info: ReleasedInfo) -> int:
    assert info.counted is not None, "only counted models are drawn"
    return info.counted.total


def _axis(title: str, low: float, high: float) -> Figure:
    powers = [10**power for power in range(8, 14)]
    return axis(
        title, type="log", range=[low, high], tickvals=powers,
        ticktext=[f"{count(each)}".replace(".00", "") for each in powers], showgrid=False,
    )  # fmt: skip


def _iso(part: int, low: float, high: float) -> Figure:
    return {
        "type": "line", "layer": "below", "x0": 10**low, "x1": 10**high,
        "y0": 10**low / part, "y1": 10**high / part,
        "line": {"color": FAINT, "width": 1, "dash": "dot"},
    }  # fmt: skip


def _iso_name(part: int) -> Figure:
    """At the right edge of the plot, or at the upper edge if the line ends there."""
    y = min(11.5, 12.5 - math.log10(part))
    text = "total = active" if part == 1 else f"{part}×"
    return note(
        text, y + math.log10(part), y, xanchor="right", yanchor="bottom",
        font={"size": SMALL, "color": MUTED},
    )  # fmt: skip


def _names(marked: Sequence[ReleasedInfo]) -> tuple[list[Figure], list[Figure]]:
    """Left of the line total = active, where no model can be, each with a thin line to it."""
    points = [(math.log10(_total(info)), math.log10(info.active or 1)) for info in marked]
    heights = spread([y for _, y in points], _NAME_HEIGHT, 7.8, 11.4)
    names = [
        note(info.model.name, y, y, xanchor="right", xshift=-4)
        for info, y in zip(marked, heights, strict=True)
    ]
    leaders = [
        {
            "type": "line", "x0": 10**height, "y0": 10**height, "x1": 10**x, "y1": 10**y,
            "line": {"color": INK, "width": 1},
        }
        for (x, y), height in zip(points, heights, strict=True)
    ]  # fmt: skip
    return names, leaders
