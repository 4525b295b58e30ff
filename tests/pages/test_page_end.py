"""Every page ends with two graded checks, what can be explained now, and one way on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from moeviz.study.path import check_ids, next_page, path
from moeviz.ui.shared.navigation import LAB, MEMORY, PAGES
from tests.pages.mounted import data_of, report
from tests.pages.visit import visit
from tests.shown import ROOT

ASK_A_MODEL = {"capacity", "conventions"}
"""Their pictures need a real model, which this engine has not."""

ENDED = [page for page in PAGES if Path(page.file).stem not in ASK_A_MODEL]
each_page = pytest.mark.parametrize("page", ENDED, ids=lambda page: page.address or "start")


@each_page
def test_a_page_ends_with_what_can_be_explained_and_one_way_on(app, page):
    visit(app, page.file)
    ends = [each.value for each in app.markdown if each.value.startswith("You can now explain ")]
    assert len(ends) == 1
    follows = [each for each in app.get("page_link") if each.proto.label.startswith("Next: ")]
    (following,) = [each for each in PAGES if each.address == next_page(page.address)]
    assert [each.proto.label for each in follows] == [f"Next: {following.title}"]
    assert follows[0].proto.page == following.address
    assert [each["id"] for each in data_of(app, "check")] == list(check_ids(page.address))


@each_page
def test_the_path_is_shown_with_the_checks_that_each_page_asks(app, page):
    visit(app, page.file)
    (shown,) = data_of(app, "page_end")
    assert shown["here"] == page.address
    assert [each["address"] for each in shown["pages"]] == list(path())
    assert all(each["checks"] == list(check_ids(each["address"])) for each in shown["pages"])


def asked(app, check: str):
    (found,) = [each for each in data_of(app, "check") if each["id"] == check]
    return found


@pytest.mark.parametrize(
    ("answer", "right", "says"),
    [
        ("93.4 GB", True, "Right"),
        ("46.7", False, "one byte per parameter"),
        ("lots", None, "“lots” is not a number"),
        ("<img src=x onerror=alert(1)>", None, "“<img src=x"),
        ("", None, "Type a number first"),
        (None, None, "Type a number first"),
        ({"text": "93.4"}, None, "Type a number first"),
        (93.4, None, "Type a number first"),
        ("9" * 100_000, None, "is not a number"),
    ],
)
def test_an_answer_is_graded_and_nonsense_gets_a_sentence(app, answer, right, says):
    visit(app, MEMORY)
    assert asked(app, "weights-in-16-bits")["says"] == ""
    report(app, "check_weights-in-16-bits", answer=answer)
    said = asked(app, "weights-in-16-bits")
    assert (said["right"], said["seq"]) == (right, 1)
    assert says in said["says"]
    assert len(said["given"]) <= 60
    assert asked(app, "more-experts-more-cache")["seq"] == 0


def test_an_answer_is_there_when_the_reader_comes_back(app):
    visit(app, MEMORY)
    report(app, "check_weights-in-16-bits", answer="93.4")
    app.switch_page(LAB).run()
    app.switch_page(MEMORY).run()
    said = asked(app, "weights-in-16-bits")
    assert (said["given"], said["right"]) == ("93.4", True)


def test_an_answer_goes_when_the_run_makes_it_another_question(app):
    visit(app, LAB)
    report(app, "check_even-share", answer="6.25")
    assert asked(app, "even-share")["right"] is True
    visit(app, LAB, experts="12")
    said = asked(app, "even-share")
    assert (said["given"], said["right"], said["says"]) == ("", None, "")
    assert "12 [experts]" in said["prompt"]


def test_no_template_engine_is_loaded_before_a_page_needs_it():
    """The first page's picture would wait for it."""
    code = (
        "import sys\n"
        "import moeviz.ui.shared.page_end\n"
        "assert not {'jinja2', 'yaml', 'moeviz.study.path'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)
