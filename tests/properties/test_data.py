"""Claims about text that hold for every string."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from moeviz.config import ConfigError, TrainConfig
from moeviz.data.corpus import load_corpus
from moeviz.data.user_text import read_user_text


@given(st.text(max_size=300))
def test_every_string_survives_the_tokenizer(text: str) -> None:
    tokenizer = load_corpus(512).tokenizer
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert len(tokenizer.readable(ids)) == len(ids) <= len(text.encode())


@given(st.text(alphabet=" \n\tab1é字🙂_-", max_size=200))
def test_blanks_and_words_survive_the_tokenizer(text: str) -> None:
    tokenizer = load_corpus(300).tokenizer
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text(max_size=50), st.text(max_size=50))
def test_readable_tokens_are_printable(one: str, other: str) -> None:
    tokenizer = load_corpus(512).tokenizer
    assert all(shown.isprintable() for shown in tokenizer.readable(tokenizer.encode(one + other)))


@given(st.text(min_size=1, max_size=40))
def test_what_is_read_once_is_read_again_unchanged(text: str) -> None:
    try:
        accepted = read_user_text((text * 600)[:5000])
    except ConfigError:
        assume(False)
    assert read_user_text(accepted) == accepted
    assert read_user_text(accepted.encode()) == accepted
    assert TrainConfig(user_text=accepted).user_text == accepted


@given(st.binary(max_size=1200))
def test_any_bytes_are_read_or_refused_by_name(content: bytes) -> None:
    try:
        outcome = read_user_text(content)
    except ConfigError as refusal:
        outcome = refusal.field
    assert outcome == "user_text" or not {"\x00", "\r"} & set(outcome)
