"""Where terms of the glossary occur in a page's Markdown, marked or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from moeviz.glossary import TERMS, Term, term
from tests.shown import ROOT

_NOT_PROSE = re.compile(
    r"^#.*$|^\?.*$|\A---\n(?s:.*?)^---$|^:::.*$|^(?:given|answer):.*$|^- \{value: .*?, says:",
    re.MULTILINE,
)
"""Titles, the queries of experiments; of content its front matter, and what blocks compute."""


def _pattern(name: str) -> str:
    """A name in any case; an abbreviation as it is."""
    return f"(?-i:{re.escape(name)})" if name.isupper() else re.escape(name)


_SAID_OF_ANSWERS = re.compile(r" :: .*$|^(?:worked|hint): .*$|^ ?\".*\"\}$", re.MULTILINE)


_NAMES = sorted({name for entry in TERMS for name in entry.names}, key=len, reverse=True)
_FOUND = re.compile(
    r"\[\[(?P<mark>[^\[\]|]+)(?:\|[^\[\]|]+)?\]\]"
    r"|`[^`\n]*`|\$\$.+?\$\$|\$[^$\n]+\$|\]\([^)\s]*\)|\{\{[^{}]+\}\}"
    rf"|(?<![\w-])(?P<name>{'|'.join(map(_pattern, _NAMES))})(?![\w-])",
    re.IGNORECASE | re.DOTALL,
)
"""A mark, what is no prose, or a name; the longest name that begins at a place."""


_LINK = re.compile(r"\[([^\]]+)\]\(glossary\?term=[\w-]+\)")


def without_links(text: str) -> str:
    """What a reader reads of a text whose terms are linked."""
    return _LINK.sub(r"\1", text)


def prose_files() -> list[Path]:
    """The Markdown of each page but the glossary's own, in the order in which it is shown."""
    found = sorted((ROOT / "moeviz" / "ui").rglob("*.md"))
    found += sorted((ROOT / "moeviz" / "study").rglob("*.md"))
    return [path for path in found if path.name != "glossary.md"]


def occurrences(markdown: str) -> Iterator[tuple[Term, bool, str]]:
    """Each term that the text names, in order, whether it is marked, and the words around it."""
    text = _as_read(_NOT_PROSE.sub("", markdown))
    for found in _FOUND.finditer(text):
        name = found["mark"] or found["name"]
        if name:
            around = text[max(0, found.start() - 40) : found.end() + 40]
            yield term(name), bool(found["mark"]), " ".join(around.split())


def _as_read(text: str) -> str:
    """What is said of an answer comes after all else: it is shown later, or not at all."""
    said = "\n".join(found[0] for found in _SAID_OF_ANSWERS.finditer(text))
    return f"{_SAID_OF_ANSWERS.sub('', text)}\n{said}"


def unmarked(markdown: str) -> list[str]:
    """Terms whose first occurrence is not marked."""
    seen: set[str] = set()
    faults = []
    for entry, marked, around in occurrences(markdown):
        if entry.id in seen or (entry.everyday and not marked):
            continue
        seen.add(entry.id)
        if not marked:
            faults.append(f"{entry.name}: …{around}…")
    return faults


def marked_again(markdown: str) -> list[str]:
    """Terms that are marked a second time."""
    seen: set[str] = set()
    faults = []
    for entry, marked, around in occurrences(markdown):
        if marked and entry.id in seen:
            faults.append(f"{entry.name}: …{around}…")
        if marked:
            seen.add(entry.id)
    return faults
