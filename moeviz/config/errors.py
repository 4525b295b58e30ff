"""The refusal of a value: which field, what it was given, what is allowed. Knows no field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal


class Unquoted(str):
    """What a refusal shows as it is, where it quotes other texts.

    A number as it was typed, or words about a value: "5 characters".
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def length(number: int, unit: Literal["character", "byte"], more: str = "") -> Unquoted:
    """ "1 character", "8,000,001 bytes": how long a refused text is, in the unit of its bound."""
    return Unquoted(f"{number:,} {unit}{'' if number == 1 else 's'}{more}")


class ConfigError(ValueError):
    """A value that is refused: names the field, the value and the bound. None: nothing is there.

    Args:
        bound: in words. Where it is about other fields, {} stands for the name of each in turn.
        others: their names.
    """

    def __init__(self, field: str, value: object, bound: str, others: tuple[str, ...] = ()) -> None:
        self.field, self.value, self.others, self._words = field, value, others, bound
        shown = repr(value)
        super().__init__(
            f"{field} is missing: it must be {self.bound}"
            if value is None
            else f"{field} must be {self.bound}, got {shown[:60]}{'…' if len(shown) > 60 else ''}"
        )

    @property
    def bound(self) -> str:
        """The accepted values in words."""
        return self._words.format(*self.others) if self.others else self._words

    def by_names(self, names: Mapping[str, str]) -> ConfigError:
        """The same refusal by what its reader calls the fields; what has no name keeps its own."""
        others = tuple(names.get(other, other) for other in self.others)
        return ConfigError(names.get(self.field, self.field), self.value, self._words, others)

    def __reduce__(self) -> tuple[type[ConfigError], tuple[str, object, str, tuple[str, ...]]]:
        return ConfigError, (self.field, self.value, self._words, self.others)


def no_such_knob(name: str, known: Iterable[str]) -> ConfigError:
    """The refusal of a knob that is none of these."""
    others = tuple(known)
    return ConfigError("knob", name, "one of " + ", ".join("{}" for _ in others), others)
