"""The strings that a reader sees: of pages, components, texts, tables, README and command line."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_NAME = re.compile(r"[\w./-]*")
VALUE = "…"
"""What stands for a value that is filled in."""


def shown_files() -> list[Path]:
    """Every file of the package, its pages and its documents that holds a string for a reader."""
    found = [ROOT / "README.md", ROOT / "app.py", ROOT / ".streamlit" / "config.toml"]
    for folder in ("moeviz", "pages", "docs"):
        for suffix in ("py", "js", "html", "md", "toml", "yaml", "json"):
            found += sorted((ROOT / folder).rglob(f"*.{suffix}"))
    return found


def shown_strings(path: Path) -> Iterator[str]:
    """The strings of a file that a reader may see, by its kind."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            yield from in_python(text)
        case ".js":
            yield from in_javascript(text)
        case ".toml":
            yield from in_data(tomllib.loads(text))
        case ".json":
            yield from in_data(json.loads(text))
        case ".md":
            yield from in_markdown(text)
        case _:
            yield text


def shown_sources() -> list[tuple[str, str]]:
    """(module, name) of each function whose source a page shows."""
    found = set()
    for folder in ("moeviz/ui", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Tuple(elts=[ast.Constant(value=str(a)), ast.Constant(value=str(b))]):
                        if a.startswith("moeviz.") and not b.startswith("moeviz."):
                            found.add((a, b))
    return sorted(found)


def told_in(source: str) -> Iterator[str]:
    """The docstrings and comments of a source that is shown."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def names_in(source: str) -> Iterator[str]:
    """The words of each name in a source that is shown: "slot case" of `slot_case`, `SlotCase`."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", token.string)


def in_python(source: str) -> Iterator[str]:
    """All strings but docstrings and the names of things in the code.

    What is put together in the code, from parts or with values filled in, is one string.
    """
    module = ast.parse(source)
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    beside = {
        id(each.value)
        for node in ast.walk(module)
        if isinstance(node, documented)
        for each in node.body
        if isinstance(each, ast.Expr)
    }
    beside |= {id(each) for node in module.body for each in _exported(node)}
    for node in _tops(module):
        text = joined(node)
        if text and id(node) not in beside and not _is_name(text):
            yield text


def _exported(node: ast.stmt) -> list[ast.expr]:
    """The names in a module's `__all__`."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
            return names
    return []


def _tops(node: ast.AST) -> Iterator[ast.expr]:
    """Every string expression that is no part of a larger one; then those inside its values."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and joined(child) is not None:
            yield child
            for value in ast.walk(child):
                if isinstance(value, ast.FormattedValue):
                    yield from _tops(value)
        else:
            yield from _tops(child)


def joined(node: ast.expr) -> str | None:
    """The text of a string, "…" for each value in it; None for what is no string."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(joined(each) or VALUE for each in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [joined(left), joined(right)]
            return None if parts == [None, None] else "".join(each or VALUE for each in parts)
    return None


def _is_name(text: str) -> bool:
    """What only a program reads: an address, a path, or words joined by other than blanks."""
    return bool(_NAME.fullmatch(text)) and not re.fullmatch(r"[A-Za-z]+", text)


def in_javascript(source: str) -> Iterator[str]:
    """All strings but names, in whatever quotes."""
    for text in _strings_of(source):
        if text and not _is_name(text):
            yield text


_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"""|(?P<template>`)"""
    r"""|(?P<regex>(?:(?<=[(,=:\[!&|?{};>])|(?<=return))\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/)"""
    r"""|(?P<open>\{)|(?P<close>\})""",
    re.DOTALL,
)


def _strings_of(source: str) -> Iterator[str]:
    """The strings of JavaScript; one with values has "…" for each, and what is in these follows."""
    yield from _code(source, 0, [])[0]


def _code(source: str, place: int, found: list[str]) -> tuple[list[str], int]:
    """The strings of code from a place on, up to the brace that closes it, and where that is."""
    depth = 0
    while token := _TOKEN.search(source, place):
        place = token.end()
        match token.lastgroup:
            case "string":
                found.append(token[0][1:-1])
            case "template":
                place = _template(source, place, found)
            case "open":
                depth += 1
            case "close":
                depth -= 1
                if depth < 0:
                    return found, place
    return found, len(source)


def _template(source: str, place: int, found: list[str]) -> int:
    """Note a template string that begins here, and those in its values; returns its end."""
    text, inside = "", []
    while part := re.compile(r"\\.|`|\$\{|[^`\\$]+|\$", re.DOTALL).match(source, place):
        place = part.end()
        if part[0] == "`":
            break
        if part[0] == "${":
            text += VALUE
            _, place = _code(source, place, inside)
        else:
            text += part[0]
    found += [text, *inside]
    return place


_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_BESIDE_CODE = re.compile(r"(?: {2,}|^# )(?:# )?(\S.*)$", re.MULTILINE)
"""A comment, or a column at a distance: what a command or a folder is for."""


def in_markdown(text: str) -> Iterator[str]:
    """Its paragraphs and the words beside its code, without code and the targets of links."""
    for fence in _FENCE.findall(text):
        yield " ".join(_BESIDE_CODE.findall(fence))
    text = _FENCE.sub("", text)
    text = re.sub(r"`[^`\n]*`", "", text)
    yield from re.split(r"\n\s*\n", re.sub(r"\]\([^)\s]*\)", "]", text))


def in_data(data: Any) -> Iterator[str]:
    """All values, and the keys that are labels: those of more than one word or with a capital."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            if not _NAME.fullmatch(key) or re.fullmatch(r"[A-Z][a-z]+", key):
                yield key
            yield from in_data(value)
    elif isinstance(data, list):
        for each in data:
            yield from in_data(each)
