"""The strings that a reader sees: of pages, components, texts, tables, README and command line."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_NAME = re.compile(r"[\w./-]+")
OTHER_LANGUAGES = {
    "german_words.py",
    "german.py",
    "german_grammar.py",
    "french_words.py",
    "french.py",
}
"""Corpora that a model learns from, not sentences for a reader."""


def shown_files() -> list[Path]:
    """Every file of the package, its pages and its documents that holds a string for a reader."""
    found = [ROOT / "README.md", ROOT / "app.py", ROOT / ".streamlit" / "config.toml"]
    for folder in ("moeviz", "pages", "docs"):
        for suffix in ("py", "js", "html", "md", "toml", "yaml", "json"):
            found += sorted((ROOT / folder).rglob(f"*.{suffix}"))
    return [path for path in found if path.name not in OTHER_LANGUAGES]


def shown_strings(path: Path) -> Iterator[str]:
    """The strings of a file that a reader may see, by its kind."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            yield from in_python(text)
        case ".js":
            yield from in_javascript(text)
        case ".toml":
            yield from _in_data(tomllib.loads(text))
        case ".json":
            yield from _in_data(json.loads(text))
        case ".md":
            yield from in_markdown(text)
        case _:
            yield text


def in_python(source: str) -> Iterator[str]:
    """All strings but docstrings and the names of things in the code."""
    module = ast.parse(source)
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    beside = {
        id(each.value)
        for node in ast.walk(module)
        if isinstance(node, documented)
        for each in node.body
        if isinstance(each, ast.Expr)
    }
    for node in ast.walk(module):
        string = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if string and id(node) not in beside and not re.fullmatch(r"[\w.]+", node.value):
            yield node.value


def in_javascript(source: str) -> Iterator[str]:
    """All strings of more than one word."""
    code = re.sub(r"^\s*(//|/?\*).*$", "", source, flags=re.MULTILINE)
    for _, text in re.findall(r"""([`"])((?:\\.|(?!\1).)*)\1""", code, re.DOTALL):
        if not _NAME.fullmatch(text):
            yield text


def in_markdown(text: str) -> Iterator[str]:
    """Its paragraphs, without code between backticks and without the targets of links."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    yield from re.split(r"\n\s*\n", re.sub(r"\]\([^)\s]*\)", "]", text))


def _in_data(data: Any) -> Iterator[str]:
    """Strings of more than one word among the values; keys are names."""
    if isinstance(data, str):
        if not _NAME.fullmatch(data):
            yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from _in_data(each)
