"""`python -m moeviz count`: what the model of a configuration file has, in exact integers.

Imports neither torch nor numpy, so that the answer is there at once. Knows nothing of training.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moeviz.accounting.config_json import MAX_BYTES, ImportedModel, read_config_json
from moeviz.accounting.kv_cache import TWO_SIDED, elements_per_token
from moeviz.accounting.parameters import ACTIVE_CONVENTIONS, parameter_count
from moeviz.accounting.parts import GroupedQueryAttention, LatentAttention
from moeviz.analysis.cost.reading_words import reading_words
from moeviz.config import ConfigError

_WINDOWED = (
    "Layers with a window count in full in kv_cache_elements_per_token: past the window it is an "
    "upper bound."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and the form of the answer."""
    parser.add_argument("file", metavar="FILE", help="a config.json, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print what the file describes; ConfigError where it cannot be read."""
    model = read_config_json(_text(options.file))
    shown = json.dumps(_figures(model)) if options.json else "\n".join(_table(model))
    print(shown, flush=True)  # noqa: T201
    return 0


def _figures(model: ImportedModel) -> dict[str, Any]:
    """The figures by name, in `notes` what they leave out, and how the file was read."""
    found = parameter_count(model.architecture)
    return {
        "model_type": model.model_type,
        "total": found.total,
        "active": found.active,
        "components": found.components,
        "kv_cache_elements_per_token": elements_per_token(model.architecture),
        "defaults": model.reading.defaults,
        "renamed": model.reading.renamed,
        "overruled": [dataclasses.asdict(each) for each in model.reading.overruled],
        "unread": model.reading.unread,
        "weights_as": model.weights_as,
        "notes": [
            *model.notes,
            *([_WINDOWED] if _has_windows(model) else []),
            *([TWO_SIDED] if model.architecture.two_sided else []),
        ],
    }


def _table(model: ImportedModel) -> Iterator[str]:
    """Components with what is stored and what a token meets, then the totals and the notes."""
    found, figures = parameter_count(model.architecture), _figures(model)
    width = max(len(name) for name in (*found.components, *ACTIVE_CONVENTIONS))
    digits = len(f"{found.total:,}")
    yield f"{model.model_type}, {model.architecture.n_layers} layers"
    yield f"{'':{width}}  {'stored':>{digits}}  {'active':>{digits}}"
    for name, stored in found.components.items():
        met = found.active_components[name]
        yield f"{name:{width}}  {stored:>{digits},}  {met:>{digits},}"
    yield f"{'total':{width}}  {found.total:>{digits},}  {found.active['all']:>{digits},}"
    for convention, meaning in ACTIVE_CONVENTIONS.items():
        if convention != "all":
            number = found.active[convention]
            yield f"{convention:{width}}  {'':{digits}}  {number:>{digits},}  {meaning}"
    yield f"KV cache: {figures['kv_cache_elements_per_token']:,} elements a token"
    yield from figures["notes"]
    yield from reading_words(model.reading)


def _has_windows(model: ImportedModel) -> bool:
    return any(
        isinstance(part, GroupedQueryAttention | LatentAttention) and part.window is not None
        for stack in model.architecture.stacks
        for part in stack.parts
    )


def _text(path: str) -> str:
    """At most one byte more than is accepted is read, also of what has no end."""
    try:
        if path == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError("file", path, f"a readable file ({reason})") from None
    if len(content) > MAX_BYTES:
        raise ConfigError("file", path, f"at most {MAX_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("file", path, "UTF-8 text, as JSON is") from None
