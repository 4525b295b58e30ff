"""A page's prose is read from the Markdown beside it, its figures filled in and none forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from moeviz.texts import fill, fill_all, filled, page_texts, say_from, strings
from tests.shown import ROOT

PAGE = """# Memory

All {{n}} experts are stored.

## How this is computed
In closed form.

More of it.

## try: Two experts
?experts={{n}}&k=1&like=a b

Look at the total.
"""


@pytest.fixture
def module(tmp_path):
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "page.toml").write_text('[total]\nlabel = "Total"\n', encoding="utf-8")
    return str(tmp_path / "page.py")


def test_title_idea_sections_and_experiments_are_read(module):
    texts = page_texts(module, n="8")
    assert (texts.title, texts.idea) == ("Memory", "All 8 experts are stored.")
    assert texts["How this is computed"] == "In closed form.\n\nMore of it."
    (experiment,) = texts.experiments
    assert (experiment.title, experiment.story) == ("Two experts", "Look at the total.")
    assert experiment.query == {"experts": "8", "k": "1", "like": "a b"}


def test_a_section_that_is_not_there_is_an_error(module):
    with pytest.raises(KeyError, match="Answer"):
        page_texts(module, n="8")["Answer"]


@pytest.mark.parametrize("figures", [{}, {"n": "8", "m": "2"}])
def test_a_figure_without_a_value_or_a_place_is_named(module, figures):
    with pytest.raises(ValueError, match=r"page\.md.*\['n'\].*\[\]|page\.md.*\[\].*\['m'\]"):
        page_texts(module, **figures)


def test_formulas_keep_their_braces():
    assert filled(r"$\frac{1}{E}$ {{n}}", "a", {"n": "8"}) == r"$\frac{1}{E}$ 8"


def test_a_string_of_a_table_is_said_with_its_figures(tmp_path):
    table = tmp_path / "queue.toml"
    table.write_text("""[full]\nslots = "All {{slots}} slots are taken."\n""", encoding="utf-8")
    say = say_from(str(tmp_path / "queue.py"))
    assert say("full.slots", slots=5) == "All 5 slots are taken."
    with pytest.raises(ValueError, match=r"queue\.toml, full\.slots.*slots"):
        say("full.slots")
    with pytest.raises(KeyError, match="empty"):
        say("empty")


def test_a_table_of_strings_is_read(module):
    assert strings(module)["total"]["label"] == "Total"


def test_several_strings_share_their_figures():
    texts = {"label": "E = {{n}}", "source": "k = {{k}} of {{n}}", "formula": "k / E"}
    assert fill_all(texts, n="8", k="2") == {
        "label": "E = 8", "source": "k = 2 of 8", "formula": "k / E",
    }  # fmt: skip
    for figures in ({"n": "8"}, {"n": "8", "k": "2", "m": "1"}):
        with pytest.raises(ValueError, match=r"\['k'\]|\['m'\]"):
            fill_all(texts, **figures)


def test_a_short_string_is_filled_or_names_itself():
    assert fill("B = {{b}}", b="2") == "B = 2"
    with pytest.raises(ValueError, match="B = "):
        fill("B = {{b}}")


def said(source: str) -> Iterator[tuple[str, set[str] | None]]:
    """Each `say("name", figure=…)` of a source: the name and its figures; None where `**` hides."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            name = node.args[0]
            if isinstance(name, ast.Constant):
                figures = {each.arg for each in node.keywords}
                yield name.value, None if None in figures else figures


SPEAKERS = [
    path
    for path in sorted((ROOT / "moeviz").rglob("*.py"))
    if "say_from(__file__)" in path.read_text()
]


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_string_that_a_module_says_is_in_its_table_with_the_figures_that_it_gives(path):
    calls = list(said(path.read_text(encoding="utf-8")))
    assert calls
    for name, figures in calls:
        text = strings(str(path))
        for part in name.split("."):
            text = text[part]
        wanted = set(re.findall(r"\{\{(\w+)\}\}", text))
        assert figures is None or figures == wanted, name


def test_a_call_without_its_figure_is_found():
    source = 'say("a", n=1)\nsay("b.c", **more)\nsay(name)\nsay("d")\n'
    assert list(said(source)) == [("a", {"n"}), ("b.c", None), ("d", set())]
