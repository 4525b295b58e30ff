"""A group of knobs as a frozen dataclass: its fields, and what single methods add to it.

Knows nothing of which groups there are.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from moeviz.config.errors import no_such_knob
from moeviz.config.knob import Knob


@functools.cache
def knobs_of(group: type) -> Mapping[str, Knob]:
    """The knobs of a dataclass whose fields are declared by `knob`, by name."""
    return {
        each.name: Knob(name=each.name, default=each.default, **each.metadata)
        for each in dataclasses.fields(group)
        if each.metadata
    }


OWN_KNOBS: defaultdict[type, dict[str, Knob]] = defaultdict(dict)
"""By dataclass, the knobs that single methods add to it, by name: `declare_own` adds them."""


class OwnValues(Mapping[str, Any]):
    """The values of these knobs by name, for good: equal and hashed by what they are."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """Checks each field against its knob, then the conditions between fields.

    Attributes:
        own: the values of the knobs that single methods declare, by name; all of them, whichever
            method is chosen.
    """

    own: Mapping[str, Any] = field(default_factory=OwnValues)

    def __post_init__(self) -> None:
        group: type = type(self)
        for name, each in knobs_of(group).items():
            object.__setattr__(self, name, each.check(getattr(self, name)))
        declared = OWN_KNOBS[group]
        for name in self.own:
            if name not in declared:
                raise no_such_knob(name, declared)
        values = {n: each.check(self.own.get(n, each.default)) for n, each in declared.items()}
        object.__setattr__(self, "own", OwnValues(values))
        self._check_together()

    @classmethod
    def of(cls, knobs: Mapping[str, Any]) -> Self:
        """From the values of these knobs and of others; missing ones take their defaults."""
        group: type = cls
        fields = {name: knobs[name] for name in knobs_of(group) if name in knobs}
        own = {name: knobs[name] for name in OWN_KNOBS[group] if name in knobs}
        return cls(own=own, **fields)

    @property
    def knobs(self) -> dict[str, Any]:
        """All knob values, flat."""
        group: type = type(self)
        return {name: getattr(self, name) for name in knobs_of(group)} | dict(self.own)

    def _check_together(self) -> None:
        """Conditions that involve more than one field; raises ConfigError."""
