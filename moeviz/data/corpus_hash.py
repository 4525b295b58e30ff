"""Hashes of the built-in texts, so that what was trained or measured knows on which text.

They are the same on every machine that has the pinned packages. A recording keeps the hashes by
domain and asks `difference` about them later. Knows neither files nor tokens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from moeviz.data.splits import Split


def domain_hashes(texts: Mapping[str, Split]) -> dict[str, str]:
    """SHA-256 of each domain's training and held-out text, in hexadecimal digits."""
    return {
        domain: _hash(f"{_hash(split.train)} {_hash(split.held_out)}")
        for domain, split in texts.items()
    }


def corpus_hash(hashes: Mapping[str, str]) -> str:
    """SHA-256 of the whole corpus, from those of its domains, in their order."""
    return _hash("\n".join(f"{domain} {each}" for domain, each in hashes.items()))


def difference(hashes: Mapping[str, str], recorded: Mapping[str, str]) -> str:
    """Which domains differ from the recorded ones, as a sentence; empty when none does."""
    changed = [d for d in hashes if d in recorded and hashes[d] != recorded[d]]
    kinds = {
        "changed": changed,
        "new": [d for d in hashes if d not in recorded],
        "missing": [d for d in recorded if d not in hashes],
    }
    found = [f"{kind}: {', '.join(domains)}" for kind, domains in kinds.items() if domains]
    return f"The training text differs from the recorded one ({'; '.join(found)})." if found else ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
