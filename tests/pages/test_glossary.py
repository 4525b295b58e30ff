"""The page Glossary: all terms, the one that a link leads to, the search, the symbols."""

from __future__ import annotations

import pytest

from moeviz.glossary import SYMBOLS, TERMS, term
from moeviz.ui.shared.navigation import GLOSSARY, PAGES
from tests.pages.visit import address, visit, words

TITLES = {page.address: page.title for page in PAGES}


def entries(app) -> dict[str, str]:
    """The Markdown of each term that is listed, by its name."""
    texts = [each.value for each in app.markdown if each.value.startswith("### ")]
    return {text.partition("\n")[0].removeprefix("### "): text for text in texts}


@pytest.fixture
def glossary(page):
    return visit(page, GLOSSARY)


def test_each_term_is_listed_in_order_with_all_that_is_known_of_it(glossary):
    shown = entries(glossary)
    assert list(shown) == [entry.name for entry in TERMS]
    for entry in TERMS:
        text = shown[entry.name]
        for part in (entry.short, entry.long, entry.formula, entry.source, *entry.also):
            assert part in text
        for each in entry.related:
            assert f"[{each}](glossary?term={term(each).id})" in text


def test_a_term_leads_to_the_pages_that_show_it(glossary):
    *links, _next = [each.proto.label for each in glossary.get("page_link")]
    assert links == [TITLES[address] for entry in TERMS for address in entry.pages]


def test_the_symbols_of_a_formula_stand_below_it(glossary):
    text = entries(glossary)["capacity"]
    assert "$C$: capacity: slots of one expert; $\\mathrm{CF}$: capacity factor; $K$: " in text


def test_each_symbol_is_in_the_table_once(glossary):
    tables = "\n".join(each.value for each in glossary.markdown if "| --- |" in each.value)
    for each in SYMBOLS:
        also = f", ${each.also}$" if each.also else ""
        assert tables.count(f"| ${each.latex}${also} | {each.means} |") == 1


def test_topics_are_headings_and_links(glossary):
    headings = [each.value[3:] for each in glossary.markdown if each.value.startswith("## ")]
    *topics, symbols, _checks = headings
    assert topics == list(dict.fromkeys(entry.topic for entry in TERMS))
    assert symbols.startswith("Symbols")
    for heading in topics:
        anchor = heading.lower().replace(" ", "-")
        assert any(f"[{heading}](#{anchor})" in each.value for each in glossary.markdown)


@pytest.mark.parametrize(
    ("searched", "found"),
    [("MaxVio", {"MaxVio"}), ("  z-LOSS ", {"router z-loss", "auxiliary loss"}), ("GQA", {"GQA"})],
)
def test_a_search_leaves_the_terms_that_contain_it(glossary, searched, found):
    glossary.text_input("glossary_search").set_value(searched).run()
    shown = entries(glossary)
    assert {term(each).name for each in found} <= set(shown)
    assert 1 <= len(shown) < 6
    assert all(searched.strip().lower() in text.lower() for text in shown.values())
    glossary.text_input("glossary_search").set_value("").run()
    assert len(entries(glossary)) == len(TERMS)


def test_a_search_without_a_hit_says_so_as_text(glossary):
    glossary.text_input("glossary_search").set_value("![x](y) <b>").run()
    assert entries(glossary) == {}
    assert "No term contains “![x](y) <b>”." in [each.value for each in glossary.text]


@pytest.mark.parametrize("asked", ["capacity-factor", "CF", "Capacity factors"])
def test_a_link_to_a_term_shows_it_above_all_others(page, asked):
    visit(page, GLOSSARY, term=asked)
    (first,) = [each.value for each in page.markdown if each.value.startswith("## capacity factor")]
    assert term("CF").short in first
    assert address(page) == {"term": "capacity-factor"}
    assert len(entries(page)) == len(TERMS)


def test_an_unknown_term_is_refused_in_words(page):
    visit(page, GLOSSARY, term="<b>seat")
    assert (
        "term=<b>seat was refused: it must be a term of this page. Used instead: no term"
        in words(page)
    )
    assert address(page) == {}
    assert len(entries(page)) == len(TERMS)
