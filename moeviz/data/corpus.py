"""The corpus: tokens of every domain, for training and held out, and the tokenizer that made them.

Knows nothing of batches or of torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import tokenizers
from numpy.typing import NDArray

from moeviz.data.cache import read_arrays, write_arrays
from moeviz.data.corpus_hash import domain_hashes
from moeviz.data.domains import DOMAINS, domain_names
from moeviz.data.splits import split_user
from moeviz.data.texts import domain_texts, fingerprint
from moeviz.data.tokenizer import TextTokenizer
from moeviz.data.user_text import read_user_text

TOKENIZER_CHARACTERS = 100_000
"""Characters of each domain that the tokenizer learns from: as many of each, so that none rules."""

_TOKENIZER, _HASHES = "tokenizer", "hashes"


@dataclass(frozen=True)
class Corpus:
    """Tokens by domain, read-only: `train[g]` and `held_out[g]` belong to `domains[g]`.

    Attributes:
        hashes: of each built-in domain's text, as `domain_hashes` gives them.
    """

    domains: tuple[str, ...]
    train: tuple[NDArray[np.uint16], ...]
    held_out: tuple[NDArray[np.uint16], ...]
    tokenizer: TextTokenizer
    hashes: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=4)
def load_corpus(vocab_size: int, user_text: str = "") -> Corpus:
    """The built-in domains, and the user's text as one more when it is not empty.

    The tokenizer learns from the built-in domains alone: the user's text changes no other token.
    The first call on a machine takes about two seconds, later ones read a cache on disk.

    Raises:
        ConfigError: the user's text is refused by `read_user_text`.
        PackageError: a package that text is read from is missing or of another version.
    """
    built_in = _built_in(vocab_size)
    if not user_text:
        return built_in
    split = split_user(read_user_text(user_text))
    encode = built_in.tokenizer.encode
    return Corpus(
        domains=domain_names(user_text),
        train=(*built_in.train, _frozen(encode(split.train))),
        held_out=(*built_in.held_out, _frozen(encode(split.held_out))),
        tokenizer=built_in.tokenizer,
        hashes=built_in.hashes,
    )


@lru_cache(maxsize=4)
def _built_in(vocab_size: int) -> Corpus:
    name = f"corpus-{vocab_size}-{tokenizers.__version__}-{fingerprint()[:32]}"
    stored = read_arrays(name)
    corpus = _from_arrays(stored, vocab_size) if stored else None
    if corpus is None:
        corpus = _computed(vocab_size)
        write_arrays(name, _to_arrays(corpus))
    return corpus


def _computed(vocab_size: int) -> Corpus:
    splits = domain_texts()
    samples = (split.train[:TOKENIZER_CHARACTERS] for split in splits.values())
    tokenizer = TextTokenizer.train(samples, vocab_size)
    return Corpus(
        domains=DOMAINS,
        train=tuple(_frozen(tokenizer.encode(split.train)) for split in splits.values()),
        held_out=tuple(_frozen(tokenizer.encode(split.held_out)) for split in splits.values()),
        tokenizer=tokenizer,
        hashes=domain_hashes(splits),
    )


def _to_arrays(corpus: Corpus) -> dict[str, NDArray[Any]]:
    tokenizer = np.frombuffer(corpus.tokenizer.to_json().encode(), dtype=np.uint8)
    parts = (("train", corpus.train), ("held_out", corpus.held_out))
    tokens = {
        f"{part}/{domain}": array
        for part, arrays in parts
        for domain, array in zip(corpus.domains, arrays, strict=True)
    }
    hashes = np.array([corpus.hashes[domain] for domain in corpus.domains])
    return {_TOKENIZER: tokenizer, _HASHES: hashes, **tokens}


def _from_arrays(arrays: dict[str, NDArray[Any]], vocab_size: int) -> Corpus | None:
    """The corpus that `_to_arrays` wrote, or None when the arrays are not such a corpus."""
    try:
        tokenizer = TextTokenizer.from_json(arrays[_TOKENIZER].tobytes().decode())
        train, held_out = (
            tuple(_frozen(arrays[f"{part}/{domain}"]) for domain in DOMAINS)
            for part in ("train", "held_out")
        )
        hashes = dict(zip(DOMAINS, arrays[_HASHES].tolist(), strict=True))
        sound = tokenizer.vocab_size == vocab_size and all(
            array.dtype == np.uint16 and array.ndim == 1 and array.max() < vocab_size
            for array in (*train, *held_out)
        )
    except Exception:  # the tokenizers package raises bare Exception for bad JSON
        return None
    return Corpus(DOMAINS, train, held_out, tokenizer, hashes) if sound else None


def _frozen(array: NDArray[np.uint16]) -> NDArray[np.uint16]:
    array.flags.writeable = False
    return array
