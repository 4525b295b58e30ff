"""Each term of the glossary is marked where a page's prose first names it, and only there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moeviz.glossary import BY_ID, TERMS, linked
from tests.shown import ROOT, in_javascript, shown_files, shown_strings
from tests.terms import marked_again, prose_files, unmarked

BROWSER = sorted((ROOT / "moeviz" / "ui" / "components").rglob("*.js"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", prose_files(), ids=name_of)
def test_a_term_is_marked_where_it_is_first_named(path):
    text = path.read_text(encoding="utf-8")
    assert unmarked(text) == []
    assert marked_again(text) == []


@pytest.mark.parametrize("path", shown_files(), ids=name_of)
def test_each_mark_is_a_term(path):
    for text in shown_strings(path):
        if path.suffix in (".md", ".toml") or "[[" in text:
            linked(text)


@pytest.mark.parametrize("path", BROWSER, ids=name_of)
def test_a_term_that_a_component_names_is_in_the_glossary(path):
    for text in in_javascript(path.read_text(encoding="utf-8")):
        assert set(re.findall(r"glossary\?term=([\w-]+)", text)) <= set(BY_ID)


def test_the_prose_of_pages_uses_most_of_the_glossary():
    used = {
        entry.id
        for path in prose_files()
        for entry in TERMS
        if f"?term={entry.id})" in linked(path.read_text(encoding="utf-8"))
    }
    assert len(used) > len(TERMS) / 2


PAGE = """# Experts and routers

An [[expert]] is chosen by the [[router]]; experts have a [[capacity factor|CF]].

## try: A capacity factor of 2
?experts=8&router=1

The *load-balancing loss* and `top-k`, $K$ and {{token}}: the loads differ.
"""


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("", ["load-balancing loss"]),
        ("A routed expert of CF 2.", ["load-balancing loss", "routed expert"]),
        ("DROPLESS, cf and top-kk", ["load-balancing loss", "dropless"]),
        ("Each [[dropless]] one, dropless again", ["load-balancing loss"]),
        ("KV caches, [[KV cache]]", ["load-balancing loss", "KV cache"]),
    ],
)
def test_a_planted_term_without_a_mark_is_found(planted, found):
    assert [each.partition(":")[0] for each in unmarked(PAGE + planted)] == found


def test_a_second_mark_is_found():
    assert [each.partition(":")[0] for each in marked_again(PAGE + "[[CF]] [[token]]")] == [
        "capacity factor"
    ]
