"""The tokenizer gives every string back, learns the size it is asked for, and shows its tokens."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.data.corpus import load_corpus
from moeviz.data.texts import domain_texts
from moeviz.data.tokenizer import TextTokenizer

TEXT = "the cat and the dog and the bird saw 12 and 345 in the house\n\tété für 字 🙂 " * 20


def trained(vocab_size: int = 290) -> TextTokenizer:
    return TextTokenizer.train([TEXT], vocab_size)


@pytest.mark.parametrize("vocab_size", [300, 512, 777, 2048])
def test_the_vocabulary_has_exactly_the_size_asked_for(vocab_size: int) -> None:
    tokenizer = load_corpus(vocab_size).tokenizer
    assert tokenizer.vocab_size == vocab_size
    assert len(set(tokenizer.readable(range(vocab_size)))) == vocab_size


def test_too_little_text_for_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="vocab_size is 300"):
        TextTokenizer.train(["ab ab ab"], 300)


def test_training_is_deterministic() -> None:
    texts = [split.train[:20_000] for split in domain_texts().values()]
    one, two = (TextTokenizer.train(texts, 512) for _ in range(2))
    assert one.to_json() == two.to_json()


def test_every_single_byte_is_a_token() -> None:
    tokenizer = trained()
    every = "".join(chr(code) for code in range(0x800)) + "字\U0010ffff"
    assert tokenizer.decode(tokenizer.encode(every)) == every
    assert {bytes([byte]) for byte in range(256)} <= set(tokenizer._bytes)


def test_ids_are_small_integers_below_the_vocabulary() -> None:
    ids = trained().encode(TEXT)
    assert ids.dtype == np.uint16
    assert ids.ndim == 1
    assert int(ids.max()) < 290
    assert trained().encode("").shape == (0,)


def test_merges_shorten_familiar_text() -> None:
    tokenizer = load_corpus(512).tokenizer
    for split in domain_texts().values():
        sample = split.held_out[:5000]
        assert len(tokenizer.encode(sample)) < 0.75 * len(sample.encode())


def test_digits_stand_alone() -> None:
    tokenizer = load_corpus(512).tokenizer
    assert tokenizer.readable(tokenizer.encode("12 345")) == ["1", "2", " 3", "4", "5"]


def test_readable_shows_blanks_line_ends_and_parts_of_characters() -> None:
    tokenizer = TextTokenizer.train(["ab ab ab ab"], 258)
    shown = tokenizer.readable(tokenizer.encode("ab ab\n\té\x00\u200b"))
    hidden = ["⟨C3⟩", "⟨A9⟩", "⟨00⟩", "⟨E2⟩", "⟨80⟩", "⟨8B⟩"]
    assert shown == ["ab", " ab", "↵", "⇥", *hidden]


def test_decoding_half_a_character_is_no_error() -> None:
    tokenizer = trained()
    first_byte = [index for index, part in enumerate(tokenizer._bytes) if part == b"\xc3"]
    assert tokenizer.decode(first_byte) == "\ufffd"


def test_json_keeps_the_tokenizer() -> None:
    tokenizer = trained()
    again = TextTokenizer.from_json(tokenizer.to_json())
    assert again.encode(TEXT).tolist() == tokenizer.encode(TEXT).tolist()
    assert again.readable(range(290)) == tokenizer.readable(range(290))


@pytest.mark.parametrize("text", ["a" * 200_000, "\n" * 200_000, "é字" * 100_000])
def test_one_endless_word_is_encoded(text: str) -> None:
    tokenizer = trained()
    assert tokenizer.decode(tokenizer.encode(text)) == text
