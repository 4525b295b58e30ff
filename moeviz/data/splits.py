"""Divides a domain's text into training text and held-out text that do not overlap.

Knows nothing of what the text says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from moeviz.data.passages import not_copied

HELD_OUT_SHARE = 0.1
_BLOCKS = 60
"""Contiguous blocks of a real text, of which every tenth is held out: long enough to leave few
edges, many enough to resemble the rest."""


@dataclass(frozen=True, slots=True)
class Split:
    """The two parts of a domain's text."""

    train: str
    held_out: str


def split_real(passages: Sequence[str], joint: str) -> Split:
    """Hold out every tenth contiguous block, less the passages that the others repeat."""
    length = sum(map(len, passages)) + len(joint) * len(passages)
    blocks = _contiguous(passages, length / _BLOCKS)
    every = round(1 / HELD_OUT_SHARE)
    train = joint.join(p for i, block in enumerate(blocks) if i % every for p in block)
    held_out = [p for i, block in enumerate(blocks) if i % every == 0 for p in block]
    return Split(train + joint, joint.join(not_copied(held_out, joint, train)) + joint)


def split_generated(draw: Callable[[], str], characters: int, joint: str) -> Split:
    """Draw pieces until they fill `characters`, and hold out the last; `draw` never repeats."""
    parts = []
    for size in (characters * (1 - HELD_OUT_SHARE), characters * HELD_OUT_SHARE):
        pieces, length = [], 0
        while length < size:
            pieces.append(draw())
            length += len(pieces[-1]) + len(joint)
        parts.append(joint.join(pieces) + joint)
    return Split(*parts)


def split_user(text: str) -> Split:
    """Hold out the end of the text: a tenth of a long one, up to a quarter of a short one."""
    held_out = round(min(len(text) / 4, max(len(text) * HELD_OUT_SHARE, 1000)))
    return Split(text[:-held_out], text[-held_out:])


def _contiguous(passages: Sequence[str], size: float) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    length = 0
    for passage in passages:
        if length >= size:
            blocks.append([])
            length = 0
        blocks[-1].append(passage)
        length += len(passage)
    return blocks
