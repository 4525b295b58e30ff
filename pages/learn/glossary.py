"""Glossary: each term of the field and each symbol, with its one meaning."""

from moeviz.ui.learn.glossary import (
    TEXTS,
    followed_term,
    glossary_state,
    search_strip,
    symbol_table,
    terms_by_topic,
)
from moeviz.ui.shared.lesson import opening
from moeviz.ui.shared.navigation import GLOSSARY
from moeviz.ui.shared.page_end import page_end

state = glossary_state.load()
glossary_state.write_address()  # before anything is drawn: the script's end is lost most easily
opening(TEXTS.title, TEXTS.idea, in_one_line=True)
words = search_strip()
glossary_state.show_notices()
followed_term(state)
terms_by_topic(words)
symbol_table()
page_end(GLOSSARY)
