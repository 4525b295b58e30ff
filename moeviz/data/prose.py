"""Finds the plain English in Python's docstrings: whole sentences, no tables, code or markup.

Reads triple-quoted strings without parsing the file, which is twenty times quicker: what is no
docstring is no prose either. Knows nothing of domains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

MIN_WORDS = 8
_LETTERS = 0.93
"""Share of letters and blanks that prose has, and formulas and lists of values have not."""

_TRIPLE_QUOTED = re.compile(r'"""(.*?)"""', re.DOTALL)
_SENTENCES = re.compile(r"[A-Z][^\\|{}<>=_#]*\.")
_SIGNS = re.compile(r"[^A-Za-z ]+")
_NOT_PROSE = re.compile(r">>>|::|https?:")
_ENTRY = re.compile(r"^[*\w.]+ ?\([^)]*\): ")
"""What a table of parameters says of each, before the words: "mask (Tensor, optional): "."""
_ROLE = re.compile(r":[a-z:]+:`~?\.?([^`<]*?)(?: *<[^>]*>)?`")
_QUOTED = re.compile(r"``?([^`]*)``?_?")


def prose(source: str) -> Iterator[str]:
    """The paragraphs of its docstrings that are sentences, each as one line without markup."""
    docstrings = (found[1] for found in _TRIPLE_QUOTED.finditer(source))
    for paragraph in chain.from_iterable(map(_paragraphs, docstrings)):
        plain = _QUOTED.sub(r"\1", _ROLE.sub(r"\1", _ENTRY.sub("", paragraph))).replace("**", "")
        if _is_prose(plain):
            yield plain


def _is_prose(text: str) -> bool:
    if not _SENTENCES.fullmatch(text) or _NOT_PROSE.search(text):
        return False
    plain = len(_SIGNS.sub("", text))
    return len(text.split()) >= MIN_WORDS and plain > _LETTERS * len(text)


def _paragraphs(text: str) -> Iterator[str]:
    """Neighbouring lines of one indentation, joined."""
    block: list[str] = []
    indentation = 0
    for line in (*text.expandtabs().splitlines(), ""):
        words = line.strip()
        begins = len(line) - len(line.lstrip())
        if block and (not words or begins != indentation):
            yield " ".join(block)
            block = []
        if words:
            block.append(words)
            indentation = begins
