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

from moeviz.accounting.config_json import ImportedModel, NotCounted, read_config_json
from moeviz.accounting.config_text import MAX_BYTES
from moeviz.accounting.kv_cache import TWO_SIDED, elements_per_token
from moeviz.accounting.parameters import ACTIVE_CONVENTIONS, parameter_count
from moeviz.accounting.parts import GroupedQueryAttention, LatentAttention
from moeviz.analysis.cost.reading_words import reading_words
from moeviz.analysis.cost.with_transformers import (
    NotBuilt,
    build,
    checked_words,
    differences,
    instantiated_words,
    named_model,
)
from moeviz.config import ConfigError, Unquoted

_WINDOWED = (
    "Layers with a window count in full in kv_cache_elements_per_token: past the window it is an "
    "upper bound."
)

_BUILD_IT = "With --check it is counted by building it, where transformers has its class."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and the form of the answer."""
    parser.add_argument("file", metavar="FILE", help="a config.json, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--check", action="store_true",
        help="build the same model with transformers, without memory, and compare by component; "
        "a family without a closed form is counted this way",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Print what the file describes; ConfigError where it cannot be read.

    Returns 1 where a check was asked for and found a difference, or could not be made.
    """
    text = _text(options.file)
    try:
        model = read_config_json(text)
    except ConfigError as error:
        file = named_model(text)
        if file is None or not options.check:
            no_closed_form = file is not None and error.field == "model_type"
            raise NotCounted(error, _BUILD_IT) if no_closed_form else error from None
        return _instantiated(file, error, options.json)
    figures, lines, code = _figures(model), list(_table(model)), 0
    if options.check:
        code = _check(json.loads(text), model, figures, lines)
    print(_as_json(figures) if options.json else "\n".join(lines), flush=True)  # noqa: T201
    return code


def _check(
    file: dict[str, Any], model: ImportedModel, figures: dict[str, Any], lines: list[str]
) -> int:
    """Adds the verdict to both forms of the answer."""
    try:
        built = build(file)
    except NotBuilt as error:
        figures["check"] = {"refused": str(error)}
        lines.append(f"Not checked with transformers: {error}")
        return 1
    found = differences(model.architecture, built)
    figures["check"] = {
        "transformers": built.version,
        "class": built.class_name,
        "equal": not found,
        "differences": {name: {"counted": a, "built": b} for name, (a, b) in found.items()},
        "not_counted": built.towers,
    }
    lines += checked_words(model.architecture, built)
    return 1 if found else 0


def _instantiated(file: dict[str, Any], error: ConfigError, as_json: bool) -> int:
    """Of a file that no closed form here reads: what transformers builds, and that it did."""
    try:
        built = build(file)
    except NotBuilt as reason:
        raise NotCounted(error, f"Not built either: {reason}.") from None
    refused = str(error).removesuffix(".")
    notes = [f"No closed form reads this file: {refused}.", *instantiated_words(built)]
    figures = {
        "model_type": file["model_type"],
        "total": built.total,
        "components": built.components,
        "counted_by": "instantiation",
        "not_counted": built.towers,
        "unread": built.unread,
        "notes": notes,
    }
    width, digits = max(map(len, built.components)), len(f"{built.total:,}")
    rows = [f"{name:{width}}  {n:>{digits},}" for name, n in built.components.items()]
    total = f"{'total':{width}}  {built.total:>{digits},}"
    shown = _as_json(figures) if as_json else "\n".join((*rows, total, *notes))
    print(shown, flush=True)  # noqa: T201
    return 0


def _as_json(figures: dict[str, Any]) -> str:
    """One object; NaN and infinity, which files have and JSON has not, as texts."""
    return json.dumps(json.loads(json.dumps(figures), parse_constant=str), allow_nan=False)


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
    """Components with total and active parameters, then the totals and the notes."""
    found, figures = parameter_count(model.architecture), _figures(model)
    width = max(len(name) for name in (*found.components, *ACTIVE_CONVENTIONS))
    digits = len(f"{found.total:,}")
    yield f"{model.model_type}, {model.architecture.n_layers} layers"
    yield f"{'':{width}}  {'total':>{digits}}  {'active':>{digits}}"
    for name, total in found.components.items():
        active = found.active_components[name]
        yield f"{name:{width}}  {total:>{digits},}  {active:>{digits},}"
    yield f"{'total':{width}}  {found.total:>{digits},}  {found.active['all']:>{digits},}"
    for convention, meaning in ACTIVE_CONVENTIONS.items():
        if convention != "all":
            number = found.active[convention]
            yield f"{convention:{width}}  {'':{digits}}  {number:>{digits},}  {meaning}"
    yield f"KV cache: {figures['kv_cache_elements_per_token']:,} elements per token"
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
        raise ConfigError("file", Unquoted(f"more in {path!r}"), f"at most {MAX_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("file", path, "UTF-8 text, as JSON is") from None
