"""The titles that a reader sees: of pages, sections, experiments, figures, methods and tables."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.shown import ROOT, VALUE, joined

_HEADING = re.compile(r"^#{1,6} +(?:try: )?(.+?) *$", re.MULTILINE)
_JAVASCRIPT = re.compile(
    r"""\btitle: (["`])((?:\\.|(?!\1).)*)\1|\bel\("h\d", "[^"]*", "([^"]+)"\)"""
)


def titled_files() -> list[Path]:
    """Every file of the package and its pages that may hold a title."""
    return [
        path
        for folder in ("moeviz", "pages")
        for suffix in ("py", "js", "md", "toml")
        for path in sorted((ROOT / folder).rglob(f"*.{suffix}"))
    ]


def titles(path: Path) -> Iterator[str]:
    """The titles in a file, by its kind."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            yield from in_python(text)
        case ".js":
            yield from (found[2] or found[3] for found in _JAVASCRIPT.finditer(text))
        case ".md":
            yield from _HEADING.findall(text)
        case ".toml":
            yield from _in_table(tomllib.loads(text))


def in_python(source: str, places: Mapping[str, int] | None = None) -> Iterator[str]:
    """What is given as `title`, by name or by place, in calls, classes and tables; and headings.

    Args:
        places: which argument is the title, by the name of what is called.
    """
    places = title_places() if places is None else places
    for node in ast.walk(ast.parse(source)):
        for each in _titles_of(node, places):
            text = joined(each)
            if text and text != VALUE:
                yield text
        if isinstance(node, ast.Constant | ast.JoinedStr):
            yield from _HEADING.findall(joined(node) or "")


def _titles_of(node: ast.AST, places: Mapping[str, int]) -> Iterator[ast.expr]:
    match node:
        case ast.keyword(arg="title", value=found):
            yield found
        case ast.Assign(targets=[ast.Name(id="title")], value=found):
            yield found
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=given):
            yield from given[places[name] : places[name] + 1] if name in places else ()
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "title":
                    yield value


@functools.cache
def title_places() -> Mapping[str, int]:
    """The place of the argument `title` of each function and data class that has one."""
    places = {}
    for path in titled_files():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = _arguments(node)
                if "title" in names:
                    places[node.name] = names.index("title")  # type: ignore[attr-defined]
    return places


def _arguments(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(args=found):
            return [each.arg for each in found.args if each.arg not in ("self", "cls")]
        case ast.ClassDef(body=body):
            fields = [each.target for each in body if isinstance(each, ast.AnnAssign)]
            return [each.id for each in fields if isinstance(each, ast.Name)]
    return []


def _in_table(data: Any) -> Iterator[str]:
    """What is called "title"; in a table of help the entry of that name is a sentence."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "title" and isinstance(value, str):
                yield value.lstrip("# ")
            if not key.endswith("help"):
                yield from _in_table(value)
    elif isinstance(data, list):
        for each in data:
            yield from _in_table(each)
