"""The formulas in what is shown: between dollars, in tables, and in plain signs among words."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.shown import in_data, in_python

LATEX = re.compile(r"\$\$(.+?)\$\$|\$(?!\{\{)([^$\n]+)\$", re.DOTALL)
"""Not a figure that a formula will fill."""

_SECTION = re.compile(r"^#+ .*$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_OPERAND = r"(?:\{\{\w+\}\}|…|\d[\d.,]*|(?:CF|EP|FFN|[A-Za-zα-ω]\u0304?)(?:_\w)?(?![\w’'\u0304-]))"
_OPERATOR = r"[=·×÷/+−^⌈⌉⌊⌋Σ√←(){}!]"
_SPAN = re.compile(
    rf"(?<![\w/.’'-])(?:{_OPERAND}|{_OPERATOR})(?:[ ,]*(?:_\w\b|{_OPERAND}|{_OPERATOR}))*"
)
_CALCULATES = re.compile(r"[·×÷/^⌈⌊Σ√←+−]|[\d}_A-Za-z…)] = [^\d{…]")
"""More than a letter that is given a value: "k = 2" are words."""

_FORMULA_KEY = re.compile(r"(formula|shapes)(_\w+)?")
_NAMES = {"CF", "EP", "FFN"}


def blocks(path: Path) -> Iterator[str]:
    """The texts of a file that are read as a whole: sections, single strings, tables of a formula.

    A formula that stands alone under its key is set between dollars.
    """
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".md":
            yield from _SECTION.split(text)
        case ".toml":
            data = tomllib.loads(text)
            yield from _strings(data)
            if path.name != "glossary.toml":
                yield from _tables(data)
        case ".py":
            yield from (each for each in in_python(text) if _is_prose(each))


def _is_prose(text: str) -> bool:
    """Not a pattern or LaTeX alone, whose letters stand beside signs as in a formula."""
    return "$" in text or ("\\" not in text and bool(re.search("[·Σ√⌈⌊]", text)))


def _tables(data: dict[str, Any]) -> Iterator[str]:
    """Each table that has a formula, with all that is said beside it."""
    for table in data.values():
        if isinstance(table, dict):
            formulas = list(_formulas(table))
            if formulas:
                words = " ; ".join(_strings(table))
                yield " ; ".join([words, *(f"${latex_of(each)}$" for each in formulas)])


def _formulas(table: dict[str, Any], inside: bool = False) -> Iterator[str]:
    for key, value in table.items():
        mine = inside or bool(_FORMULA_KEY.fullmatch(key))
        if isinstance(value, dict):
            yield from _formulas(value, mine)
        elif isinstance(value, str) and mine:
            yield value


def _strings(table: dict[str, Any]) -> Iterator[str]:
    """What is said in a table beside its formulas."""
    for key, value in table.items():
        if isinstance(value, dict) and not _FORMULA_KEY.fullmatch(key):
            yield from _strings(value)
        elif not _FORMULA_KEY.fullmatch(key):
            yield from in_data(value)


def latex_in(block: str) -> list[str]:
    """All formulas of a block as LaTeX."""
    return [found[1] or found[2] for found in LATEX.finditer(block)] + [
        latex_of(each) for each in plain_formulas(block)
    ]


def plain_formulas(block: str) -> list[str]:
    """The formulas that stand among a block's words in plain signs: "⌈CF · k · T / E⌉", "1/E"."""
    return [found[0] for found in _plain(_CODE.sub(" ; ", LATEX.sub(" ; ", block)))]


def without_formulas(block: str) -> str:
    """A block's words alone."""
    words = LATEX.sub(" ", block)
    for found in reversed(list(_plain(words))):
        words = f"{words[: found.start()]} ; {words[found.end() :]}"
    return words


def _plain(words: str) -> Iterator[re.Match[str]]:
    for found in _SPAN.finditer(words):
        letters = re.search(r"(?<![\w])([A-Za-zα-ω]|CF|EP|FFN)(?![A-Za-z])", found[0])
        if letters and _CALCULATES.search(found[0]):
            yield found


def latex_of(plain: str) -> str:
    """A formula of plain signs as `symbols_in` reads it; words and figures are left out."""
    text = re.sub(r"\{\{\w+\}\}(_\w\b)?|…", " ", plain)
    text = re.sub(r"([^\W\d_])\u0304", r"\\bar{\1}", unicodedata.normalize("NFD", text))
    text = re.sub(r"(?<![\\_A-Za-z])[A-Za-z]{2,}", _named, text)
    return re.sub(r"[α-ω]", lambda found: f"\\{_greek(found[0])} ", text)


def _named(word: re.Match[str]) -> str:
    return rf"\mathrm{{{word[0]}}}" if word[0] in _NAMES else " "


def _greek(letter: str) -> str:
    return unicodedata.name(letter).rpartition(" ")[2].lower()
