"""Each page of the path ends with a sentence and two checks that can be answered, and failed."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.study.checks import ChoiceCheck, NumberCheck
from moeviz.study.figures import run_figures
from moeviz.study.path import check_ids, next_page, page_end, path
from moeviz.ui.shared.navigation import PAGES
from tests.shown import ROOT
from tests.terms import without_links

DEFAULT = run_figures(None)
OTHER = run_figures(RunConfig((ArmConfig.of("A", {"n_experts": 12, "top_k": 3}),)))
"""A run in which no slip of k is hidden by k = 1."""

each_page = pytest.mark.parametrize("address", path(), ids=lambda each: each or "start")
CHECKS = [(address, place) for address in path() for place in range(len(check_ids(address)))]
each_check = pytest.mark.parametrize(("address", "place"), CHECKS)


def test_the_path_leads_through_all_pages_once_and_begins_with_start():
    assert path()[0] == ""
    assert sorted(path()) == sorted(page.address for page in PAGES)
    walked = [path()[0]]
    while (following := next_page(walked[-1])) != walked[0]:
        walked.append(following)
    assert tuple(walked) == path()


@each_page
def test_a_page_says_in_one_or_two_sentences_what_can_be_explained(address):
    said = without_links(page_end(address, DEFAULT).explains)
    assert said.startswith("You can now explain ")
    sentences = re.split(r"(?<=\.) (?=[A-Z])", said)
    assert len(sentences) <= 2
    assert max(len(each.split()) for each in sentences) <= 32
    assert said.endswith(".")


@each_page
def test_a_page_has_two_checks_one_of_them_a_number(address):
    kinds = [type(each) for each in page_end(address, DEFAULT).checks]
    assert len(kinds) == 2
    assert NumberCheck in kinds


def test_a_check_has_one_name_of_its_own():
    ids = [each for address in path() for each in check_ids(address)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9-]+", each) for each in ids)


@each_check
@pytest.mark.parametrize("run", [DEFAULT, OTHER], ids=["default", "k3"])
def test_what_is_shown_as_the_answer_is_graded_right(address, place, run):
    check = page_end(address, run).checks[place]
    if isinstance(check, NumberCheck):
        assert check.grade(check.shown).right
        assert check.grade(check.shown.removesuffix(check.unit)).right
        assert check.shown in without_links(check.grade(check.shown).says)
    else:
        rights = [check.grade(str(i)).right for i in range(len(check.options))]
        assert sorted(rights) == [False] * (len(rights) - 1) + [True]


@each_check
def test_a_slip_is_graded_wrong_and_named(address, place):
    check = page_end(address, OTHER).checks[place]
    if isinstance(check, ChoiceCheck):
        assert len({each.says for each in check.options}) == len(check.options)
        return
    assert check.slips
    for slip in check.slips:
        assert abs(slip.value - check.answer) > abs(check.answer) / 50, "within 2 % of the answer"
        verdict = check.grade(str(float(slip.value)))
        assert verdict.right is False
        assert verdict.says.endswith(slip.says)
    assert check.grade("-1").says.endswith(check.hint)


@each_check
def test_what_a_check_says_is_short(address, place):
    check = page_end(address, DEFAULT).checks[place]
    texts = [check.prompt]
    if isinstance(check, NumberCheck):
        texts += [check.worked, check.hint, *(each.says for each in check.slips)]
    else:
        texts += [each.says for each in check.options]
    for text in texts:
        for sentence in re.split(r"(?<=[.?!]) (?=[A-Z])", without_links(text)):
            assert len(sentence.split()) <= 27, sentence


@pytest.mark.parametrize("address", ["", "lab", "capacity"])
def test_a_check_asks_about_the_run_that_is_shown(address):
    asked = page_end(address, OTHER).checks[0]
    assert "12" in asked.prompt
    assert "k = 3" in asked.prompt
    assert asked.answer != page_end(address, DEFAULT).checks[0].answer


def test_the_right_answers_of_choices_stand_at_different_places():
    choices = [
        each for address in path() for each in page_end(address, DEFAULT).checks
        if isinstance(each, ChoiceCheck)
    ]  # fmt: skip
    places = [[option.right for option in each.options].index(True) for each in choices]
    assert max(places.count(place) for place in set(places)) <= 0.6 * len(places)


def test_content_needs_neither_streamlit_nor_torch():
    code = (
        "import sys\n"
        "from moeviz.study.path import page_end, path\n"
        "from moeviz.study.figures import run_figures\n"
        "[page_end(each, run_figures(None)) for each in path()]\n"
        "assert not {'streamlit', 'torch'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
