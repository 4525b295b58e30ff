"""Answers that a session keeps, so that no question is sent twice: the latest, bounded in bytes.

Knows nothing of questions and answers.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Hashable
from typing import Any

import numpy as np

KEPT_ANSWER_BYTES = 16 * 2**20
"""Of a kind of page in a session. A whole study of the largest model takes 12 MiB, a trace 5."""


class KeptAnswers:
    """Answers by key. The least recently used ones go when all are more than `most_bytes`.

    One that is larger by itself is kept until the next comes.
    """

    def __init__(self, most_bytes: int = KEPT_ANSWER_BYTES) -> None:
        self._most_bytes, self._held_bytes = most_bytes, 0
        self._kept: dict[Hashable, tuple[Any, int]] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def get(self, key: Hashable) -> Any | None:
        """The answer, which is now the latest used; None when it is not kept."""
        if key not in self._kept:
            return None
        self._kept[key] = answer, _ = self._kept.pop(key)
        return answer

    def keep(self, key: Hashable, answer: Any) -> None:
        """Keep an answer that was not kept."""
        size_bytes = memory_bytes(answer)
        self._kept[key] = answer, size_bytes
        self._held_bytes += size_bytes
        while self._held_bytes > self._most_bytes and len(self._kept) > 1:
            _, freed_bytes = self._kept.pop(next(iter(self._kept)))
            self._held_bytes -= freed_bytes


def memory_bytes(value: Any) -> int:
    """Memory that a record takes with all that it holds; what it holds twice counts twice."""
    if isinstance(value, np.ndarray):
        return value.nbytes + sys.getsizeof(value[:0])
    parts: Any = ()
    if dataclasses.is_dataclass(value):
        parts = (getattr(value, each.name) for each in dataclasses.fields(value))
    elif isinstance(value, dict):
        parts = (part for pair in value.items() for part in pair)
    elif isinstance(value, tuple | list):
        parts = value
    return sys.getsizeof(value) + sum(map(memory_bytes, parts))
