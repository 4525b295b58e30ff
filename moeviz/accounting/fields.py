"""Reads fields of a configuration file one by one, each checked, none guessed.

Knows nothing of families: those say which field they need and what its absence means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.config import ConfigError

LARGEST = 2**40
"""No size in a configuration file may be larger: arithmetic stays exact, nonsense is named."""

MAX_LAYERS = 10_000
MAX_SHARED_EXPERTS = 10_000


class Fields:
    """A configuration's fields, by name.

    A default is given only where the format itself has one: a field that writers leave out and
    whose absence means one thing. `null` counts as absent, as in the files.
    """

    def __init__(self, values: Mapping[str, Any], within: str = "") -> None:
        self._values, self._within = values, within

    def size(
        self, *names: str, low: int = 1, high: int = LARGEST, default: int | None = None
    ) -> int:
        """A whole number under the first of these names that is there."""
        found = self.optional_size(*names, low=low, high=high)
        if found is not None:
            return found
        if default is None:
            wanted = f"a whole number from {low} to {high:,}"
            if len(names) > 1:
                wanted += f" (or stated as {' or '.join(names[1:])})"
            raise ConfigError(self._label(names[0]), None, wanted)
        return default

    def optional_size(self, *names: str, low: int = 1, high: int = LARGEST) -> int | None:
        """As `size`, or None where the file has none of the names; several must agree."""
        stated = [name for name in names if self.has(name)]
        for name in stated:
            value = self._values[name]
            if not _is_whole(value, low, high):
                wanted = f"a whole number from {low} to {high:,}"
                raise ConfigError(self._label(name), value, wanted)
            if value != self._values[stated[0]]:
                raise self.refuse(name, f"{self._values[stated[0]]} as {stated[0]} is")
        return self._values[stated[0]] if stated else None

    def flag(self, name: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self._values.get(name)
        value = default if value is None else value
        if not isinstance(value, bool):
            raise ConfigError(self._label(name), value, "true or false")
        return value

    def word(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        """One of these words."""
        value = self._values.get(name)
        value = default if value is None else value
        if not isinstance(value, str) or value not in options:
            raise ConfigError(self._label(name), value, "one of " + ", ".join(options))
        return value

    def sizes(self, name: str, length: int | None = None, low: int = 0) -> tuple[int, ...] | None:
        """A list of whole numbers, or None where the file has none."""
        value = self._values.get(name)
        if value is None:
            return None
        right = isinstance(value, list) and all(_is_whole(each, low, LARGEST) for each in value)
        if not right or (length is not None and len(value) != length):
            of = "" if length is None else f"{length} "
            raise ConfigError(self._label(name), value, f"a list of {of}whole numbers from {low}")
        return tuple(value)

    def words(self, name: str, length: int, options: tuple[str, ...]) -> tuple[str, ...] | None:
        """A list of so many of these words, or None where the file has none."""
        value = self._values.get(name)
        if value is None:
            return None
        if (
            not isinstance(value, list)
            or len(value) != length
            or any(each not in options for each in value)
        ):
            wanted = f"a list of {length} words, each one of " + ", ".join(options)
            raise ConfigError(self._label(name), value, wanted)
        return tuple(value)

    def layers(self, name: str, n_layers: int) -> frozenset[int] | None:
        """A list of layers, counted from 0, or None where the file has none."""
        found = self.sizes(name)
        if found is not None and any(layer >= n_layers for layer in found):
            raise self.refuse(name, f"a list of layers from 0 to {n_layers - 1}")
        return None if found is None else frozenset(found)

    def by_layer(
        self, name: str, n_layers: int, high: int = LARGEST, default: int | None = None
    ) -> tuple[int, ...]:
        """One number for all layers, or a list of one for each."""
        if not isinstance(self._values.get(name), list):
            return (self.size(name, high=high, default=default),) * n_layers
        found = self.sizes(name, n_layers, low=1) or ()
        if any(each > high for each in found):
            raise self.refuse(name, f"a list of whole numbers from 1 to {high:,}")
        return found

    def listed_words(self, name: str, options: tuple[str, ...]) -> tuple[str, ...] | None:
        """As `words`, of any length."""
        value = self._values.get(name)
        return self.words(name, len(value) if isinstance(value, list) else 0, options)

    def letters(self, name: str, options: str) -> str | None:
        """A text of these letters alone, or None where the file has none."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value or set(value) - set(options):
            raise ConfigError(self._label(name), value, f"a text of the letters {options}")
        return value

    def is_word(self, name: str, word: str) -> bool:
        """Whether the file has this very word there, where another kind of value may stand."""
        return self._values.get(name) == word

    def has(self, name: str) -> bool:
        """Whether the file says anything under this name."""
        return self._values.get(name) is not None

    def nulls(self, name: str) -> bool:
        """Whether the file names it and says `null`, where that differs from saying nothing."""
        return name in self._values and self._values[name] is None

    def names(self, name: str) -> tuple[str, ...]:
        """The words of a list; none where there is no such list."""
        value = self._values.get(name)
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def inner(self, name: str) -> Fields:
        """The fields of an object inside the file."""
        value = self._values.get(name)
        if not isinstance(value, Mapping):
            raise ConfigError(self._label(name), value, "an object with fields of its own")
        return Fields(value, self._label(name))

    def numbered(self, name: str, number: int) -> Fields | None:
        """The fields under this number in an object keyed by numbers, or None."""
        value = self._values.get(name)
        if value is None:
            return None
        inner = self.inner(name)
        for key in inner._values:
            if str(key).isdecimal() and int(key) == number:
                return inner.inner(key)
        return None

    def refuse(self, name: str, bound: str) -> ConfigError:
        """The error for a value that is a number but cannot be: to be raised."""
        return ConfigError(self._label(name), self._values.get(name), bound)

    def top_k(self, n_experts: int, *names: str) -> int:
        """Experts a token meets: from 1 to all."""
        return self.size(*names, high=n_experts)

    def kv_heads(self, n_heads: int, optional: bool = False) -> int:
        """`num_key_value_heads`, which must divide the heads; `null` means as many as those.

        Args:
            optional: whether a file of the family may say nothing and means that too. In the others
                its class takes a number of its own (8 in Mixtral's, 4 in Qwen3-MoE's): refused.
        """
        found = self.optional_size("num_key_value_heads", high=n_heads)
        if found is None:
            if not (optional or self.nulls("num_key_value_heads")):
                wanted = f"a whole number from 1 to {n_heads}, or null for one a head"
                raise ConfigError(self._label("num_key_value_heads"), None, wanted)
            return n_heads
        if n_heads % found:
            raise self.refuse("num_key_value_heads", f"a divisor of {n_heads} heads")
        return found

    def check_groups(self, n_experts: int, top_k: int) -> None:
        """`n_group` equal groups of experts, of which `topk_group` have room for the chosen."""
        n_groups = self.size("n_group", high=n_experts, default=1)
        if n_experts % n_groups:
            raise self.refuse("n_group", f"a divisor of {n_experts} experts")
        kept = self.size("topk_group", high=n_groups, default=n_groups)
        if top_k > kept * (n_experts // n_groups):
            bound = f"at least {-(-top_k // (n_experts // n_groups))}: room for {top_k} experts"
            raise self.refuse("topk_group", bound)

    def head_dim(self, d_model: int, n_heads: int) -> int:
        """`head_dim`, or d_model / n_heads, which must divide."""
        given = self.optional_size("head_dim")
        if given is not None:
            return given
        if d_model % n_heads:
            bound = f"a number that {n_heads} heads divide, or a head_dim beside it"
            raise ConfigError(self._label("hidden_size"), d_model, bound)
        return d_model // n_heads

    def _label(self, name: str) -> str:
        return f"{self._within}.{name}" if self._within else name


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
