"""Checks are graded exactly: right within the tolerance, known slips by name."""

from __future__ import annotations

import pytest

from moeviz.glossary import link
from moeviz.study.blocks import ContentError, parse
from moeviz.study.checks import FIELDS, read_check
from moeviz.study.figures import Figures

NUMBER = """---
page: lab
---
:::check id="slots" kind="number" unit="slots" tolerance=0.01
How many, for T = {{ tokens }} [[tokens]]?
given: {tokens: 1024, experts: run.experts, k: 2}
answer: capacity(tokens, experts, k, 1.25)
worked: "It is {{ answer }}."
hint: "Think of {{ k }}."
slips:
- {value: answer / k, says: "That leaves out k."}
- {value: answer / k + 1, says: "Nearly."}
:::
"""
CHOICE = """---
page: lab
---
:::check id="which" kind="choice"
Which of {{ n }}?
- [ ] The first :: It is not.
- [x] The [[router]] :: It is.
given: {n: 2}
:::
"""


def check(text: str):
    (block,) = parse(text, "a.md", {"check": FIELDS}).blocks
    return read_check(block, Figures({"experts": 8}))


def test_figures_and_terms_are_filled_in():
    asked = check(NUMBER)
    assert asked.prompt == f"How many, for T = 1,024 {link('tokens')}?"
    assert asked.answer == 320
    assert asked.worked == "It is 320."


@pytest.mark.parametrize(
    ("typed", "right", "says"),
    [
        ("320", True, "Right: 320 slots. It is 320."),
        ("323.2", True, "Right"),
        ("323.3", False, "323.3 is not right. Think of 2."),
        ("316.8 slots", True, "Right"),
        ("160", False, "160 is not right. That leaves out k."),
        ("160.6", False, "160.6 is not right. Nearly."),
        ("-320", False, "-320 is not right. Think of 2."),
        ("much", None, "“much” is not a number."),
    ],
)
def test_a_number_is_graded_within_the_tolerance_and_by_the_nearest_slip(typed, right, says):
    verdict = check(NUMBER).grade(typed)
    assert verdict.right is right
    assert verdict.says.startswith(says)


def test_without_a_tolerance_only_the_number_itself_is_right():
    asked = check(NUMBER.replace(" tolerance=0.01", ""))
    assert asked.grade("320").right
    assert not asked.grade("320.0000001").right


@pytest.mark.parametrize(
    ("chosen", "right", "says"),
    [
        ("1", True, "Right. It is."),
        ("0", False, "It is not."),
        ("", None, "Choose one of the answers first."),
        ("2", None, "Choose one of the answers first."),
        ("-1", None, "Choose one of the answers first."),
        ("01", None, "Choose one of the answers first."),
    ],
)
def test_a_choice_is_graded_by_its_place(chosen, right, says):
    asked = check(CHOICE)
    assert [each.text for each in asked.options] == ["The first", f"The {link('router')}"]
    assert asked.prompt == "Which of 2?"
    verdict = asked.grade(chosen)
    assert (verdict.right, verdict.says) == (right, says)


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (NUMBER, "{{ tokens }}", "{{ tokns }}", "'tokns' is undefined"),
        (NUMBER, "run.experts", "run.expert", "no attribute 'expert'"),
        (NUMBER, "answer: capacity(", "answer: capasity(", "'capasity' is undefined"),
        (NUMBER, "1.25)", "1.25) +", "TemplateSyntaxError"),
        (NUMBER, "[[tokens]]", "[[tokkens]]", "no term 'tokkens'"),
        (NUMBER, "[[tokens]]", "{{ total('No-such-model') }}", "No-such-model"),
        (NUMBER, "hint:", "worked:", "'hint'"),
        (NUMBER, 'kind="number"', 'kind="numbr"', "kind number or choice, not 'numbr'"),
        (NUMBER, "capacity(tokens, experts, k, 1.25)", "[k]", "is no number"),
        (NUMBER, "k: 2}", "k: ().__class__.__mro__}", "SecurityError"),
        (CHOICE, "[x]", "[ ]", "one of them is right"),
        (CHOICE, "[ ]", "[x]", "one of them is right"),
        (CHOICE, " :: It is not.", "", "two answers or more"),
        (CHOICE, "- [x] The [[router]] :: It is.", "- [x] B :: It is.\nMore", "answers stand last"),
    ],
)
def test_a_fault_of_the_content_names_its_place(text, old, new, says):
    assert old in text
    with pytest.raises(ContentError) as fault:
        check(text.replace(old, new))
    assert str(fault.value).startswith("a.md:4: ")
    assert says in str(fault.value)
