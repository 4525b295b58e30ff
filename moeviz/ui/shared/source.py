"""The real source of a function or class, read from the package without importing what it needs."""

from __future__ import annotations

import ast
import functools
import importlib.util
import textwrap
from pathlib import Path


@functools.cache
def source_of(module: str, name: str) -> str:
    """The source lines of a top-level definition, or of a method: "Experts.forward".

    A method comes with its own indentation taken away.

    Raises:
        LookupError: the module has no such definition.
    """
    text = _text_of(module)
    return textwrap.dedent(ast.get_source_segment(text, _found(module, name), padded=True) or "")


@functools.cache
def code_of(module: str, name: str) -> str:
    """The source lines without the docstring, for where there is little room."""
    node = _found(module, name)
    lines = _text_of(module).splitlines()[node.lineno - 1 : node.end_lineno]
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        del lines[first.lineno - node.lineno : (first.end_lineno or first.lineno) - node.lineno + 1]
    return textwrap.dedent("\n".join(lines))


@functools.cache
def _text_of(module: str) -> str:
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise LookupError(f"no module {module}")
    return Path(found.origin).read_text(encoding="utf-8")


def _found(module: str, name: str) -> ast.FunctionDef | ast.ClassDef:
    body: list[ast.stmt] = ast.parse(_text_of(module)).body
    *classes, last = name.split(".")
    for part in classes:
        outer = _defined(part, body)
        body = outer.body if outer else []
    node = _defined(last, body)
    if node is None:
        raise LookupError(f"no {name} in {module}")
    return node


def _defined(name: str, body: list[ast.stmt]) -> ast.FunctionDef | ast.ClassDef | None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node
    return None
