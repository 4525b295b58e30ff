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
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise LookupError(f"no module {module}")
    text = Path(found.origin).read_text(encoding="utf-8")
    body: list[ast.stmt] = ast.parse(text).body
    segment = ""
    for part in name.split("."):
        node = _defined(part, body)
        if node is None:
            raise LookupError(f"no {name} in {module}")
        body, segment = node.body, ast.get_source_segment(text, node, padded=True) or ""
    return textwrap.dedent(segment)


def _defined(name: str, body: list[ast.stmt]) -> ast.FunctionDef | ast.ClassDef | None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node
    return None
