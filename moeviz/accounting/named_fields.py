"""A configuration file by its fields' final names: what it says, else what its family's code takes.

What is filled in and what is renamed is noted. Knows nothing of what a field has to be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from moeviz.accounting.meaning import NULL, Meaning, Overruled, Reading, resolved
from moeviz.config import ConfigError

T = TypeVar("T")


class NamedFields:
    """A configuration's fields, by name: any of the names that the family's code accepts.

    A default in the code of a reader is for fields that its class has not: the class's own defaults
    come from its table. `null` is what the class makes of it; where the class refuses it, it is
    refused, unless older classes computed the field then: what is computed is noted.

    Args:
        within: label of the object that holds them, "" for the file itself.
        reading: notes what was filled in and what was renamed.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        meaning: Meaning,
        within: str = "",
        reading: Reading | None = None,
    ) -> None:
        self._given, self._within, self._meaning = values, within, meaning
        self.reading = Reading() if reading is None else reading
        self._stated = resolved(values, meaning, within)

    def plain(self, name: str) -> Any:
        """The value as it is, for what is no size, flag or list."""
        return self._value(name)

    def has(self, name: str) -> bool:
        """Whether the file or the class's own default says anything under this name."""
        return self._value(name) is not None

    def states(self, name: str) -> bool:
        """Whether the file itself says anything under this name."""
        return self._stated.values.get(self._meaning.final(name)) is not None

    def is_null(self, *names: str) -> bool:
        """Whether the file says null, and the code that comes with it accepts that."""
        final = self._meaning.final(self._first(names))
        null = self._stated.values.get(final, final) is None
        return null and not self._meaning.from_class

    def early(self, name: str) -> Any:
        """The value that the class computes other fields from, before it takes other names."""
        return self._stated.early.get(self._meaning.final(name))

    def filled(self, name: str, value: T) -> T:
        """The value that the class computes for a field that the file leaves out; noted."""
        self.reading.defaults[self._label(name)] = value
        return value

    def forget(self, name: str) -> None:
        """No count depends on the field after all: its default is not worth a word."""
        self.reading.defaults.pop(self._label(self._meaning.final(name)), None)

    def read_as(self, name: str, meant: str) -> None:
        """Note that the file says a field in a form of its own."""
        self.reading.renamed[self._said(name)] = meant

    def refuse(self, name: str, bound: str) -> ConfigError:
        """The error for a value that is a number but cannot be: to be raised."""
        value, final = self._value(name), self._meaning.final(name)
        if value is None:
            return self._missing(name, value, bound)
        if final not in self._stated.values and not self._meaning.any_name:
            bound += " (the file leaves it out, and its class takes this value)"
        return ConfigError(self._said(name), value, bound)

    def _missing(self, name: str, value: Any, bound: str) -> ConfigError:
        """The error for a field that is not there, is null or no value at all: to be raised."""
        said, final = self._said_plainly(name), self._meaning.final(name)
        if value is not None or said not in self._given:
            return ConfigError(self._label(said), value, bound)
        usual = self._meaning.defaults.get(final)
        if usual is not None:
            bound += f", or left out: then it is {json.dumps(usual)}"
        return ConfigError(self._label(said), NULL, bound)

    def _computed(self, name: str, value: T) -> T:
        """What is taken for a field that is null where its class refuses that; noted."""
        null = self._stated.values.get(self._meaning.final(name), name) is None
        return self.filled(name, value) if null and not self._is_nullable(name) else value

    def _is_nullable(self, name: str) -> bool:
        return self._meaning.final(name) in self._meaning.nullable

    def _value(self, name: str, default: Any = None) -> Any:
        """What the file says, else what the class takes, else the default; notes which."""
        final, stated = self._meaning.final(name), self._stated
        self.reading.asked.add(self._label(final))
        if final in stated.values:
            self._note(final)
            found = stated.values[final]
            refused = final in self._meaning.defaults and final not in self._meaning.nullable
            return default if found is None and not refused else found
        found = self._meaning.defaults.get(final)
        if found is None:
            return default
        self.reading.defaults[self._label(final)] = found
        return found

    def _note(self, final: str) -> None:
        said = self._stated.said[final]
        if said != final:
            self.reading.renamed[self._label(said)] = self._label(final)
        lost = self._stated.overruled.get(final)
        if lost is not None:
            labelled = Overruled(self._label(lost.name), lost.value, self._label(lost.by))
            if labelled not in self.reading.overruled:
                self.reading.overruled.append(labelled)

    def _first(self, names: tuple[str, ...]) -> str:
        """The first of several families' names for one thing that this family has."""
        known = (name for name in names if self._meaning.reads(self._meaning.final(name)))
        return next(known, names[0])

    def _said(self, name: str) -> str:
        """The name that the file has for it, with its object."""
        return self._label(self._said_plainly(name))

    def _said_plainly(self, name: str) -> str:
        return self._stated.said.get(self._meaning.final(name), name)

    def _label(self, name: str) -> str:
        return f"{self._within}.{name}" if self._within else name
