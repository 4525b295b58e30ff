"""A page's prose is read from the Markdown beside it, its figures filled in and none forgotten."""

from __future__ import annotations

import pytest

from moeviz.texts import fill, fill_all, filled, page_texts, say_from, strings

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
