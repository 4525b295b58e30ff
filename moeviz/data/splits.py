"""Divides a domain's text into training text and held-out text that do not overlap.

Knows nothing of what the text says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

HELD_OUT_SHARE = 0.1
_BLOCKS = 60
"""Contiguous blocks of a real text, of which every tenth is held out: long enough to leave few
edges, many enough to resemble the rest."""

COPIED_CHARACTERS = 80
"""No passage of this length stands in both parts of a real text."""


@dataclass(frozen=True, slots=True)
class Split:
    """The two parts of a domain's text."""

    train: str
    held_out: str


def split_real(text: str) -> Split:
    """Hold out every tenth contiguous block, less the paragraphs that the others repeat."""
    paragraphs = text.split("\n\n")
    blocks = _contiguous(paragraphs, len(text) / _BLOCKS)
    every = round(1 / HELD_OUT_SHARE)
    train = "\n\n".join(p for i, block in enumerate(blocks) if i % every for p in block)
    held_out = [p for i, block in enumerate(blocks) if i % every == 0 for p in block]
    return Split(train, "\n\n".join(_not_copied(held_out, train)))


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


def _contiguous(paragraphs: Sequence[str], size: float) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    length = 0
    for paragraph in paragraphs:
        if length >= size:
            blocks.append([])
            length = 0
        blocks[-1].append(paragraph)
        length += len(paragraph)
    return blocks


def _not_copied(paragraphs: Sequence[str], train: str) -> list[str]:
    """The paragraphs of which no aligned piece of half of COPIED_CHARACTERS stands in `train`.

    A shared passage of COPIED_CHARACTERS contains such a piece whole, wherever it begins. Pieces
    run across paragraphs, as a passage may.
    """
    text, half = "\n\n".join(paragraphs), COPIED_CHARACTERS // 2
    copied = [start for start in range(0, len(text), half) if text[start : start + half] in train]
    kept, position = [], 0
    for paragraph in paragraphs:
        end = position + len(paragraph) + 2
        if not any(start < end and start + half > position for start in copied):
            kept.append(paragraph)
        position = end
    return kept
