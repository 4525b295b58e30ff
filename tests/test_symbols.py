"""Each symbol of a formula that is shown is the glossary's, or its own block's words explain it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeviz.glossary import symbol, symbols_in
from moeviz.routing.balancing import BALANCING_METHODS
from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS
from moeviz.routing.conventions import LOSS_CONVENTIONS
from moeviz.routing.metrics import METRICS
from moeviz.routing.rules import ROUTING_RULES
from moeviz.texts import strings
from moeviz.ui.conventions import page as conventions
from tests.shown import ROOT, in_data, in_python

_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(?!\{\{)([^$\n]+)\$", re.DOTALL)
"""Not a figure that a formula will fill."""

_SAID_OF = re.compile(r":|,? (?!(?:and|at|by|for|in|of|or|than|to|with)\b)[a-z]")
"""A colon or a word that goes on to say what the symbol is."""

_SECTION = re.compile(r"^#+ .*$", re.MULTILINE)


def blocks(path: Path) -> Iterator[str]:
    """The texts of a file that are read as a whole: sections, or single strings."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".md":
            yield from _SECTION.split(text)
        case ".toml":
            yield from in_data(tomllib.loads(text))
        case ".py":
            yield from in_python(text)


def unexplained(block: str) -> list[str]:
    """The symbols of a block's formulas that neither the glossary nor the block explains."""
    formulas = [found[1] or found[2] for found in _FORMULA.finditer(block)]
    signs = dict.fromkeys(sign for latex in formulas for sign in symbols_in(latex))
    return [each for each in signs if symbol(each) is None and not _introduced(each, block)]


def _introduced(sign: str, block: str) -> bool:
    """Whether words speak of it: as a letter among them, or as a formula of its own before them."""
    letter = _letter(sign)
    if re.search(rf"(?<![\w\\]){re.escape(letter)}(?!\w)", _FORMULA.sub(" ", block)):
        return True
    alone = [
        found
        for found in _FORMULA.finditer(block)
        if symbols_in(found[1] or found[2])[:1] == (sign,)
    ]
    return any(_SAID_OF.match(block, found.end()) for found in alone)


def _letter(sign: str) -> str:
    """The letter that words have for it: "gamma" is γ."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {sign.upper()}")
    except KeyError:
        return sign


TABLES = [
    *(
        (each.label, f"${latex}$ {each.definition}")
        for each in METRICS
        for latex in (each.formula, each.collapse_formula)
    ),
    *(
        (each.title, f"${each.formula}$ {each.description}")
        for registry in (BALANCING_METHODS, ROUTING_RULES)
        for each in registry.values()
    ),
]
FILES = [
    path
    for folder in ("moeviz", "pages")
    for suffix in ("md", "toml", "py")
    for path in sorted((ROOT / folder).rglob(f"*.{suffix}"))
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_symbols_of_a_file_are_explained(path):
    assert {each: block for block in blocks(path) for each in unexplained(block)} == {}


@pytest.mark.parametrize(("title", "block"), TABLES, ids=[title for title, _ in TABLES])
def test_the_symbols_of_a_table_are_explained(title, block):
    assert unexplained(block) == []


@pytest.mark.parametrize("each", LOSS_CONVENTIONS.values(), ids=lambda each: each.name)
def test_the_symbols_of_a_librarys_loss_are_explained_beside_it(each):
    beside = strings(conventions.__file__)["formulas"]["symbols"]
    assert unexplained(f"${each.formula}$ {beside}") == []


@pytest.mark.parametrize("each", CAPACITY_CONVENTIONS.values(), ids=lambda each: each.name)
def test_the_symbols_of_a_librarys_capacity_are_in_the_glossary(each):
    letters = re.findall(r"(?<![A-Za-z])([A-Za-z]|CF)(?![A-Za-z])", each.formula)
    assert {"T", "E", "CF"} <= set(letters)
    assert [letter for letter in letters if symbol(letter) is None] == []


@pytest.mark.parametrize(
    ("block", "missing"),
    [
        ("$f_i$ and $\\alpha$", []),
        ("$q_i$ of expert $i$", ["q"]),
        ("$q_i$: the queue of expert $i$. $2 q_i$", []),
        ("$q$ counts queues", []),
        ("the scale γ in $\\gamma s_i$", []),
        ("the scale in $\\gamma s_i$", ["gamma"]),
        ("a mean m: $$m = \\frac{w}{T}$$", ["w"]),
        ("it costs $5 and more", []),
    ],
)
def test_a_planted_symbol_is_found(block, missing):
    assert unexplained(block) == missing
