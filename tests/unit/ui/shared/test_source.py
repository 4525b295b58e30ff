"""A page shows the very source that runs."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path

import pytest

from moeviz.model.experts import Experts
from moeviz.routing import losses
from moeviz.ui.shared.source import code_of, source_of

ROOT = Path(__file__).parents[4]


def test_the_source_of_a_function_is_what_python_runs():
    shown = source_of("moeviz.routing.losses", "load_balancing_loss")
    running = inspect.unwrap(losses.load_balancing_loss)
    assert shown == inspect.getsource(running).strip()


def test_the_source_of_a_class_is_the_whole_class():
    shown = source_of("moeviz.model.feed_forward", "MoEFeedForward")
    assert shown.startswith("class MoEFeedForward")
    assert "def forward" in shown


def test_the_source_of_a_method_stands_at_the_margin():
    shown = source_of("moeviz.model.experts", "Experts.forward")
    running = inspect.unwrap(Experts.forward)
    assert shown == textwrap.dedent(inspect.getsource(running)).strip()


def test_code_is_the_source_without_its_docstring():
    shown = code_of("moeviz.model.experts", "Experts.forward")
    assert '"""' not in shown
    assert ast.dump(ast.parse(shown)) == ast.dump(without_docstring(Experts.forward))
    bare = code_of("moeviz.model.experts", "Experts._activate")
    assert bare.startswith(source_of("moeviz.model.experts", "Experts._activate"))


def without_docstring(function) -> ast.Module:
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    del tree.body[0].body[0]
    return tree


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("moeviz.routing.losses", "no_such"),
        ("moeviz.no_such", "f"),
        ("moeviz.model.experts", "Experts.no_such"),
        ("moeviz.model.experts", "NoSuch.forward"),
    ],
)
def test_what_does_not_exist_is_refused(module, name):
    with pytest.raises(LookupError):
        source_of(module, name)


def test_reading_a_source_does_not_run_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    text = "raise SystemExit\n\n\ndef one():\n    return 1\n"
    (tmp_path / "module_that_ends_the_process.py").write_text(text)
    shown = source_of("module_that_ends_the_process", "one")
    assert shown == "def one():\n    return 1"


def test_every_source_that_a_page_shows_exists():
    shown = [
        (pair.elts[0].value, pair.elts[1].value)
        for folder in (ROOT / "pages", ROOT / "moeviz" / "ui")
        for path in folder.rglob("*.py")
        for pair in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(pair, ast.Tuple)
        and len(pair.elts) == 2
        and all(isinstance(each, ast.Constant) for each in pair.elts)
        and [str(each.value).startswith("moeviz.") for each in pair.elts] == [True, False]
    ]
    assert shown
    for module, name in shown:
        assert source_of(module, name)
