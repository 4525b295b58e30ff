"""Draws for the text generators, from a `random.Random` that they are given. Knows no text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def listed(words: str) -> tuple[str, ...]:
    """The blank-separated words."""
    return tuple(words.split())


def pick(random: Random, choices: Sequence[T]) -> T:
    """One of the options, with equal probability. Three times the speed of `Random.choice`."""
    return choices[int(random.random() * len(choices))]


def number(random: Random, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(random.random() * (high - low + 1))


def chance(random: Random, probability: float) -> bool:
    """True with that probability."""
    return random.random() < probability


def unseen(draw: Callable[[], str], seen: set[str]) -> str:
    """The first drawn text that is not in `seen`, which then holds it."""
    while (text := draw()) in seen:
        pass
    seen.add(text)
    return text
