"""The texts of the built-in domains, each divided into training and held-out text.

The same on every run of one Python version. Knows nothing of tokens.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from moeviz.data.arithmetic import arithmetic_line
from moeviz.data.domains import DOMAINS
from moeviz.data.french import french_story
from moeviz.data.german import german_story
from moeviz.data.json_records import json_record
from moeviz.data.natural_text import english_prose, python_source
from moeviz.data.picking import unseen
from moeviz.data.splits import Split, split_generated, split_real

GENERATED_CHARACTERS = 300_000

_REAL: dict[str, Callable[[], str]] = {"python": python_source, "english": english_prose}
_LINES: dict[str, Callable[[Random], str]] = {
    "arithmetic": arithmetic_line,
    "json": json_record,
}
_STORIES: dict[str, Callable[[Random, set[str]], str]] = {
    "french": french_story,
    "german": german_story,
}


def domain_texts() -> dict[str, Split]:
    """The split text of every built-in domain, in the order of DOMAINS."""
    return {domain: _domain_text(domain) for domain in DOMAINS}


def fingerprint() -> str:
    """A digest of everything the texts are made from, without the work of making them.

    Generated text is a function of this package's source and of `random`, whose draws are fixed
    within one Python version.
    """
    digest = hashlib.sha256(sys.version.encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    for read in _REAL.values():
        digest.update(read().encode())
    return digest.hexdigest()


def _domain_text(domain: str) -> Split:
    if domain in _REAL:
        return split_real(_REAL[domain]())
    random = Random(f"moeviz {domain}")
    seen: set[str] = set()
    if domain in _STORIES:
        draw = partial(_STORIES[domain], random, seen)
    else:
        draw = partial(unseen, partial(_LINES[domain], random), seen)
    return split_generated(draw, GENERATED_CHARACTERS, joint="\n")
