"""Explains the page's links to the glossary where they stand, by hover, keyboard and touch."""

from __future__ import annotations

from moeviz.ui.components import assets

_mount = assets.component("terms")


def terms(*, key: str) -> None:
    """From now on each link to a term shows the term's sentence, in prose and in components."""
    _mount(key=key, data={})
