"""The hash of each domain's text, kept so that no machine and no release changes it unseen.

    python -m tests.corpus_hashes

renews the file after a wanted change: of `moeviz/data/sources.toml`, a reader, a pinned package.
"""

from __future__ import annotations

import json
from pathlib import Path

from moeviz.data.corpus_hash import domain_hashes
from moeviz.data.texts import domain_texts

FILE = Path(__file__).parent / "fixtures" / "corpus_hashes.json"


def recorded_hashes() -> dict[str, str]:
    """By domain, as the file keeps them."""
    kept: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    return kept


if __name__ == "__main__":
    FILE.write_text(json.dumps(domain_hashes(domain_texts()), indent=2) + "\n", encoding="utf-8")
