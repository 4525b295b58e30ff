"""A paragraph about a person, from patterns of sentences. Knows no language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import TypeVar

from moeviz.data.picking import chance, number, pick, unseen

Who = TypeVar("Who")
Pattern = Callable[[Random, Who], str]
"""A sentence about a person, without its capital and its full stop."""

_BY_PRONOUN = 0.45


def story(
    random: Random,
    seen: set[str],
    patterns: Sequence[Pattern[Who]],
    who: tuple[Who, Who],
    someone: Callable[[Random], Who],
) -> str:
    """Five to nine sentences, none of which is in `seen`; they are added to it.

    Args:
        who: the person the story is about, by name and by pronoun. someone: draws anybody else.
    """
    name, pronoun = who
    sentences = [unseen(partial(_sentence, random, patterns, name), seen)]
    for _ in range(number(random, 4, 8)):
        subject = pronoun if chance(random, _BY_PRONOUN) else someone(random)
        sentences.append(unseen(partial(_sentence, random, patterns, subject), seen))
    return " ".join(sentences)


def _sentence(random: Random, patterns: Sequence[Pattern[Who]], subject: Who) -> str:
    text = pick(random, patterns)(random, subject)
    return text[0].upper() + text[1:] + "."
