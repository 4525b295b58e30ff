"""The field's terms and symbols, from one file, and the marks that lead to them.

`[[capacity factor]]` in a text is a term, `[[capacity factor|CF]]` the same term by other words.
`linked` makes Markdown links of them, which the browser shows with the term's sentence. Knows
nothing of pages but their addresses.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

PAGE = "glossary"
"""The address of the page of all terms, below the base address."""

_MARK = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]|]+))?\]\]")
_ATOM = re.compile(
    r"\\(?P<kind>operatorname|mathrm|mathcal|bar|text)(?![A-Za-z]) *(?P<of>\{[^{}]*\}|\w)"
    r"|(?P<greek>\\(?:alpha|beta|gamma|delta|epsilon|eta|theta|lambda|mu|rho|sigma|tau|phi))(?![A-Za-z])"
    r"|\\[A-Za-z]+|(?P<letter>[A-Za-z])"
)
"""A letter with what is set above or around it; of other commands nothing."""

_BELOW = re.compile(r"_(\{(?:[^{}]|\{[^{}]*\})*\}|\\mathrm\{\w+\}|\w)")
_INDICES = frozenset("ijt")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the field.

    Attributes:
        name: as the glossary lists it. also: its other names, abbreviations among them.
        topic: the part of the glossary that it stands in.
        short: one sentence of at most 30 words, plain text. long: what else is worth knowing.
        formula: LaTeX, in the glossary's symbols. source: the paper.
        pages: addresses of the pages that show it. related: names of other terms.
        everyday: the name is a common word as well, so that a text need not mark it.
    """

    name: str
    topic: str
    short: str
    also: tuple[str, ...] = ()
    long: str = ""
    formula: str = ""
    source: str = ""
    pages: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    everyday: bool = False
    id: str = field(init=False)

    def __post_init__(self) -> None:
        spelt = self.name.lower().replace("α", "alpha")
        object.__setattr__(self, "id", re.sub(r"[^a-z0-9]+", "-", spelt).strip("-"))

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called, in the singular and in the plural."""
        called = (self.name, *self.also)
        return tuple(dict.fromkeys(form for name in called for form in (name, plural(name))))


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol of the formulas, with its one meaning.

    Attributes:
        axis: it is the length of an axis of the model's arrays. also: how else it is written.
    """

    latex: str
    means: str
    axis: bool = False
    also: str = ""


def plural(name: str) -> str:
    """The name's plural: "loss" gives "losses", "entropy" "entropies", "experts" itself."""
    if name.endswith("y"):
        return name[:-1] + "ies"
    if name.endswith(("ss", "bias")):
        return name + "es"
    return name if name.endswith("s") else name + "s"


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

TERMS: tuple[Term, ...] = tuple(Term(**_frozen(each)) for each in _FILE["term"])
"""In the order of the glossary's page."""

SYMBOLS: tuple[Symbol, ...] = tuple(Symbol(**each) for each in _FILE["symbol"])

BY_ID: Mapping[str, Term] = MappingProxyType({each.id: each for each in TERMS})
_BY_NAME = {name.lower(): each for each in TERMS for name in each.names}


def term(name: str) -> Term:
    """The term of this name, in whatever case, singular or plural.

    Raises:
        ValueError: names the nearest terms.
    """
    found = _BY_NAME.get(name.strip().lower())
    if found is None:
        near = get_close_matches(name.lower(), _BY_NAME, n=3)
        raise ValueError(f"the glossary has no term {name!r}; the nearest: {', '.join(near)}")
    return found


def leading_term(text: str) -> tuple[Term, str]:
    """The term that a text begins with, by the longest of its names, and its words there.

    Raises:
        ValueError: the text begins with no term.
    """
    for name in sorted(_BY_NAME, key=len, reverse=True):
        if text.lower().startswith(name):
            return _BY_NAME[name], text[: len(name)]
    raise ValueError(f"no term of the glossary begins {text!r}")


def linked(text: str) -> str:
    """The text with each mark as a Markdown link to its term.

    Raises:
        ValueError: a mark that is no term.
    """
    return _MARK.sub(lambda mark: link(mark[1], mark[2]), text)


def link(name: str, shown: str | None = None) -> str:
    """A Markdown link to a term.

    It is relative, so that it holds below any base address: all pages lie side by side.
    """
    return f"[{shown or name}]({PAGE}?term={term(name).id})"


def symbols_in(latex: str) -> tuple[str, ...]:
    """The symbols of a formula, each once: "f_i" gives "f" and "i", "W_r" itself.

    An index (i, j, t) below a letter is a symbol of its own, any other subscript belongs to its
    letter. Names of functions in lower case and words in \\text are no symbols.
    """
    found: list[str] = []
    place = 0
    while atom := _ATOM.search(latex, place):
        place = atom.end()
        below = _BELOW.match(latex, place)
        sign = _sign(atom)
        if sign and below:
            place = below.end()
            letters = re.sub(r"[{},\s]|\\mathrm", "", below[1])
            found += [sign, *letters] if set(letters) <= _INDICES else [f"{sign}_{letters}"]
        elif sign:
            found.append(sign)
    return tuple(dict.fromkeys(found))


def _sign(atom: re.Match[str]) -> str:
    """What an atom of LaTeX is called among symbols; "" where it is none."""
    name = (atom["of"] or "").strip("{}")
    match atom["kind"]:
        case "bar":
            return f"mean {name}"
        case "mathcal":
            return f"script {name}"
        case "operatorname" | "mathrm":
            return name if name[:1].isupper() else ""
    return (atom["greek"] or "").removeprefix("\\") or atom["letter"] or ""


_BY_SIGN = {
    symbols_in(latex)[0]: each for each in SYMBOLS for latex in (each.latex, each.also) if latex
}


def symbol(sign: str) -> Symbol | None:
    """The symbol that `symbols_in` calls so; None where the glossary has none."""
    return _BY_SIGN.get(sign)
