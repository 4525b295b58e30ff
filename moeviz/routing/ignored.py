"""Which knobs a step leaves unread for what the others say, and why: so that controls can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.routing.balancing import BALANCING_METHODS


def ignored_knobs(knobs: Mapping[str, Any]) -> dict[str, str]:
    """The knobs without effect beside these values, each with the reason as half a sentence."""
    readers: dict[str, list[str]] = {}
    for method in BALANCING_METHODS.values():
        for name in method.knobs:
            readers.setdefault(name, []).append(f'"{method.title}"')
    read = BALANCING_METHODS[knobs["method"]].knobs
    ignored = {
        name: f"only {' or '.join(titles)} reads it"
        for name, titles in readers.items()
        if name not in read
    }
    if knobs["capacity_factor"] is None:
        ignored["drop_policy"] = "without a capacity factor no token is dropped"
    if knobs["n_groups"] == 1:
        ignored["kept_groups"] = "one group of experts leaves no choice among groups"
    return ignored
