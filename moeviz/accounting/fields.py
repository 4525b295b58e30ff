"""Reads fields of a configuration file one by one, each checked.

Knows nothing of families: those say which fields they need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.accounting.meaning import Meaning, meanings
from moeviz.accounting.named_fields import NamedFields
from moeviz.config import ConfigError

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


class Fields(NamedFields):
    """A configuration's fields, each read as what it has to be."""

    def size(
        self, *names: str, low: int = 1, high: int = LARGEST, default: int | None = None
    ) -> int:
        """A whole number under the first of these names that the family has."""
        found = self.optional_size(*names, low=low, high=high, default=default)
        if found is None:
            wanted = f"a whole number from {low} to {high:,}"
            raise self._missing(self._first(names), None, wanted)
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

    def flag(self, name: str, default: bool | None = None) -> bool:
        """true or false; null, where the class accepts it, is false to its code."""
        value = self._value(name, default)
        if value is None and self._meaning.final(name) in self._meaning.nullable:
            return False
        if not isinstance(value, bool):
            raise self._missing(name, value, "true or false")
        return value

    def word(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        """One of these words."""
        value = self._value(name, default)
        if not isinstance(value, str) or value not in options:
            raise self._missing(name, value, "one of " + ", ".join(options))
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
        """A list of this length of these words, or None where the file has none."""
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

    def numbers(self, name: str) -> frozenset[int] | None:
        """A list of whole numbers, or a text of them between commas; None where there is none."""
        value = self._value(name)
        if not isinstance(value, str):
            found = self.sizes(name)
            return None if found is None else frozenset(found)
        parts = [part for part in value.split(",") if part.strip()]
        if not all(part.strip().isdecimal() and len(part) < 10 for part in parts):
            raise self.refuse(name, "whole numbers between commas")
        return frozenset(map(int, parts))

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

    def marks(self, name: str, length: int, meant: str) -> tuple[bool, ...] | None:
        """A list of 0 or 1 for each layer, noted as the field that it is an older form of."""
        found = self.sizes(name, length)
        if found is not None:
            self.read_as(name, meant)
        return None if found is None else tuple(each != 0 for each in found)

    def names(self, name: str) -> tuple[str, ...]:
        """The words of a list; none where there is no such list."""
        value = self._value(name)
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def inner(self, name: str, meaning: Meaning | None = None) -> Fields:
        """The fields of an object inside the file.

        Args:
            meaning: of its fields; that of the family's table, or every name as it is, by itself.
        """
        inner = self._inner(name, meaning)
        self.reading.objects[inner._within] = inner._given, inner._meaning
        return inner

    def _inner(self, name: str, meaning: Meaning | None = None) -> Fields:
        value = self._value(name)
        if meaning is None:
            meaning = self._meaning.inside_of(name)
            value = {} if value is None and name in self._meaning.objects else value
        if not isinstance(value, Mapping):
            raise self._missing(name, value, "an object with fields of its own")
        return Fields(value, meaning, self._label(name), self.reading)

    def as_type(self, model_type: str) -> Fields:
        """The same file as another family's class reads it."""
        return Fields(self._given, meanings()[model_type], self._within, self.reading)

    def meaning_inside(self, name: str) -> Meaning:
        """Of an object that holds another class's fields."""
        return meanings()[self._meaning.inside[name]]

    def numbered(self, name: str, number: int) -> Fields | None:
        """The fields under this number in an object keyed by numbers, or None."""
        value = self._value(name)
        if value is None:
            return None
        inner = self._inner(name)
        return inner._inner(str(number)) if str(number) in value else None

    def top_k(self, n_experts: int, *names: str) -> int:
        """Experts per token: from 1 to all."""
        return self.size(*names, high=n_experts)

    def kv_heads(self, n_heads: int) -> int:
        """`num_key_value_heads`, which must divide the heads; nothing means as many as those."""
        found = self.optional_size("num_key_value_heads", high=n_heads)
        if found is None:
            return self._computed("num_key_value_heads", n_heads)
        if n_heads % found:
            raise self.refuse("num_key_value_heads", f"a divisor of {n_heads} heads")
        return found

    def groups(self, n_experts: int, top_k: int) -> tuple[int, int] | None:
        """(`n_group`, `topk_group`): equal groups, of which a token uses some.

        None where all groups take part for every token.
        """
        n_groups = self.size("n_group", high=n_experts, default=1)
        if n_experts % n_groups:
            raise self.refuse("n_group", f"a divisor of {n_experts} experts")
        kept = self.size("topk_group", high=n_groups, default=n_groups)
        if top_k > kept * (n_experts // n_groups):
            least = -(-top_k // (n_experts // n_groups))
            bound = f"at least {least}, so that its groups hold {top_k} experts"
            raise self.refuse("topk_group", bound)
        return (n_groups, kept) if kept < n_groups else None

    def head_dim(self, d_model: int, n_heads: int) -> int:
        """`head_dim`, or d_model / n_heads, which must divide."""
        given = self.optional_size("head_dim")
        if given is not None:
            return given
        if d_model % n_heads:
            bound = f"a multiple of {n_heads}, the number of heads, or head_dim must be given"
            raise self.refuse("hidden_size", bound)
        return self._computed("head_dim", d_model // n_heads)


def _newer_kind(word: object) -> object:
    return OLDER_KINDS.get(word, word) if isinstance(word, str) else word


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
