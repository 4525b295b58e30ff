"""Reads fields of a configuration file one by one, each checked.

What a file leaves out is what its family's code takes for it, and is noted. Knows nothing of
families: those say which fields they need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from moeviz.accounting.meaning import ANY_NAME, Meaning, Reading, resolved
from moeviz.config import ConfigError

T = TypeVar("T")

LARGEST = 2**40
"""No size in a configuration file may be larger: arithmetic stays exact, nonsense is named."""

MAX_LAYERS = 10_000
MAX_SHARED_EXPERTS = 10_000
OLDER_KINDS = {
    "mamba": "linear_attention",
    "attention": "full_attention",
    "deepseek_sparse_attention": "indexed_attention",
    "qwen_sparse_attention": "indexed_attention",
}
"""Older words for kinds of layers, which every class reads.

Source: `_LEGACY_LAYER_TYPE_REMAP` in transformers' configuration_utils.py.
"""


class Fields:
    """A configuration's fields, by name: any of the names that the family's code accepts.

    A default in the code of a reader is for fields that its class has not: the class's own defaults
    come from its table. `null` is what the class makes of it: nothing, or a refusal.

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
        self._within, self._meaning = within, meaning
        self.reading = Reading() if reading is None else reading
        self._stated = resolved(values, meaning, within)

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
        overruled = self._stated.overruled.get(final)
        if overruled is not None and overruled not in self.reading.overruled:
            self.reading.overruled.append(overruled)

    def filled(self, name: str, value: T) -> T:
        """The value that the class computes for a field that the file leaves out; noted."""
        self.reading.defaults[self._label(name)] = value
        return value

    def size(
        self, *names: str, low: int = 1, high: int = LARGEST, default: int | None = None
    ) -> int:
        """A whole number under the first of these names that the family has."""
        found = self.optional_size(*names, low=low, high=high, default=default)
        if found is None:
            wanted = f"a whole number from {low} to {high:,}"
            raise ConfigError(self._label(self._first(names)), None, wanted)
        return found

    def optional_size(
        self, *names: str, low: int = 1, high: int = LARGEST, default: int | None = None
    ) -> int | None:
        """As `size`, or None where there is none."""
        name = self._first(names)
        value = self._value(name, default)
        if value is None:
            return None
        if not _is_whole(value, low, high):
            raise self.refuse(name, f"a whole number from {low} to {high:,}")
        return int(value)

    def _first(self, names: tuple[str, ...]) -> str:
        """The first of several families' names for one thing that this family has."""
        known = (name for name in names if self._meaning.reads(self._meaning.final(name)))
        return next(known, names[0])

    def flag(self, name: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise ConfigError(self._said(name), value, "true or false")
        return value

    def word(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        """One of these words."""
        value = self._value(name, default)
        if not isinstance(value, str) or value not in options:
            raise ConfigError(self._said(name), value, "one of " + ", ".join(options))
        return value

    def sizes(self, name: str, length: int | None = None, low: int = 0) -> tuple[int, ...] | None:
        """A list of whole numbers, or None where the file has none."""
        value = self._value(name)
        if value is None:
            return None
        right = isinstance(value, list) and all(_is_whole(each, low, LARGEST) for each in value)
        if not right or (length is not None and len(value) != length):
            of = "" if length is None else f"{length} "
            raise ConfigError(self._said(name), value, f"a list of {of}whole numbers from {low}")
        return tuple(value)

    def words(self, name: str, length: int, options: tuple[str, ...]) -> tuple[str, ...] | None:
        """A list of so many of these words, or None where the file has none."""
        value = self._value(name)
        if value is None:
            return None
        listed = value if isinstance(value, list) else []
        words: list[Any] = [each if each in options else _newer_kind(each) for each in listed]
        if not words or len(words) != length or any(each not in options for each in words):
            wanted = f"a list of {length} words, each one of " + ", ".join(options)
            raise ConfigError(self._said(name), value, wanted)
        return tuple(words)

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
        if not isinstance(self._value(name), list):
            return (self.size(name, high=high, default=default),) * n_layers
        found = self.sizes(name, n_layers, low=1) or ()
        if any(each > high for each in found):
            raise self.refuse(name, f"a list of whole numbers from 1 to {high:,}")
        return found

    def length(self, name: str) -> int:
        """Of the list there; 0 where there is none."""
        value = self._value(name)
        return len(value) if isinstance(value, list) else 0

    def listed_words(self, name: str, options: tuple[str, ...]) -> tuple[str, ...] | None:
        """As `words`, of any length."""
        return self.words(name, self.length(name), options)

    def letters(self, name: str, options: str) -> str | None:
        """A text of these letters alone, or None where the file has none."""
        value = self._value(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value or set(value) - set(options):
            raise ConfigError(self._said(name), value, f"a text of the letters {options}")
        return value

    def is_word(self, name: str, word: str) -> bool:
        """Whether the file has this very word there, where another kind of value may stand."""
        return bool(self._value(name) == word)

    def has(self, name: str) -> bool:
        """Whether the file or the class's own default says anything under this name."""
        return self._value(name) is not None

    def early(self, name: str) -> Any:
        """The value that the class computes other fields from, before it takes other names."""
        return self._stated.early.get(self._meaning.final(name))

    def marks(self, name: str, length: int, meant: str) -> tuple[bool, ...] | None:
        """A list of 0 or 1 for each layer, noted as the field that it is an older form of."""
        found = self.sizes(name, length)
        if found is not None:
            self.read_as(name, meant)
        return None if found is None else tuple(each != 0 for each in found)

    def read_as(self, name: str, meant: str) -> None:
        """Note that the file says a field in a form of its own."""
        self.reading.renamed[self._said(name)] = meant

    def plain(self, name: str) -> Any:
        """The value as it is, for what is no size, flag or list."""
        return self._value(name)

    def states(self, name: str) -> bool:
        """Whether the file itself says anything under this name."""
        return self._stated.values.get(self._meaning.final(name)) is not None

    def names(self, name: str) -> tuple[str, ...]:
        """The words of a list; none where there is no such list."""
        value = self._value(name)
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def inner(self, name: str, meaning: Meaning | None = None) -> Fields:
        """The fields of an object inside the file.

        Args:
            meaning: of its fields; that of the family's table, or every name as it is, by itself.
        """
        value = self._value(name)
        if meaning is None:
            meaning = self._meaning.objects.get(name, ANY_NAME)
            value = {} if value is None and name in self._meaning.objects else value
        if not isinstance(value, Mapping):
            raise ConfigError(self._label(name), value, "an object with fields of its own")
        return Fields(value, meaning, self._label(name), self.reading)

    def numbered(self, name: str, number: int) -> Fields | None:
        """The fields under this number in an object keyed by numbers, or None."""
        value = self._value(name)
        if value is None:
            return None
        inner = self.inner(name)
        for key in value:
            if str(key).isdecimal() and int(key) == number:
                return inner.inner(key)
        return None

    def refuse(self, name: str, bound: str) -> ConfigError:
        """The error for a value that is a number but cannot be: to be raised."""
        value, final = self._value(name), self._meaning.final(name)
        if value is not None and final not in self._stated.values and not self._meaning.any_name:
            bound += " (the file leaves it out, and its class takes this value)"
        return ConfigError(self._said(name), value, bound)

    def top_k(self, n_experts: int, *names: str) -> int:
        """Experts a token meets: from 1 to all."""
        return self.size(*names, high=n_experts)

    def kv_heads(self, n_heads: int) -> int:
        """`num_key_value_heads`, which must divide the heads; nothing means as many as those."""
        found = self.optional_size("num_key_value_heads", high=n_heads)
        if found is None:
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
            raise self.refuse("hidden_size", bound)
        return d_model // n_heads

    def _said(self, name: str) -> str:
        """The name that the file has for it, with its object."""
        return self._label(self._stated.said.get(self._meaning.final(name), name))

    def _label(self, name: str) -> str:
        return f"{self._within}.{name}" if self._within else name


def _newer_kind(word: object) -> object:
    return OLDER_KINDS.get(word, word) if isinstance(word, str) else word


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
