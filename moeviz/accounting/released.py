"""Released models: what their authors print, what they store, and why the two may differ.

The table is `released_models.json` beside this file: sizes as the models' own `config.json` names
them, counted by the family's reader, or counts by component where no reader knows the family. Knows
nothing of pages or hardware.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.config_json import read_config
from moeviz.accounting.parameters import (
    ActiveConvention,
    ParameterCount,
    count_of_components,
    parameter_count,
)
from moeviz.accounting.weights import Component
from moeviz.config import ConfigError

CLASS_DEFAULTS = "transformers 5.23, the class's own default configuration"
"""The source of sizes that no released file was read for."""


@dataclass(frozen=True, slots=True)
class Published:
    """The authors' own figures, in billions; None where none was found.

    Attributes:
        checked: read in a primary source or a copy of it; else remembered.
    """

    total_billions: float | None
    active_billions: float | None
    checked: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure or a size was read: its name, and its address where it has one."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """Counts by component of a model that no reader describes.

    Attributes:
        active: None where what a token uses is not known.
    """

    stored: dict[Component, int]
    active: dict[Component, int] | None
    tied: bool


@dataclass(frozen=True, slots=True)
class ReleasedModel:
    """One entry of the registry.

    Attributes:
        router, balancing: sentences: how experts are selected and how their load is kept even.
        groups: (groups of experts, groups that take part for a token), where routing is so limited.
        scale: factor on the gate weights.
        convention: of the active figure that the authors print, None where there is none or it
            decides nothing. convention_stated: said by the authors; else inferred: the closest of
            the three, or that of the authors' other models where it prints the same.
        deviation: why print and count differ; "" where they do not by more than 1 %.
        note: what else to know; may be "".
        counted_by: "instantiation": the count equals that of the model's class, built without
            memory; "formula": no class exists, the sizes were multiplied out; "config": by this
            program from the sizes.
        sizes_checked: sizes read in a file or paper; else remembered.
        longest: positions that its `config.json` declares; None where that was not read.
        config: as in the model's `config.json`. Either this or `counts` is there.
    """

    name: str
    organisation: str
    year: int
    published: Published
    router: str
    balancing: str
    groups: tuple[int, int] | None
    scale: float | None
    convention: ActiveConvention | None
    convention_stated: bool
    deviation: str
    note: str
    sources: tuple[Source, ...]
    counted_by: Literal["instantiation", "formula", "config"]
    sizes_checked: bool
    longest: int | None
    config: Mapping[str, Any] | None
    counts: StoredCounts | None

    def architecture(self) -> Architecture | None:
        """Its layers, or None where only counts are known.

        Raises:
            ConfigError: no reader for the family.
        """
        return None if self.config is None else read_config(self.config).architecture

    def count(self) -> ParameterCount:
        """What it stores and what a token uses; `active` is empty where that is not known."""
        architecture = self.architecture()
        if architecture is not None:
            return parameter_count(architecture)
        assert self.counts is not None
        if self.counts.active is None:
            return ParameterCount(sum(self.counts.stored.values()), self.counts.stored, {}, {})
        return count_of_components(self.counts.stored, self.counts.active, self.counts.tied)

    @property
    def of_class_defaults(self) -> bool:
        """Whether the sizes are those that transformers' class takes by itself."""
        return any(source.name == CLASS_DEFAULTS for source in self.sources)

    def total_deviation(self) -> float | None:
        """(counted − published) / published, of all parameters."""
        return _relative(self.count().total, self.published.total_billions)

    def active_deviation(self) -> float | None:
        """The same of the active ones, under the convention that the authors use."""
        if self.convention is None:
            return None
        return _relative(self.count().active[self.convention], self.published.active_billions)

    def closest_convention(self) -> ActiveConvention | None:
        """Whose count is the closest to the printed active figure; None where either is unknown."""
        printed, active = self.published.active_billions, self.count().active
        if printed is None or not active:
            return None
        return min(active, key=lambda each: abs(active[each] - printed * 1e9))


@cache
def released_models() -> tuple[ReleasedModel, ...]:
    """All of them, in the order of the table. Read once, at first use."""
    text = resources.files(__package__).joinpath("released_models.json").read_text("utf-8")
    return tuple(_model(entry) for entry in json.loads(text))


def released_model(name: str) -> ReleasedModel:
    """Raises ConfigError for a name that is not in the registry."""
    for model in released_models():
        if model.name == name:
            return model
    raise ConfigError("model", name, "the name of a released model in the registry")


def _model(entry: Mapping[str, Any]) -> ReleasedModel:
    groups, parts = entry.get("groups"), entry.get("components")
    return ReleasedModel(
        name=entry["name"],
        organisation=entry["organisation"],
        year=entry["year"],
        published=Published(**entry["published"]),
        router=entry["router"],
        balancing=entry["balancing"],
        groups=None if groups is None else (groups[0], groups[1]),
        scale=entry.get("scale"),
        convention=entry.get("convention"),
        convention_stated=entry.get("convention_stated", False),
        deviation=entry.get("deviation", ""),
        note=entry.get("note", ""),
        sources=tuple(Source(**source) for source in entry["sources"]),
        counted_by=entry["counted_by"],
        sizes_checked=entry["sizes_checked"],
        longest=entry.get("longest"),
        config=entry.get("config"),
        counts=None if parts is None else _counts(parts, entry["tied"]),
    )


def _counts(components: Mapping[Component, tuple[int, int | None]], tied: bool) -> StoredCounts:
    """From {component: [stored, active]}."""
    used = {name: active for name, (_, active) in components.items() if active is not None}
    stored = {name: stored for name, (stored, _) in components.items()}
    return StoredCounts(stored, used or None, tied)


def _relative(counted: int, billions: float | None) -> float | None:
    return None if billions is None else counted / (billions * 1e9) - 1
