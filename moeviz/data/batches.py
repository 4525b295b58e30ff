"""Batches of token sequences, drawn from a corpus by a generator of their own.

Knows nothing of models; never touches the global seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from moeviz.data.corpus import Corpus

if TYPE_CHECKING:
    from jaxtyping import Int64, UInt8
    from torch import Tensor

_ANY_START = 2**62


@dataclass(frozen=True)
class Batch:
    """B sequences of S + 1 tokens, so that each of S positions has a next token to predict.

    Attributes:
        tokens: inputs are [:, :-1], targets [:, 1:].
        domain: index into the corpus's domains of each sequence.
    """

    tokens: Int64[Tensor, "B S_and_1"]
    domain: Int64[Tensor, " B"]


class BatchSampler:
    """An endless stream of training batches: the same seed gives the same ones."""

    def __init__(self, corpus: Corpus, batch_size: int, context_length: int, seed: int) -> None:
        """Draw B = batch_size sequences of S = context_length inputs a batch."""
        self._corpus = corpus
        self._batch_size = batch_size
        self._length = context_length + 1
        self._generator = torch.Generator().manual_seed(seed)

    def next_batch(self) -> Batch:
        """Every domain ⌊B/G⌋ times, the rest to domains drawn without repetition, in random order.

        Each sequence begins anywhere in its domain's training text, every place as likely.
        """
        domains = self._drawn_domains()
        draws = torch.randint(_ANY_START, domains.shape, generator=self._generator)
        texts = [self._corpus.train[domain] for domain in domains.tolist()]
        places = (
            draw % max(1, len(text) - self._length + 1)
            for draw, text in zip(draws.tolist(), texts, strict=True)
        )
        windows = [
            _window(text, place, self._length) for text, place in zip(texts, places, strict=True)
        ]
        return Batch(_stacked(windows), domains)

    def state(self) -> UInt8[Tensor, " bytes"]:
        """Where the stream stands, for `restore`."""
        return self._generator.get_state()

    def restore(self, state: UInt8[Tensor, " bytes"]) -> None:
        """Go on exactly where `state` was taken."""
        self._generator.set_state(state)

    def _drawn_domains(self) -> Int64[Tensor, " B"]:
        n_domains = len(self._corpus.domains)
        whole, rest = divmod(self._batch_size, n_domains)
        extra = torch.randperm(n_domains, generator=self._generator)[:rest]
        domains = torch.cat([torch.arange(n_domains).repeat(whole), extra])
        return domains[torch.randperm(self._batch_size, generator=self._generator)]


def held_out_batch(corpus: Corpus, context_length: int, sequences_per_domain: int) -> Batch:
    """Held-out sequences of every domain, evenly spaced over its text, always the same."""
    length = context_length + 1
    windows = [
        _window(text, int(place), length)
        for text in corpus.held_out
        for place in np.linspace(0, max(0, len(text) - length), sequences_per_domain)
    ]
    domains = torch.arange(len(corpus.domains)).repeat_interleave(sequences_per_domain)
    return Batch(_stacked(windows), domains)


def distinct_held_out_batch(corpus: Corpus, context_length: int, most_per_domain: int) -> Batch:
    """As `held_out_batch`, but no sequence twice: a short text gives fewer."""
    length = context_length + 1
    windows, domains = [], []
    for domain, text in enumerate(corpus.held_out):
        places = np.linspace(0, max(0, len(text) - length), most_per_domain)
        for place in np.unique(places.astype(int)):
            windows.append(_window(text, int(place), length))
            domains.append(domain)
    return Batch(_stacked(windows), torch.tensor(domains))


def _window(text: NDArray[np.uint16], place: int, length: int) -> NDArray[np.uint16]:
    """`length` tokens from `place` on; a text shorter than that is read round and round."""
    window = text[place : place + length]
    return window if len(window) == length else np.resize(text, length)


def _stacked(windows: Sequence[NDArray[np.uint16]]) -> Int64[Tensor, "B S_and_1"]:
    return torch.from_numpy(np.stack(windows).astype(np.int64))
