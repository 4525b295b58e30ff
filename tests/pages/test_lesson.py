"""What stands below a page's live thing: sent only while its expander is open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moeviz.data.sources import SOURCES
from moeviz.glossary import link
from moeviz.records import MEASURES
from moeviz.routing.balancers import BALANCERS
from moeviz.ui.shared.lesson import ANSWER, HOW, PICTURE_DRAWN
from moeviz.ui.shared.navigation import LAB, PAGES, START
from tests.called import called_in_a_training_step, sources_said_computed, sources_said_live
from tests.pages.mounted import report
from tests.pages.visit import open_doors, visit

FILES = [Path(each.file) for each in PAGES]
ASK_A_MODEL = {"capacity", "conventions"}
"""Their pictures need a real model, which this engine has not; below them all pages are alike."""

NONE = {"runs", "glossary"}
LESSONS = [each for each in FILES if each.stem not in ASK_A_MODEL | NONE]


def inside(app, label: str):
    (found,) = [each for each in app.expander if each.label == label]
    return found


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_closed_expander_sends_nothing_and_an_open_one_all(app, page):
    visit(app, str(page))
    assert not inside(app, "How this is computed").children
    assert not inside(app, "Reveal the answer").children
    open_doors(app, HOW, ANSWER)
    assert inside(app, "How this is computed").markdown
    assert len(inside(app, "Reveal the answer").markdown) == 1


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_the_question_is_visible_and_its_answer_is_not(app, page):
    visit(app, str(page))
    asked = app.markdown[[each.value for each in app.markdown].index("## In an interview") + 1]
    assert asked.value.endswith("Say your answer aloud first, then compare.")
    assert not inside(app, "Reveal the answer").children


def test_the_source_is_the_one_that_the_model_runs(app):
    visit(app, START)
    open_doors(app, HOW)
    (layer, chosen) = inside(app, "How this is computed").code
    assert layer.value.startswith("class MoEFeedForward")
    assert chosen.value.startswith("def select_experts")


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_source_is_called_the_running_models_only_where_a_training_step_calls_it(app, page):
    visit(app, str(page))
    open_doors(app, HOW)
    how = inside(app, "How this is computed")
    texts = [each.value for each in how.markdown]
    live, computed = sources_said_live(texts), sources_said_computed(texts)
    assert len(live | computed) == len(how.code)
    assert live <= called_in_a_training_step()
    assert bool(live) == (str(page) in (START, LAB))


def test_the_lab_lists_each_balancing_method_with_its_formula(app):
    visit(app, LAB)
    open_doors(app, HOW)
    formulas = [each.value for each in inside(app, "How this is computed").latex]
    assert len(formulas) == len(BALANCERS)
    for method in BALANCERS.values():
        assert any(method.formula in each for each in formulas)


def test_each_row_of_the_labs_measures_has_a_cell_for_each_title(app):
    visit(app, LAB)
    open_doors(app, HOW)
    texts = [each.value for each in inside(app, "How this is computed").markdown]
    (table,) = [each for each in texts if each.startswith("| Measure")]
    head, _, *rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.split("\n")]
    assert len(rows) == len(MEASURES)
    for row, metric in zip(rows, MEASURES, strict=True):
        assert len(row) == len(head), row
        assert row[0].strip() == link(metric.label)
        assert row[2].strip() == metric.definition


@pytest.mark.parametrize("page", [START, LAB])
def test_what_stands_below_a_live_picture_waits_for_the_browsers_word(app, page):
    app.session_state[PICTURE_DRAWN] = False
    visit(app, page)
    assert not app.expander
    report(app, "first_picture", drawn=True)
    assert "Reveal the answer" in [each.label for each in app.expander]


SHOWS_TERMS = {"check", "lab_stage", "routing_stage", "start_stage"}
"""Components that make links of the terms in their texts."""


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_term_is_a_link_in_markdown_and_nowhere_markup(app, page):
    visit(app, str(page))
    open_doors(app, HOW, ANSWER)
    links = [each.value for each in app.markdown if "](glossary?term=" in each.value]
    assert links
    assert not [each.value for each in app.markdown if "[[" in each.value]
    plain = [each.value for each in app.text] + [
        each.proto.json
        for each in app.get("bidi_component")
        if each.proto.component_name.removeprefix("moeviz_") not in SHOWS_TERMS
    ]
    assert not [each for each in plain if "glossary?term=" in each]
    labels = [getattr(each, "label", "") or "" for each in app.main]
    assert not [each for each in labels if "glossary?term=" in each or "[[" in each]


def test_the_lab_says_origin_and_licence_of_each_domain(app):
    visit(app, LAB)
    open_doors(app, HOW)
    said = "\n".join(each.value for each in inside(app, "How this is computed").markdown)
    for domain, source in SOURCES.items():
        assert f"| {domain} | {source.origin} |" in said
        for package in source.packages:
            assert f"{package.name} {package.version} ({package.licence})" in source.origin
