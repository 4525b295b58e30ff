"""A byte-level BPE tokenizer: every string can be encoded and comes back unchanged.

Knows nothing of domains, of files or of torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

MAX_TOKEN_BYTES = 16

_PIECES = re.compile(r" ?[^\W\d_]+| ?\d| ?(?:[^\w\s]|_)+|\s+(?!\S)|\s+")
"""No token crosses the border of a word, as in GPT-2, but every digit stands alone: numbers are
then read place by place. https://github.com/openai/gpt-2/blob/master/src/encoder.py"""


def _byte_of_sign() -> dict[str, int]:
    """The byte behind each sign of a byte-level vocabulary: printable Latin-1 stands for itself,
    the other bytes, in order, for the signs from U+0100 on (GPT-2's table)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    signs = {chr(byte): byte for byte in printable}
    return signs | {chr(0x100 + place): byte for place, byte in enumerate(others)}


_BYTE_OF_SIGN = _byte_of_sign()


def _display(token: bytes) -> str:
    """The token for the eye; see `TextTokenizer.readable`."""
    shown = []
    for character in token.decode("utf-8", errors="surrogateescape"):
        if character in _SHOWN_AS:
            shown.append(_SHOWN_AS[character])
        elif character.isprintable():
            shown.append(character)
        else:
            raw = character.encode("utf-8", errors="surrogateescape")
            shown.extend(f"⟨{byte:02X}⟩" for byte in raw)
    return "".join(shown)


_SHOWN_AS = {"\n": "↵", "\t": "⇥"}


class TextTokenizer:
    """Text to token ids below `vocab_size`, and back. Ids are the same on every machine."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Wrap a byte-level tokenizer, as `train` or `from_json` makes it."""
        self._tokenizer = tokenizer
        index_of = tokenizer.get_vocab()
        tokens = sorted(index_of, key=index_of.__getitem__)
        self._bytes = tuple(bytes(_BYTE_OF_SIGN[sign] for sign in token) for token in tokens)
        self._readable = tuple(_display(token) for token in self._bytes)

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int) -> Self:
        """Learn the merges from texts; the same texts give the same tokenizer.

        Raises:
            ValueError: the texts hold too few different words for that many tokens.
        """
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            initial_alphabet=sorted(_BYTE_OF_SIGN),
            max_token_length=MAX_TOKEN_BYTES,
            show_progress=False,
        )
        pieces = (piece for text in texts for piece in _PIECES.findall(text))
        tokenizer.train_from_iterator(pieces, trainer)
        learnt = tokenizer.get_vocab_size()
        if learnt != vocab_size:
            raise ValueError(f"the texts give {learnt} tokens, vocab_size is {vocab_size}")
        return cls(tokenizer)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls(Tokenizer.from_str(text))

    def to_json(self) -> str:
        """The tokenizer as the `tokenizers` package writes it."""
        return str(self._tokenizer.to_str())

    @property
    def vocab_size(self) -> int:
        """V, the number of tokens."""
        return len(self._bytes)

    def encode(self, text: str) -> NDArray[np.uint16]:
        """The ids of the text's tokens."""
        pieces = _PIECES.findall(text)
        # Text repeats its words: each is merged once and then looked up.
        distinct = list(dict.fromkeys(pieces))
        encodings = self._tokenizer.encode_batch_fast(distinct)
        ids = {piece: e.ids for piece, e in zip(distinct, encodings, strict=True)}
        return np.fromiter(chain.from_iterable(map(ids.__getitem__, pieces)), dtype=np.uint16)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the tokens; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self._bytes[index] for index in ids).decode("utf-8", errors="replace")

    def readable(self, ids: Iterable[int]) -> list[str]:
        """Each token for the eye: blanks as they are, line ends ↵, tabs ⇥.

        Parts of characters, and characters that do not show, are given as bytes: ⟨C3⟩.
        """
        return [self._readable[index] for index in ids]
