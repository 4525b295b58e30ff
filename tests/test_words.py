"""Words that do not occur in what is shown: another, the field's own, says the same.

Held so far for the start page and the lab, for the walkthrough and its stage.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEVER = re.compile(
    r"\b(met|meets?|seats?|seated|twins?|bargain|nobody|so many|for none|as slow as|turned away|"
    r"whoever)\b",
    re.IGNORECASE,
)
STAGE = sorted((ROOT / "moeviz" / "ui" / "components" / "routing_stage").glob("*.js"))
WALKTHROUGH = [
    *sorted((ROOT / "moeviz" / "ui" / "walkthrough").glob("*.py")),
    ROOT / "moeviz" / "analysis" / "stage_scenes.py",
    ROOT / "pages" / "experiment" / "walkthrough.py",
]


def shown_in_python(source: str) -> Iterator[str]:
    """All strings but docstrings and the names of things in the code."""
    module = ast.parse(source)
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
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


def shown_in_javascript(source: str) -> Iterator[str]:
    """All strings of more than one word."""
    code = re.sub(r"^\s*(//|/?\*).*$", "", source, flags=re.MULTILINE)
    for _, text in re.findall(r"""([`"])((?:\\.|(?!\1).)*)\1""", code, re.DOTALL):
        if not re.fullmatch(r"[\w./-]+", text):
            yield text


LAB = [
    *sorted((ROOT / "moeviz" / "ui" / "lab").glob("*.py")),
    *(ROOT / "moeviz" / "analysis" / f"{name}.py" for name in ("experiments", "narration", "arms")),
    *(ROOT / "pages" / "experiment" / f"{name}.py" for name in ("start", "lab")),
    ROOT / "moeviz" / "config.py",
    ROOT / "moeviz" / "engine" / "stopping.py",
]
LIVE = [
    path
    for folder in ("live_run", "lab_stage", "start_stage", "load_bars", "live_charts", "shared")
    for path in sorted((ROOT / "moeviz" / "ui" / "components" / folder).glob("*.js"))
]
IN_THE_CODE = re.compile(r"\barms?\b", re.IGNORECASE)
"""On screen it is model A and model B."""


@pytest.mark.parametrize("path", LAB, ids=lambda path: path.name)
def test_a_model_is_called_a_model(path):
    said = shown_in_python(path.read_text(encoding="utf-8"))
    refused = "arms of different names", " arms"  # to whoever builds a run, no reader
    assert [text for text in said if IN_THE_CODE.search(text) and text not in refused] == []


@pytest.mark.parametrize("path", [*STAGE, *WALKTHROUGH, *LAB, *LIVE], ids=lambda path: path.name)
def test_what_is_shown_is_said_in_the_words_of_the_field(path):
    strings = shown_in_javascript if path.suffix == ".js" else shown_in_python
    said = list(strings(path.read_text(encoding="utf-8")))
    assert [text for text in said if NEVER.search(text)] == []


def test_the_strings_of_a_source_are_found():
    python = '"""Seats."""\ndef f():\n    """Met."""\n    g("seated", f"{a} seats left")\n'
    assert list(shown_in_python(python)) == [" seats left"]
    javascript = '// "no seat"\nf("seat.js", "no seat, dropped", `${n} \\` seats`);\n * "a seat"\n'
    assert list(shown_in_javascript(javascript)) == ["no seat, dropped", "${n} \\` seats"]
