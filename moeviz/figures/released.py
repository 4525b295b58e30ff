"""Released models for people: what is counted of each, side by side, all on one plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import ActiveConvention, ParameterCount
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.released import ReleasedModel, released_models
from moeviz.config import ConfigError
from moeviz.figures.capacity import FAINT, INK, MUTED, axis, chart_layout, note
from moeviz.figures.component_bars import ComponentRow
from moeviz.figures.model_numbers import CONVENTION_TITLES
from moeviz.figures.palette import oklch_to_hex
from moeviz.figures.units import NO_BREAK, count, exact

Figure = dict[str, Any]

_SYMBOLS = ("pentagon", "triangle-up", "square", "star", "diamond", "cross", "circle", "x")
_LEGEND = {
    "orientation": "h", "x": 0.5, "xanchor": "center", "y": 1.0, "yanchor": "bottom",
    "itemwidth": 30, "itemclick": "toggle", "itemdoubleclick": "toggleothers",
    "font": {"size": 12},
}  # fmt: skip
"""Years by shape and colour; a click hides one, two clicks leave it alone."""

PLOT_HEIGHT = 430
ISO_PARTS = (1, 3, 10, 30, 100, 300)
"""Lines of the plot: one parameter met of so many stored."""


@dataclass(frozen=True, slots=True)
class ReleasedInfo:
    """A released model with what could be counted.

    Attributes:
        counted: None where no reader knows its configuration; `refusal` then says why.
        architecture: None where only counts are known.
    """

    model: ReleasedModel
    counted: ParameterCount | None
    architecture: Architecture | None
    refusal: str = ""

    @property
    def mixture(self) -> MixtureFeedForward | None:
        """Of its first mixture layer."""
        stacks = self.architecture.stacks if self.architecture else ()
        return next((stack.mixture for stack in stacks if stack.mixture), None)

    @property
    def active(self) -> int | None:
        """As the authors count, else everything; None where it is not known."""
        if self.counted is None or not self.counted.active:
            return None
        return self.counted.active[self.model.convention or "all"]


@cache
def released_infos() -> tuple[ReleasedInfo, ...]:
    """All models of the registry, in its order."""
    return tuple(_info(model) for model in released_models())


def released_info(name: str) -> ReleasedInfo:
    """Raises ConfigError for a name that is not in the registry."""
    for info in released_infos():
        if info.model.name == name:
            return info
    raise ConfigError("model", name, "the name of a released model")


def released_names(*, whole: bool = False) -> tuple[str, ...]:
    """Names in the order of the registry; `whole`: those whose layers are known."""
    return tuple(
        info.model.name for info in released_infos() if info.architecture is not None or not whole
    )


def _info(model: ReleasedModel) -> ReleasedInfo:
    try:
        return ReleasedInfo(model, model.count(), model.architecture())
    except ConfigError as error:
        return ReleasedInfo(model, None, None, str(error))


MODEL_HEADER = (
    "Model", "By", "Year", "N", "k", "Total printed", "Total counted", "Off", "Active printed",
    *CONVENTION_TITLES.values(), "Authors count", "Active off", "Cache a token", "Router",
    "Balancing",
)  # fmt: skip
MODEL_UNITS = (
    "", "", "", "", "", "parameters", "parameters", "part of the printed", "parameters",
    *["parameters"] * len(CONVENTION_TITLES), "", "part of the printed", "elements", "", "",
)  # fmt: skip
"""Of the values in full, where a file has them without."""

_COUNTED_AS: dict[ActiveConvention | None, str] = {
    **dict(zip(CONVENTION_TITLES, ("everything", "no input embedding", "no vocabulary"),
               strict=True)),
    None: "–",
}  # fmt: skip
Place = tuple[str, str | int | float | None, str]
"""As shown, as sorted and exported, told on hover."""


def model_row(info: ReleasedInfo) -> list[Place]:
    """A line of the table."""
    model, counted, mixture = info.model, info.counted, info.mixture
    active = counted.active if counted else {}
    printed = model.published
    total_off = model.total_deviation() if counted else None
    active_off = model.active_deviation() if active else None
    return [
        (model.name, model.name, model.note), (model.organisation, model.organisation, ""),
        (str(model.year), model.year, ""),
        _whole(mixture.n_experts if mixture else None),
        _whole(mixture.top_k if mixture else None),
        _printed(printed.total_billions), _counted(counted.total if counted else None),
        _off(total_off, model.deviation), _printed(printed.active_billions),
        *(_counted(active.get(name)) for name in CONVENTION_TITLES),
        (_COUNTED_AS[model.convention], None, _how_known(model)),
        _off(active_off, model.deviation),
        _whole(elements_per_token(info.architecture) if info.architecture else None),
        (model.router, None, model.router), (model.balancing, None, model.balancing),
    ]  # fmt: skip


def _how_known(model: ReleasedModel) -> str:
    """Where the authors' convention comes from: from them, from the figure, from other models."""
    if model.convention is None:
        return ""
    if model.convention_stated:
        return "stated by the authors"
    closest = model.closest_convention()
    if model.convention == closest:
        return "not stated: the closest of the three"
    return (
        "not stated: as in the authors' other models; the closest of the three is "
        f'"{_COUNTED_AS[closest]}"'
    )


