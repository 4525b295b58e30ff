"""What a configuration chooses by name: one object per class, known under the class's name.

Knows nothing of what is registered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from moeviz.config import ConfigError, Knob, declare_own


class Explained:
    """A choice that explains itself.

    Attributes:
        name: the value of the configuration's field.
        order: controls show lower ones first.
        title: what controls call it.
        formula: LaTeX.
        source: paper and equation, or released code.
        description: what it does, in a sentence or two.
        knobs: the fields of the configuration that it reads.
        own: the knobs that it alone reads, declared here. Their values are in `own` of what it sees
            of a step, and of the configuration.
    """

    name: ClassVar[str]
    order: ClassVar[int]
    title: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    description: ClassVar[str]
    knobs: ClassVar[tuple[str, ...]] = ()
    own: ClassVar[tuple[Knob, ...]] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of all knobs that it reads."""
        return tuple(dict.fromkeys((*self.knobs, *(knob.name for knob in self.own))))


Choice = TypeVar("Choice", bound=Explained)


class Registry(Mapping[str, Choice]):
    """All choices of one field by name, in the order that controls show them."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._choices: dict[str, Choice] = {}

    def register(self, choice: type[Choice]) -> type[Choice]:
        """Class decorator: make an object of the class known under its name, and its own knobs."""
        if choice.name in self:
            raise ValueError(f"a {self._field} named {choice.name!r} exists already")
        for knob in choice.own:
            declare_own(knob, self._field)
        choices = {**self._choices, choice.name: choice()}
        self._choices = dict(sorted(choices.items(), key=lambda each: each[1].order))
        return choice

    def named(self, name: str) -> Choice:
        """The choice of that name; ConfigError, listing the known ones, when there is none."""
        if name not in self:
            raise ConfigError(self._field, name, "one of " + ", ".join(self))
        return self[name]

    def __getitem__(self, name: str) -> Choice:
        return self._choices[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._choices)

    def __len__(self) -> int:
        return len(self._choices)


def import_all(package: str, folders: Iterable[str]) -> None:
    """Import every module of a package, so that what it registers is known."""
    for module in pkgutil.iter_modules(folders):
        importlib.import_module(f"{package}.{module.name}")


@runtime_checkable
class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """Under which it is known."""


Each = TypeVar("Each", bound=Named)


def by_name(*each: Each) -> Mapping[str, Each]:
    """What is known under its own name, in this order, for good."""
    return MappingProxyType({one.name: one for one in each})
