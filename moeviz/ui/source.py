"""The real source of a function or class, read from the package without importing what it needs."""

from __future__ import annotations

import ast
import functools
import importlib.util
from pathlib import Path


@functools.cache
def source_of(module: str, name: str) -> str:
    """The source lines of a top-level definition.

    Raises:
        LookupError: the module has no such definition.
    """
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise LookupError(f"no module {module}")
    text = Path(found.origin).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return ast.get_source_segment(text, node) or ""
    raise LookupError(f"no {name} in {module}")
