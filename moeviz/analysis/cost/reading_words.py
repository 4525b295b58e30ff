"""What was done with a configuration file beside reading it, in sentences.

The same on the page and in the command line. Knows nothing of families.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from moeviz.accounting.meaning import Reading

LONGEST = 6
"""Items of a list that are shown one by one."""


def reading_words(reading: Reading) -> Iterator[str]:
    """Which defaults were taken, which names were read as which, which won, which were not read."""
    if reading.defaults:
        taken = (f"{name} = {shown(value)}" for name, value in reading.defaults.items())
        yield f"Left out of the file, and taken as its family's code takes it: {_listed(taken)}."
    if reading.renamed:
        read = (f"{name} as {field}" for name, field in reading.renamed.items())
        yield f"Read under another name: {_listed(read)}."
    for lost in reading.overruled:
        value = shown(lost.value)
        yield f"{lost.name} = {value} does not count: {lost.by} is there, too, and overrules it."
    if reading.unread:
        yield f"Not read by its family's code, so without effect: {_listed(reading.unread)}."


def shown(value: Any) -> str:
    """As JSON has it; of a long list how many of each kind."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if not isinstance(value, list | tuple):
        return str(value)
    if len(value) <= LONGEST:
        return "[" + ", ".join(map(shown, value)) + "]"
    counted = Counter(map(shown, value))
    return f"{len(value)} layers: " + ", ".join(f"{n} {kind}" for kind, n in counted.items())


def _listed(items: Any) -> str:
    return "; ".join(items)
