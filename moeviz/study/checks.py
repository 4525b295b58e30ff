"""Checks: questions with an answer that is graded exactly. Written as blocks, data until shown.

A number, with the slips that lead to other numbers:

    :::check id="expert-capacity" kind="number" unit="slots"
    What is asked, with {{ tokens }} filled in.
    given: {tokens: 1024, experts: 8}
    answer: capacity(tokens, experts, 2, 1.25)
    worked: Why it is {{ answer }}.
    hint: What to think of, after a wrong answer that is no known slip.
    slips:
    - {value: "answer / 2", says: That leaves out k.}
    :::

One of several answers, each with what is said of it; [x] marks the right one:

    :::check id="no-token" kind="choice"
    What is asked.
    - [ ] A wrong answer :: Why it is wrong.
    - [x] The right one :: Why it is right.
    :::
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jinja2 import TemplateError

from moeviz.glossary import linked
from moeviz.study.answers import NoNumber, say, typed_number
from moeviz.study.blocks import Block
from moeviz.study.figures import Figures, shown

_FAULTS = (
    TemplateError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError,
)  # fmt: skip
"""What wrong content raises: an unknown name, a model that is not there, a missing field."""

FIELDS = ("given", "answer", "worked", "hint", "slips")
"""What the YAML of a check may say."""

_OPTION = re.compile(r"^- \[([ x])\] (.+?) :: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the program says of an answer. `right` is None where it was none."""

    right: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A known wrong way to a number."""

    value: Fraction
    says: str


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """A question for a number.

    Attributes:
        answer: unrounded. tolerance: relative; an answer within it is right.
    """

    id: str
    prompt: str
    unit: str
    answer: Fraction
    tolerance: Fraction
    worked: str
    hint: str
    slips: tuple[Slip, ...]

    def grade(self, text: str) -> Verdict:
        """Right within the tolerance; else by the nearest known slip, or the hint."""
        try:
            typed = typed_number(text, self.unit)
        except NoNumber as error:
            return Verdict(None, str(error))
        if self._near(typed, self.answer):
            return Verdict(True, f"{say('right', answer=self.shown)} {self.worked}")
        near = [slip for slip in self.slips if self._near(typed, slip.value)]
        why = min(near, key=lambda slip: abs(slip.value - typed)).says if near else self.hint
        return Verdict(False, f"{say('wrong', typed=' '.join(text.split()))} {why}")

    def _near(self, typed: Fraction, value: Fraction) -> bool:
        return abs(typed - value) <= self.tolerance * abs(value)

    @property
    def shown(self) -> str:
        """The answer with its unit."""
        return f"{shown(self.answer)} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from, and what is said of it."""

    text: str
    right: bool
    says: str


@dataclass(frozen=True, slots=True)
class ChoiceCheck:
    """A question with answers to choose from, of which one is right."""

    id: str
    prompt: str
    options: tuple[Option, ...]

    def grade(self, text: str) -> Verdict:
        """By the place of the chosen answer, from 0."""
        places = {str(place): option for place, option in enumerate(self.options)}
        chosen = places.get(text)
        if chosen is None:
            return Verdict(None, say("no_choice"))
        says = f"{say('right_choice')} {chosen.says}" if chosen.right else chosen.says
        return Verdict(chosen.right, says)


Check = NumberCheck | ChoiceCheck


def read_check(block: Block, figures: Figures) -> Check:
    """The check of a block, its figures filled in and its terms linked.

    Raises:
        ContentError: names the place and what is wrong there.
    """
    kind = block.attributes.get("kind")
    try:
        if kind == "number":
            return _number_check(block, figures)
        if kind == "choice":
            return _choice_check(block, figures.with_given(block.fields.get("given", {})))
    except _FAULTS as error:
        raise block.fault(f"{type(error).__name__}: {error}") from error
    raise block.fault(f"a check has kind number or choice, not {kind!r}")


def _number_check(block: Block, figures: Figures) -> NumberCheck:
    names = figures.with_given(block.fields.get("given", {}))
    answer = names.value(str(block.fields["answer"]))
    names = names.with_given({"answer": answer})
    return NumberCheck(
        block.attributes["id"],
        _text(block.prose, names),
        block.attributes.get("unit", ""),
        _exact(answer),
        Fraction(block.attributes.get("tolerance", "0")),
        _text(block.fields["worked"], names),
        _text(block.fields["hint"], names),
        tuple(
            Slip(_exact(names.value(str(each["value"]))), _text(each["says"], names))
            for each in block.fields.get("slips", ())
        ),
    )


def _choice_check(block: Block, figures: Figures) -> ChoiceCheck:
    found = list(_OPTION.finditer(block.prose))
    options = tuple(
        Option(_text(each[2], figures), each[1] == "x", _text(each[3], figures)) for each in found
    )
    if len(options) < 2 or sum(each.right for each in options) != 1:
        raise ValueError("a choice has two answers or more, and one of them is right")
    prompt = block.prose[: found[0].start()]
    if _OPTION.sub("", block.prose).strip() != prompt.strip():
        raise ValueError("answers stand last, each as: - [ ] the answer :: what is said of it")
    return ChoiceCheck(block.attributes["id"], _text(prompt, figures), options)


def _text(text: str, figures: Figures) -> str:
    """In one line, as the components show it."""
    return linked(re.sub(r"\s*\n\s*", " ", figures.fill(text)).strip())


def _exact(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise TypeError(f"{value!r} is no number")
    return Fraction(value)
