"""Each symbol of a formula that is shown is the glossary's, or its own block's words explain it."""

from __future__ import annotations

import re
import unicodedata

import pytest

from moeviz.glossary import TERMS, symbol, symbols_in
from moeviz.records import MEASURES
from moeviz.routing.balancers import BALANCERS, BALANCING_LOSSES
from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS
from moeviz.routing.routers import ROUTERS
from moeviz.texts import strings
from moeviz.ui.conventions import page as conventions
from moeviz.ui.shared.source import source_of
from tests.formulas import LATEX, blocks, latex_in, latex_of, without_formulas
from tests.shown import ROOT, shown_sources, told_in
from tests.terms import without_links

_SAID_OF = re.compile(r":|,? (?!(?:and|at|by|for|in|of|or|than|to|with)\b)[a-z]")
"""A colon or a word that goes on to say what the symbol is."""


def unexplained(block: str) -> list[str]:
    """The symbols of a block's formulas that neither the glossary nor the block explains."""
    signs = dict.fromkeys(sign for latex in latex_in(block) for sign in symbols_in(latex))
    return [each for each in signs if symbol(each) is None and not _introduced(each, block)]


def _introduced(sign: str, block: str) -> bool:
    """Whether words speak of it: as a letter among them, or as a formula of its own before them."""
    letter = _letter(sign)
    if re.search(rf"(?<![\w\\]){re.escape(letter)}(?![A-Za-z0-9])", without_formulas(block)):
        return True
    alone = [
        found for found in LATEX.finditer(block) if symbols_in(found[1] or found[2])[:1] == (sign,)
    ]
    return any(_SAID_OF.match(block, found.end()) for found in alone)


def _letter(sign: str) -> str:
    """The letter that words have for it: "gamma" is γ."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {sign.upper()}")
    except KeyError:
        return sign


_FUNCTION = re.compile(r"(?<![A-Za-z\\_{])([A-Za-z])\(")
_DEFINED = re.compile(
    r"(?<![\w\\/.’'-])(?<!expert )(?<!model )(?<!of )(?<![·/] )(?:"
    r"([A-Za-zα-ω]|CF)(?:_\w)?(?:: | counts | stands for | = (?=[a-z]{3,} [a-z]{3,}))"
    r"|\$([A-Za-z]|CF)(?:_\w)?\$(?:: | counts | (?!(?:and|at|by|for|in|is|of|or|than|to|with)\b)))"
    r"([a-z][\w-]*(?: [\w-]+){0,6})"
)


def other_meanings(block: str) -> list[str]:
    """Where a block uses a symbol of the glossary as a function, or says that it is another thing.

    What is said of a symbol shares a word with the glossary's meaning of it.
    """
    functions = [
        found[0] for latex in latex_in(block) for found in _FUNCTION.finditer(latex)
        if symbol(found[1])
    ]  # fmt: skip
    said = _DEFINED.finditer(re.sub(r"\[\[(?:[^|\]]*\|)?|\]\]", "", without_links(block)))
    return functions + [each[0] for each in said if not _agrees(each[1] or each[2], each[3])]


def _agrees(letter: str, words: str) -> bool:
    known = symbol(_sign_of(letter))
    return known is None or bool(_stems(words) & _stems(known.means))


def _sign_of(letter: str) -> str:
    """ "alpha" of α."""
    return symbols_in(latex_of(letter))[0]


def _stems(words: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z]{3,}", words.lower())}


TABLES = [
    *(
        (each.label, f"${latex}$ {each.definition}")
        for each in MEASURES
        for latex in (each.formula, each.collapse_formula)
    ),
    *(
        (each.title, f"${each.formula}$ {each.description}")
        for registry in (BALANCERS, ROUTERS)
        for each in registry.values()
    ),
    *((each.name, f"${each.formula}$ {each.short} {each.long}") for each in TERMS if each.formula),
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_symbol_has_one_meaning(path):
    assert [each for block in blocks(path) for each in other_meanings(block)] == []


@pytest.mark.parametrize(("module", "name"), shown_sources(), ids=lambda each: each)
def test_a_symbol_has_one_meaning_in_a_source_that_a_page_shows(module, name):
    said = told_in(source_of(module, name))
    assert [each for text in said for each in other_meanings(text)] == []


@pytest.mark.parametrize(("title", "block"), TABLES, ids=[title for title, _ in TABLES])
def test_the_symbols_of_a_table_are_explained(title, block):
    assert unexplained(block) == []
    assert other_meanings(block) == []


@pytest.mark.parametrize("name", BALANCING_LOSSES)
def test_the_symbols_of_a_librarys_loss_are_explained_beside_it(name):
    each = BALANCERS[name]
    beside = strings(conventions.__file__)["formulas"]["symbols"]
    assert unexplained(f"${each.formula}$ {beside}") == []
    assert other_meanings(f"${each.formula}$ {beside}") == []


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
        ("Q = ⌈Z · w · R / M⌉ slots", ["Q", "Z", "w", "R", "M"]),
        ("C = ⌈CF · k · T / E⌉ slots, 1/m of them, α · Σ f_i · P_i", ["m"]),
        ("the width m: 1/m of F", []),
        ("k = 2 and `Q · w`, seed = 3 / 4, x of σ = {{sigma}}", []),
    ],
)
def test_a_planted_symbol_is_found(block, missing):
    assert unexplained(block) == missing


@pytest.mark.parametrize(
    ("table", "missing"),
    [
        ('formula = "y = Σ_i q_i · w_i"\nsentence = "The sum."', ["q", "w"]),
        ('formula = "y = Σ_i q_i · w_i"\nsentence = "q_i is its queue, w_i its width."', []),
        ('formula = "Q / R / v"', ["Q", "R", "v"]),
        ('[a.formula]\nlimited = "⌈Q / {{slots}}⌉"', ["Q"]),
        ('shapes = "Q × {{n_tokens}}"\nsource = "Q: queries."', []),
        ('formula = "bytes / EP / link speed"', ["EP"]),
    ],
)
def test_a_planted_symbol_of_a_table_is_found(tmp_path, table, missing):
    path = tmp_path / "a.toml"
    path.write_text(f"[a]\n{table}\n" if table[0] != "[" else table, encoding="utf-8")
    assert [each for block in blocks(path) for each in unexplained(block)] == missing


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ("g_i = f(p_i)", ["f("]),
        ("C(E, k) = E! / (k! · (E − k)!)", ["C("]),
        ("b counts sequences", ["b counts sequences"]),
        ("$l$ counts layers and $b$ sequences of $S$ tokens", ["$b$ sequences of "]),
        ("t: the time of a step", ["t: the time of a step"]),
        ("(t · bandwidth), t = time per decode step", ["t = time per decode step"]),
        ("b: the [[selection bias|bias]] of an expert; o_i = FFN_i(h), k · (E − k)", []),
    ],
)
def test_a_planted_second_meaning_is_found(block, found):
    assert [each.strip() for each in other_meanings(block)] == [each.strip() for each in found]
