"""Released models for people: the counts of each, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import ActiveConvention, ParameterCount
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.released import ReleasedModel, released_models
from moeviz.accounting.units import NO_BREAK, count, exact
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.model_numbers import CONVENTION_TITLES
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.config import ConfigError
from moeviz.texts import fill, strings


@dataclass(frozen=True, slots=True)
class ReleasedInfo:
    """A released model with what could be counted.

    Attributes:
        counted: None where no reader knows its configuration; `refusal` says why.
        architecture: None where only counts are known.
    """

    model: ReleasedModel
    counted: ParameterCount | None
    architecture: Architecture | None
    refusal: str = ""

    @property
    def mixture(self) -> MixtureFeedForward | None:
        """Of its first MoE layer."""
        stacks = self.architecture.stacks if self.architecture else ()
        return next((stack.mixture for stack in stacks if stack.mixture), None)

    @property
    def active(self) -> int | None:
        """By the authors' convention, else with embedding and head; None where it is unknown."""
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


_WORDS = strings(__file__)
_CONVENTIONS: Mapping[ActiveConvention, str] = _WORDS["conventions"]
_UNKNOWN = Cell("–")


def _row(info: ReleasedInfo) -> list[Cell]:
    model, counted, mixture = info.model, info.counted, info.mixture
    active = counted.active if counted else {}
    printed = model.published
    total_off = model.total_deviation() if counted else None
    active_off = model.active_deviation() if active else None
    return [
        Cell(model.name, model.name, model.note), Cell(model.organisation, model.organisation),
        Cell(str(model.year), model.year),
        _whole(mixture.n_experts if mixture else None),
        _whole(mixture.top_k if mixture else None),
        _printed(printed.total_billions), _counted(counted.total if counted else None),
        _off(total_off, model.deviation), _printed(printed.active_billions),
        *(_counted(active.get(name)) for name in CONVENTION_TITLES),
        Cell(_CONVENTIONS[model.convention], None, _how_known(model))
        if model.convention
        else _UNKNOWN,
        _off(active_off, model.deviation),
        _whole(elements_per_token(info.architecture) if info.architecture else None),
        Cell(model.router, None, model.router), Cell(model.balancing, None, model.balancing),
    ]  # fmt: skip


def _how_known(model: ReleasedModel) -> str:
    """Where the authors' convention comes from: from them, the printed number, other models."""
    if model.convention is None:
        return ""
    known: Mapping[str, str] = _WORDS["known"]
    if model.convention_stated:
        return known["stated"]
    closest = model.closest_convention()
    if closest is None or model.convention == closest:
        return known["closest"]
    return fill(known["as_elsewhere"], closest=_CONVENTIONS[closest])


def as_printed(billions: float) -> str:
    """All digits that are printed, in the unit that `count` would take: 1040 → "1.04 T"."""
    if billions >= 1000:
        return f"{billions / 1000:g}{NO_BREAK}T"
    return f"{billions:g}{NO_BREAK}B" if billions >= 1 else f"{1000 * billions:g}{NO_BREAK}M"


def off(value: float) -> str:
    """A deviation: "+0.01 %"."""
    return f"{100 * value:+.2f}{NO_BREAK}%"


@cache
def model_table() -> Table:
    """A row per model."""
    table = _WORDS["table"]
    rows = tuple(tuple(_row(info)) for info in released_infos())
    return Table(table["header"], table["units"], rows)


def _whole(value: int | None) -> Cell:
    return _UNKNOWN if value is None else Cell(exact(value), value)


def _counted(value: int | None) -> Cell:
    return _UNKNOWN if value is None else Cell(count(value), value, exact(value))


def _printed(billions: float | None) -> Cell:
    return _UNKNOWN if billions is None else Cell(as_printed(billions), round(billions * 1e9))


def _off(value: float | None, why: str) -> Cell:
    """To a thousandth of a percent: what is printed has three or four digits itself."""
    return _UNKNOWN if value is None else Cell(off(value), round(value, 5), why)


def compared_rows(infos: Sequence[ReleasedInfo]) -> tuple[ComponentRow, ...]:
    """Two bars a model: total and active parameters."""
    rows = []
    for info in infos:
        counted, name, bars = info.counted, info.model.name, _WORDS["bars"]
        if counted is None:
            continue
        total = fill(bars["total"], model=name)
        rows.append(ComponentRow(total, counted.components, count(counted.total)))
        if counted.active:
            active = fill(bars["active"], model=name)
            said = count(counted.active["all"])
            rows.append(ComponentRow(active, counted.active_components, said))
    return tuple(rows)
