"""Finds passages that a text repeats. Knows nothing of what the text says.

A shingle is a passage of SHINGLE characters, from any character on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

SHINGLE = 40
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""Of the polynomial hash modulo 2⁶⁴: odd, with bits everywhere."""

REPEATED_SHARE = 0.5
"""A passage of which more has occurred before is a near-duplicate."""

COPIED_SHARE = 0.1
"""Of a held-out passage, the most that may also stand in the training text."""


def shingles(text: str) -> NDArray[np.uint64]:
    """A 64-bit hash of each shingle of the text, by the place where it begins."""
    characters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    n_shingles = max(0, len(characters) - SHINGLE + 1)
    hashes = np.zeros(n_shingles, dtype=np.uint64)
    for place in range(SHINGLE if n_shingles else 0):
        hashes *= _MULTIPLIER
        hashes += characters[place : place + n_shingles]
    return hashes


def copied_share(held_out: str, train: str) -> float:
    """Share of the held-out text's shingles that the training text holds too, 0 to 1."""
    copied = _occurring(shingles(held_out), shingles(train))
    return float(copied.mean()) if len(copied) else 0.0


def distinct(passages: Sequence[str], joint: str) -> list[str]:
    """The passages in order, each once, without those that mostly repeat earlier ones."""
    once = list(dict.fromkeys(passages))
    hashes = shingles(joint.join(once))
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    repeated = first[which] < np.arange(len(hashes))
    shares = _counts(repeated, once, joint, before=0)
    return [
        passage
        for passage, count in zip(once, shares, strict=True)
        if count <= REPEATED_SHARE * len(passage)
    ]


def not_copied(passages: Sequence[str], joint: str, train: str) -> list[str]:
    """The passages that share little with `train`: COPIED_SHARE at most, below half a shingle.

    So no text of one and a half shingles' length stands in both, wherever it begins.
    """
    copied = _occurring(shingles(joint.join(passages)), shingles(train))
    counts = _counts(copied, passages, joint, before=SHINGLE - 1)
    return [
        passage
        for passage, count in zip(passages, counts, strict=True)
        if count < min(SHINGLE // 2, 1 + COPIED_SHARE * len(passage))
    ]


def _occurring(hashes: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the hashes are among the others. `np.isin` takes fifteen times as long."""
    ordered = np.append(np.sort(others), np.uint64(0))
    places = np.searchsorted(ordered[:-1], hashes)
    found: NDArray[np.bool_] = (ordered[places] == hashes) & (places < len(others))
    return found


def _counts(
    marked: NDArray[np.bool_], passages: Sequence[str], joint: str, before: int
) -> Iterator[int]:
    """How many marked shingles begin in each passage, or up to `before` characters before it."""
    sums = np.concatenate([[0], np.cumsum(marked)])
    start = 0
    for passage in passages:
        first, end = max(0, start - before), min(start + len(passage), len(marked))
        yield int(sums[end] - sums[min(first, end)])
        start += len(passage) + len(joint)
