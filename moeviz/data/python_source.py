"""Takes the docstrings out of Python source. Parses it, never runs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def without_docstrings(source: str) -> str:
    """The source without docstrings, as lines; `pass` where a body was nothing but one.

    Any string that is a statement counts: one below an assignment documents it.
    """
    lines = source.splitlines()
    for statement, alone in reversed(list(_strings(ast.parse(source)))):
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        lines[first:last] = [" " * statement.col_offset + "pass"] if alone else []
    return "\n".join(lines)


def _strings(node: ast.AST) -> Iterator[tuple[ast.stmt, bool]]:
    """Statements that are strings on lines of their own, from top to bottom.

    Each with whether it is all that its definition holds.
    """
    definition = node if isinstance(node, _Definition) else None
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant(value=str())):
                if not definition or child.lineno > definition.lineno:
                    yield child, bool(definition and len(definition.body) == 1)
            case ast.stmt() | ast.ExceptHandler():
                yield from _strings(child)
