"""Says what text the models are trained on, with origin and licence, as `data.sources` declares."""

from __future__ import annotations

from moeviz.data.sources import SOURCES
from moeviz.texts import strings
from moeviz.ui.shared.tables import markdown_table

_HEAD = strings(__file__)["head"]


def training_text() -> str:
    """A Markdown table of the built-in domains."""
    rows = [(domain, source.origin) for domain, source in SOURCES.items()]
    return markdown_table((_HEAD["domain"], _HEAD["origin"]), rows, words=2)
