"""Which words of a text the tokenizer has split into pieces, and which token leads on the stage.

A word is a run of letters or of digits. Knows nothing of how either is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+|\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_BYTE = re.compile(r"⟨([0-9A-F]{2})⟩")
_LEADS_AMONG = 48
"""The token that leads is one of the first ones: those are in view on a phone too."""


@dataclass(frozen=True, slots=True)
class SplitWord:
    """A word in several tokens: those from `start` up to, and not with, `end`."""

    start: int
    end: int
    text: str


def split_words(tokens: Sequence[str]) -> list[SplitWord]:
    """The words of two or more tokens, in the order of the text.

    Args:
        tokens: as they are shown, ⟨C3⟩ for a byte that is no character of its own.
    """
    raw = [_bytes(token) for token in tokens]
    text = b"".join(raw).decode(errors="surrogateescape")
    token_at = [token for token, each in enumerate(raw) for _ in each]
    found = []
    for word in _WORD.finditer(text):
        first, last = _byte_length(text[: word.start()]), _byte_length(text[: word.end()]) - 1
        start, end = token_at[first], token_at[last] + 1
        if end - start > 1:
            found.append(SplitWord(start, end, word[0]))
    return found


def leading_token(tokens: Sequence[str]) -> int:
    """The token that goes first on the stage: of the first ones that with the most letters."""
    return max(
        range(min(len(tokens), _LEADS_AMONG)),
        key=lambda t: (len("".join(_LETTERS.findall(_BYTE.sub("", tokens[t])))), -t),
        default=0,
    )


def _bytes(token: str) -> bytes:
    """What the token stands for; the signs for a line break and a tab are letters of no word."""
    parts = _BYTE.split(token)
    return b"".join(
        bytes([int(part, 16)]) if i % 2 else part.encode() for i, part in enumerate(parts)
    )


def _byte_length(text: str) -> int:
    return len(text.encode(errors="surrogateescape"))
