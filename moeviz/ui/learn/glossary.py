"""The glossary: the term that was followed, all terms by topic, and the table of symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import streamlit as st

from moeviz.config import ConfigError
from moeviz.glossary import BY_ID, SYMBOLS, TERMS, Symbol, Term, link, symbol, symbols_in, term
from moeviz.texts import page_texts, strings
from moeviz.ui.shared.address import Address, Param
from moeviz.ui.shared.navigation import PAGES
from moeviz.ui.shared.page_state import PageState
from moeviz.ui.shared.session_state import noted
from moeviz.ui.shared.tables import markdown_table

TEXTS = page_texts(__file__)
_SAID = strings(__file__)
_PAGES = {page.address: page for page in PAGES}


@dataclass(frozen=True, slots=True)
class GlossaryState:
    """The term that the address names: its id, or "" for none."""

    term: str = ""


def _parse(text: str) -> str:
    if text in BY_ID:
        return text
    try:
        return term(text).id
    except ValueError:
        raise ConfigError("term", text, _SAID["bound"]) from None


_ADDRESS = Address((Param("term", "term", _parse, str, "", _SAID["in_its_place"]),), GlossaryState)
glossary_state = PageState(
    "glossary", _ADDRESS.read, _ADDRESS.write, lambda state: state, lambda _: None
)


def search_strip() -> str:
    """The search field, and links to the topics; returns what is searched."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="glossary_strip"):
        words = st.text_input(
            _SAID["search"], key="glossary_search", type="search", live=True, width=320,
            on_change=noted,
        )  # fmt: skip
        topics = dict.fromkeys(each.topic for each in TERMS)
        st.markdown(" · ".join(f"[{each}](#{_anchor(each)})" for each in [*topics, "Symbols"]))
    return (words or "").strip()


def followed_term(state: GlossaryState) -> None:
    """The term that a link has led to, above all others."""
    if state.term:
        with st.container(border=True, key="followed_term"):
            _entry(BY_ID[state.term], heading="##")


def terms_by_topic(words: str) -> None:
    """All terms that contain the words, topic by topic."""
    found = [each for each in TERMS if words.lower() in _searched(each)]
    if not found:
        st.text(_SAID["nothing"].format(words=words))
    for topic, terms in groupby(found, lambda each: each.topic):
        st.markdown(f"## {topic}")
        with st.container(key=f"topic_{_anchor(topic)}"):
            for each in terms:
                with st.container(key=f"term_{each.id}"):
                    _entry(each, heading="###")


def symbol_table() -> None:
    """Each symbol and its one meaning: the lengths of axes first."""
    st.markdown(f"## Symbols\n\n{TEXTS['symbols']}")
    with st.container(key="glossary_symbols"):
        left, right = st.columns(2)
        left.markdown(_table(_SAID["axis"], [each for each in SYMBOLS if each.axis]))
        right.markdown(_table(_SAID["symbol"], [each for each in SYMBOLS if not each.axis]))


def _entry(entry: Term, heading: str) -> None:
    st.markdown("\n\n".join(_paragraphs(entry, heading)))
    with st.container(horizontal=True, gap="small"):
        for address in entry.pages:
            page = _PAGES[address]
            st.page_link(page.file, label=page.title, icon=":material/arrow_forward:")


def _paragraphs(entry: Term, heading: str) -> Iterable[str]:
    yield f"{heading} {entry.name}"
    also = f" {_SAID['also']} {', '.join(entry.also)}." if entry.also else ""
    yield f"{entry.short}{also}"
    if entry.formula:
        yield f"$${entry.formula}$$"
    if symbols := _symbols_of(entry.formula):
        yield "; ".join(f"${each.latex}$: {each.means}" for each in symbols) + "."
    if entry.long:
        yield entry.long
    if entry.source:
        yield f"{_SAID['source']} {entry.source}."
    yield f"{_SAID['related']} {', '.join(link(each) for each in entry.related)}."


def _symbols_of(formula: str) -> list[Symbol]:
    """The glossary's symbols in a formula, in their order there."""
    return [found for sign in symbols_in(formula) if (found := symbol(sign))]


def _table(head: str, symbols: Sequence[Symbol]) -> str:
    rows = [(_signs(each), each.means) for each in symbols]
    return markdown_table((head, _SAID["means"]), rows, words=2)


def _signs(each: Symbol) -> str:
    return ", ".join(f"${latex}$" for latex in (each.latex, each.also) if latex)


def _searched(entry: Term) -> str:
    return " ".join((entry.name, *entry.also, entry.short, entry.long)).lower()


def _anchor(topic: str) -> str:
    return topic.lower().replace(" ", "-")
