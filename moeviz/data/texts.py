"""The texts of the built-in domains, each divided into training and held-out text.

The same on every machine that has the pinned packages. Knows nothing of tokens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random

from moeviz.data.arithmetic import arithmetic_line
from moeviz.data.domains import DOMAINS
from moeviz.data.json_records import json_record
from moeviz.data.packages import read_files
from moeviz.data.picking import unseen
from moeviz.data.real_text import REAL_DOMAINS, real_passages
from moeviz.data.sources import SOURCES
from moeviz.data.splits import Split, split_generated, split_real

GENERATED_CHARACTERS = 300_000

_LINES: Mapping[str, Callable[[Random], str]] = {
    "arithmetic": arithmetic_line,
    "json": json_record,
}


def domain_texts() -> dict[str, Split]:
    """The split text of every built-in domain, in the order of DOMAINS.

    Raises:
        PackageError: a package that text is read from is missing or of another version.
    """
    return {domain: _domain_text(domain) for domain in DOMAINS}


def fingerprint() -> str:
    """A digest of everything the texts are made from, without the work of making them.

    Generated text is a function of this package's source alone: the draws of `Random.random` are
    the same in every version of Python.

    Raises:
        PackageError: as `domain_texts` does.
    """
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    for source in SOURCES.values():
        for text in read_files(source.files):
            digest.update(text.encode())
    return digest.hexdigest()


def _domain_text(domain: str) -> Split:
    if domain in REAL_DOMAINS:
        return split_real(*real_passages(domain))
    random = Random(f"moeviz {domain}")
    draw = partial(unseen, partial(_LINES[domain], random), set())
    return split_generated(draw, GENERATED_CHARACTERS, joint="\n")
