"""`python -m moeviz methods`: every router and balancer that the lab can train with.

Reads the registries, which need no torch. Knows nothing of models or of training.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS

REGISTRIES: Mapping[str, Mapping[str, Any]] = {"routers": ROUTERS, "balancers": BALANCERS}

FIELDS = ("name", "title", "formula", "description", "source", "used_by", "causal")
"""What both kinds say of themselves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Only how the list is written."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print the list; 0."""
    print(json.dumps(listed(), indent=2) if options.json else _plain())  # noqa: T201
    return 0


def listed() -> dict[str, list[dict[str, Any]]]:
    """All methods by kind; a balancer also says its usual strengths and its values at the ends."""
    return {
        kind: [_said(each) for each in methods.values()] for kind, methods in REGISTRIES.items()
    }


def _said(method: Any) -> dict[str, Any]:
    more = ("defaults", "at_even", "at_collapse")
    said = {name: getattr(method, name) for name in FIELDS} | {"knobs": method.reads}
    return said | {name: getattr(method, name) for name in more if hasattr(method, name)}


def _plain() -> str:
    lines = []
    for kind, methods in REGISTRIES.items():
        lines.append(f"{kind.capitalize()} (--{kind[:-1]} NAME of `train`)")
        width = max(map(len, methods))
        for each in methods.values():
            lines.append(f"  {each.name:{width}}  {each.title}. {each.source}.")
    return "\n".join(lines)
