"""What the address of a page says: a table of parameters, which one codec reads and writes.

What a field has anyway is left out. A bad value is refused in words, by name, with what it must be
and what is used instead; nothing here raises for what a user typed into an address.
Knows nothing of Streamlit or of any one page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from moeviz.config import ConfigError, Knob
from moeviz.routing.names import check_names

S = TypeVar("S")
Notices = list[str]

UNKNOWN_NAMED = 10
"""At most this number of unknown parameters are refused by name; the others are counted."""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an address.

    Attributes:
        url: its name there. field: of the state, "arms", or of a mapping in it, "shared.top_k".
        parse: the value that a text says; raises ConfigError. format: the text that says a value.
        default: what the field has where the address is silent, or a function that gives it, of
            the state that the parameters before this one describe.
        in_words: the default as a notice calls it, where its text says too little.
        older: its names in older addresses, which still lead to the same.
    """

    url: str
    field: str
    parse: Callable[[str], Any]
    format: Callable[[Any], str]
    default: Any = None
    in_words: str = ""
    older: tuple[str, ...] = ()

    def usual(self, state: Any) -> Any:
        """The default in this state."""
        return self.default(state) if callable(self.default) else self.default

    def of(self, state: Any) -> Any:
        """The value in this state."""
        name, _, key = self.field.partition(".")
        value = getattr(state, name)
        return value.get(key, self.usual(state)) if key else value

    def with_value(self, said: Mapping[str, Any], value: Any) -> dict[str, Any]:
        """What was said before, and this value."""
        name, _, key = self.field.partition(".")
        return {**said, name: {**said.get(name, {}), key: value} if key else value}


@dataclass(frozen=True, slots=True)
class Address(Generic[S]):
    """All parameters of one kind of page.

    Attributes:
        build: the state in which these fields are as the address says, and all others as usual.
        settle: replaces, with a notice each, values that do not go together.
    """

    params: tuple[Param, ...]
    build: Callable[..., S]
    settle: Callable[[S], tuple[S, Notices]] = lambda state: (state, [])

    def read(self, query: Mapping[str, str]) -> tuple[S, Notices]:
        """The state that the parameters describe, and a notice for each one that was refused."""
        said: dict[str, Any] = {}
        notices, unknown = [], dict(query)
        for param in self.params:
            names = (param.url, *param.older)
            texts = [unknown.pop(name) for name in names if name in unknown]
            if not texts:
                continue
            text = texts[0]
            try:
                said = param.with_value(said, param.parse(text))
            except ConfigError as error:
                used = param.in_words or param.format(param.usual(self.build(**said)))
                notices.append(refused(param.url, text, error.bound, used))
        state, replaced = self.settle(self.build(**said))
        return state, notices + _left_out(unknown) + replaced

    def write(self, state: S) -> dict[str, str]:
        """The parameters that describe the state."""
        values = ((param, param.of(state)) for param in self.params)
        return {p.url: p.format(value) for p, value in values if value != p.usual(state)}


def refused(name: str, text: str, bound: str, used: str) -> str:
    """The notice of a parameter that was refused, and of what is used instead."""
    return f"{_said(name, text)} was refused: it must be {bound}. Used instead: {used}."


def _left_out(unknown: Mapping[str, str]) -> Notices:
    named = list(unknown.items())[:UNKNOWN_NAMED]
    notices = [f"{_said(*each)} was left out: this page has no such parameter." for each in named]
    if (more := len(unknown) - UNKNOWN_NAMED) > 0:
        notices.append(f"{more} more were left out: this page has no such parameters.")
    return notices


def _said(*words: str) -> str:
    return "=".join(word if len(word) <= 40 else word[:40] + "…" for word in words)


def of_knob(
    url: str,
    field: str,
    knob: Knob,
    default: Any = None,
    in_words: str = "",
    older: tuple[str, ...] = (),
) -> Param:
    """A field that takes what a knob takes."""

    def parse(text: str) -> Any:
        value = knob.parse(text)
        check_names({knob.name: value})
        return value

    return Param(url, field, parse, knob.format, default, in_words, older)


def of_choice(
    url: str, field: str, choices: Mapping[str, Any] | Iterable[str], default: Any
) -> Param:
    """A field with a few values: by their own names, or by those that the address has for them."""
    values = choices if isinstance(choices, Mapping) else {name: name for name in choices}
    knob = Knob(url, "choice", None, "", "", choices=tuple(values))
    names = {value: name for name, value in values.items()}
    return Param(url, field, lambda text: values[knob.parse(text)], names.__getitem__, default)


def of_run(name: str) -> Param:
    """A field with a run's id, or ""."""

    def parse(text: str) -> str:
        if not re.fullmatch("[A-Za-z0-9_-]{0,64}", text):
            raise ConfigError(name, text, "at most 64 letters, digits, - and _")
        return text

    return Param(name, name, parse, str, "", "no run")