def off(value: float) -> str:
    """A deviation: "+0.01 %"."""
    return f"{100 * value:+.2f}{NO_BREAK}%"


@cache
def model_rows() -> tuple[tuple[Place, ...], ...]:
    """A line of the table for each model."""
    return tuple(tuple(model_row(info)) for info in released_infos())


def _whole(value: int | None) -> Place:
    return ("–", None, "") if value is None else (exact(value), value, "")


def _counted(value: int | None) -> Place:
    return ("–", None, "") if value is None else (count(value), value, exact(value))


def _printed(billions: float | None) -> Place:
    return ("–", None, "") if billions is None else (f"{billions:g} B", billions * 1e9, "")


def _off(value: float | None, why: str) -> Place:
    return ("–", None, "") if value is None else (off(value), value, why)


def compared_rows(infos: Sequence[ReleasedInfo]) -> tuple[ComponentRow, ...]:
    """Two bars a model: stored and met."""
    rows = []
    for info in infos:
        counted = info.counted
        if counted is None:
            continue
        rows.append(
            ComponentRow(f"{info.model.name}, stored", counted.components, count(counted.total))
        )
        if counted.active:
            met = count(counted.active["all"])
            rows.append(ComponentRow(f"{info.model.name}, met", counted.active_components, met))
    return tuple(rows)


def plot_of_models(infos: Sequence[ReleasedInfo], picked: Sequence[str]) -> Figure:
    """Total against active on logarithmic axes, by year, with lines of equal sparsity."""
    known = [info for info in infos if info.counted is not None and info.active]
    layout = chart_layout(PLOT_HEIGHT)
    layout["margin"] = {"l": 52, "r": 12, "t": 40, "b": 44}
    layout |= {"showlegend": True, "legend": _LEGEND}
    low, high = 8.0, 12.6
    layout["xaxis"] = _axis("total parameters", low, high)
    layout["yaxis"] = _axis("active parameters, as the authors count", 7.8, 11.6)
    layout["shapes"] = [_iso(part, low, high) for part in ISO_PARTS]
    layout["annotations"] = [
        *(_iso_name(part) for part in ISO_PARTS),
        *(_name(info) for info in known if info.model.name in picked),
    ]
    years = sorted({info.model.year for info in known})
    data = [
        _dots([info for info in known if info.model.year == year], year, years) for year in years
    ]
    marked = [info for info in known if info.model.name in picked]
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


def year_colour(year: int, years: Sequence[int]) -> str:
    """From light gold over red to dark violet: later years are darker, also without colour."""
    part = years.index(year) / max(1, len(years) - 1)
    return oklch_to_hex(0.84 - 0.44 * part, 0.14, 90 - 150 * part)


def year_symbol(year: int, years: Sequence[int]) -> str:
    """A shape a year."""
    return _SYMBOLS[years.index(year) % len(_SYMBOLS)]


def _dots(infos: Sequence[ReleasedInfo], year: int, years: Sequence[int]) -> Figure:
    return {
        "type": "scatter", "mode": "markers", "name": str(year),
        "x": [_total(info) for info in infos], "y": [info.active for info in infos],
        "marker": {"size": 10, "color": year_colour(year, years),
                   "symbol": year_symbol(year, years),
                   "line": {"width": 1, "color": MUTED}},
        "text": [info.model.name for info in infos],
        "customdata": [
            [exact(_total(info)), exact(info.active or 0), str(year)] for info in infos
        ],
        "hovertemplate": "%{text}, %{customdata[2]}<br>%{customdata[0]} stored<br>"
        "%{customdata[1]} met<extra></extra>",
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
    """At the picture's right edge, or its upper one where the line leaves there."""
    y = min(11.5, 12.5 - math.log10(part))
    text = "all met" if part == 1 else f"1 of {part}"
    return note(
        text, y + math.log10(part), y, xanchor="right", yanchor="bottom",
        font={"size": 11, "color": MUTED},
    )  # fmt: skip


def _name(info: ReleasedInfo) -> Figure:
    return note(
        info.model.name, math.log10(_total(info)), math.log10(info.active or 1), xanchor="right",
        xshift=-11, yshift=8, font={"size": 12},
    )  # fmt: skip
