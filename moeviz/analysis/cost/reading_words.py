"""Sentences about the reading of a configuration file: defaults, other names, unread fields.

The same on the page and in the command line. Knows nothing of families.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from moeviz.accounting.meaning import Reading
from moeviz.texts import fill, strings

LONGEST = 6
"""Items of a list that are shown one by one."""

MOST_FIELDS = 30
MOST_CHARACTERS = 60

_WORDS = strings(__file__)


def reading_words(reading: Reading) -> Iterator[str]:
    """Defaults that were used, names that were read as others, ignored and unread fields."""
    if reading.defaults:
        taken = (f"{name} = {shown(value)}" for name, value in reading.defaults.items())
        yield fill(_WORDS["defaults"], fields=_listed(taken))
    if reading.renamed:
        read = (
            fill(_WORDS["as_field"], name=name, field=field)
            for name, field in reading.renamed.items()
        )
        yield fill(_WORDS["renamed"], fields=_listed(read))
    for lost in reading.overruled:
        value = _cut(shown(lost.value))
        yield fill(_WORDS["overruled"], name=lost.name, value=value, by=lost.by)
    if reading.unread:
        yield fill(_WORDS["unread"], fields=_listed(reading.unread))


def shown(value: Any) -> str:
    """As JSON has it; a long list as the number of items of each kind."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if not isinstance(value, list | tuple):
        return str(value)
    if len(value) <= LONGEST:
        return "[" + ", ".join(map(shown, value)) + "]"
    counted = Counter(map(shown, value))
    kinds = ", ".join(f"{n} {kind}" for kind, n in counted.items())
    return fill(_WORDS["layers"], count=str(len(value)), kinds=kinds)


def _listed(items: Iterable[str]) -> str:
    """Each cut, and as many as are read."""
    every = list(items)
    first = [_cut(each, 2 * MOST_CHARACTERS) for each in every[:MOST_FIELDS]]
    rest = len(every) - len(first)
    return "; ".join([*first, *([fill(_WORDS["rest"], count=str(rest))] if rest else [])])


def _cut(text: str, most: int = MOST_CHARACTERS) -> str:
    return text if len(text) <= most else text[:most] + "…"
