"""Real text that every Python brings along: library source and the language reference.

Read, never imported or run. Which files exist differs a little between Python versions; a missing
one is left out. Knows nothing of domains or tokens.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from pathlib import Path
from pydoc_data.topics import topics

from moeviz.data.picking import listed

MAX_CHARACTERS = 400_000

_MODULES = listed(
    "argparse ast calendar collections/__init__ configparser contextlib csv datetime enum "
    "functools heapq ipaddress json/decoder json/encoder queue random shutil statistics string "
    "subprocess tempfile textwrap threading tokenize urllib/parse uuid weakref"
)
_CHARACTERS_PER_MODULE = 24_000


def python_source() -> str:
    """The beginnings of modules of the standard library, in a fixed order."""
    library = Path(sysconfig.get_path("stdlib"))
    files = [library / f"{module}.py" for module in _MODULES]
    sources = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    return _capped([_whole_lines(source, _CHARACTERS_PER_MODULE) for source in sources])


def english_prose() -> str:
    """The paragraphs of Python's language reference, each once."""
    text = "\n\n".join(topic.strip("\n") for _, topic in sorted(topics.items()))
    return _capped(list(dict.fromkeys(text.split("\n\n"))))


def _whole_lines(text: str, most: int) -> str:
    return text if len(text) <= most else text[: text.rindex("\n", 0, most)]


def _capped(pieces: Sequence[str]) -> str:
    return _whole_lines("\n\n".join(pieces), MAX_CHARACTERS) + "\n"
