"""Words in several tokens, and the token that leads: found on real and on odd texts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.analysis.token_words import leading_token, split_words
from moeviz.data.tokenizer import TextTokenizer

_TOKENIZER = TextTokenizer.train(["the router sends each token to an expert, 12 times"] * 3, 280)


def pieces(tokens: list[str]) -> list[tuple[str, list[str]]]:
    return [(word.text, tokens[word.start : word.end]) for word in split_words(tokens)]


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        (["The", " rou", "ter", " sends"], [("router", [" rou", "ter"])]),
        ([" router", "s", ",", " x"], [("routers", [" router", "s"])]),
        (["1", "3", ".", "7"], [("13", ["1", "3"])]),
        (["rou", "↵", "ter"], []),
        (["d", "⟨C3⟩", "⟨A9⟩", "f", "."], [("déf", ["d", "⟨C3⟩", "⟨A9⟩", "f"])]),
        (["⟨F0⟩", "⟨9F⟩", "⟨98⟩", "⟨80⟩"], []),  # a smiley is no word
        (["⟨D8⟩"], []),  # half a letter
        (["x", "1"], []),
        (["main", "_", "x"], []),
        ([], []),
    ],
)
def test_a_word_in_several_tokens_is_found_with_its_pieces(tokens, found):
    assert pieces(tokens) == found


@given(st.text(max_size=40))
def test_the_pieces_of_a_split_word_are_in_order_and_hold_its_letters(text):
    tokens = _TOKENIZER.readable(_TOKENIZER.encode(text))
    words = split_words(tokens)
    assert all(word.end - word.start > 1 for word in words)
    assert all(one.end <= other.start + 1 for one, other in pairwise(words))
    for word in words:
        joined = "".join(tokens[word.start : word.end])
        assert "⟨" in joined or word.text in joined


def test_the_first_of_the_longest_tokens_leads_and_only_an_early_one_can():
    assert leading_token(["The", " router", " sends", " tokens"]) == 1
    assert leading_token(["(", "1", ")"]) == 0
    assert leading_token(["a"] * 50 + [" router"]) == 0
    assert leading_token(["⟨C3⟩", "ab"]) == 1
    assert leading_token([]) == 0
