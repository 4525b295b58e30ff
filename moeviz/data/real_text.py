"""The real text of a domain as passages, read from the files that `sources` declares.

A large file gives its beginning only, so that none rules. Knows nothing of tokens.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping

from moeviz.data.packages import read_files
from moeviz.data.passages import distinct
from moeviz.data.prose import prose
from moeviz.data.python_source import without_docstrings
from moeviz.data.sources import SOURCES

_CODE_PER_FILE, _PROSE_PER_FILE, _ALL = 7_000, 20_000, math.inf
"""The most characters that a file gives."""

_COMMENT = re.compile(r"^[ \t]*(//[^\n]*|/\*.*?\*/[ \t]*)\n", re.MULTILINE | re.DOTALL)
_ALIGNMENT = re.compile(r" +\\$", re.MULTILINE)
"""Blanks before the backslash that continues a macro: columns of them would be learnt first."""
_MACRO_GUARD = re.compile(r"TORCH_STABLE_ONLY")
_MARKUP = re.compile(r"[<>{}`\n]|&\w+;|https?:")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIN_WORDS = 3


def python_passages(file: str) -> Iterator[str]:
    """The code of a Python file, by blank lines, without docstrings and opening comments."""
    code = re.sub(r"\A(?:#.*\n|\n)*", "", without_docstrings(file))
    yield from _blocks(code)


def cpp_passages(file: str) -> Iterator[str]:
    """The code of a C++ header, by blank lines, without comments that fill whole lines."""
    code = _ALIGNMENT.sub(r" \\", _COMMENT.sub("", file))
    yield from (block for block in _blocks(code) if not _MACRO_GUARD.search(block))


def french_passages(file: str) -> Iterator[str]:
    """The messages of a catalogue that were translated into three words or more, without markup.

    The catalogue is a JSON object: English message, after a context and U+0004 where it has one,
    to translations.
    """
    for english, translations in json.loads(file).items():
        for message in translations if english else ():
            text = message.strip()
            translated = text != english.rpartition("\x04")[2].strip()
            if translated and not _MARKUP.search(text) and len(_WORD.findall(text)) >= _MIN_WORDS:
                yield text


_READERS: Mapping[str, tuple[Callable[[str], Iterator[str]], str, float]] = {
    "python": (python_passages, "\n\n", _CODE_PER_FILE),
    "english": (prose, "\n\n", _PROSE_PER_FILE),
    "french": (french_passages, "\n", _ALL),
    "c++": (cpp_passages, "\n\n", _CODE_PER_FILE),
}
"""By domain: what finds the passages in a file, what stands between two of them, and how many
characters a file gives."""

REAL_DOMAINS = tuple(_READERS)


def real_passages(domain: str) -> tuple[list[str], str]:
    """The domain's passages, in order and without near-duplicates, and what stands between them.

    Raises:
        PackageError: as `read_files` does.
    """
    read, joint, per_file = _READERS[domain]
    passages = [
        passage
        for file in read_files(SOURCES[domain].files)
        for passage in _beginning(read(file), per_file)
    ]
    return distinct(passages, joint), joint


def _blocks(code: str) -> Iterator[str]:
    """What stands between blank lines, without blanks at the ends of lines."""
    lines = (line.rstrip() for line in code.expandtabs().splitlines())
    return (block.strip("\n") for block in re.split(r"\n{2,}", "\n".join(lines)) if block.strip())


def _beginning(passages: Iterator[str], characters: float) -> Iterator[str]:
    length = 0
    for passage in passages:
        length += len(passage)
        if length > characters:
            return
        yield passage
