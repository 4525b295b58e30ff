"""The built-in texts are what they claim: true arithmetic, valid JSON, disjoint splits."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from functools import cache
from random import Random

import pytest

from moeviz.data.arithmetic import arithmetic_line
from moeviz.data.domains import DOMAINS
from moeviz.data.passages import SHINGLE, copied_share
from moeviz.data.real_text import REAL_DOMAINS
from moeviz.data.splits import Split, split_generated, split_real, split_user
from moeviz.data.texts import domain_texts, fingerprint

COPIED = 0.01
"""The most of a real domain's held-out shingles that may stand in its training text."""


@cache
def texts() -> dict[str, Split]:
    return domain_texts()


def parts(domain: str) -> tuple[str, str]:
    return texts()[domain].train, texts()[domain].held_out


def is_true(line: str) -> bool:
    """Evaluate by Python's own parser and exact fractions, whatever form the line has."""
    if ", x = " in line:
        equation, _, x = line.partition(", x = ")
        return is_true(re.sub(r"\bx\b", x, equation))
    names = {"max": max, "min": min, "gcd": lambda a, b: math.gcd(int(a), int(b)), "F": Fraction}
    python = line.replace("^", "**").replace(" mod ", " % ").replace(" = ", " == ")
    exact = re.sub(r"\d+(\.\d+)?", lambda number: f"F('{number[0]}')", python)
    return eval(exact, {"__builtins__": {}}, names) is True


def test_the_judge_of_arithmetic_can_say_no() -> None:
    assert is_true("2^3 + 1 = 9")
    assert is_true("1/2 + 1/3 = 5/6")
    for false in ("2 + 2 = 5", "3 + 4 > 9", "3 * x + 1 = 10, x = 2", "0.10 + 0.20 = 0.31"):
        assert not is_true(false)


def test_every_arithmetic_line_is_true() -> None:
    lines = [line for part in parts("arithmetic") for line in part.splitlines()]
    assert len(lines) > 10_000
    assert [line for line in lines if not is_true(line)] == []


def test_arithmetic_has_many_forms() -> None:
    random = Random(0)
    forms = {re.sub(r"\d+", "0", arithmetic_line(random)) for _ in range(5000)}
    assert len(forms) >= 15


def test_every_json_line_is_an_object() -> None:
    records = [json.loads(line) for part in parts("json") for line in part.splitlines()]
    assert all(isinstance(record, dict) for record in records)
    assert len({tuple(record) for record in records}) >= 8


def test_json_order_totals_are_their_lines_sums() -> None:
    orders = [r for r in map(json.loads, parts("json")[0].splitlines()) if "order" in r]
    for order in orders:
        total = sum(Fraction(str(line["price"])) * line["quantity"] for line in order["lines"])
        assert Fraction(str(order["total"])) == total


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_is_large_and_a_tenth_is_held_out(domain: str) -> None:
    train, held_out = parts(domain)
    assert 100_000 <= len(train) + len(held_out) <= 500_000
    assert 0.07 <= len(held_out) / (len(train) + len(held_out)) <= 0.12


@pytest.mark.parametrize("domain", REAL_DOMAINS)
def test_no_held_out_passage_of_real_text_occurs_in_training_text(domain: str) -> None:
    train, held_out = parts(domain)
    windows = {train[start : start + 60] for start in range(len(train) - 59)}
    starts = range(len(held_out) - 59)
    copied = [held_out[n : n + 60] for n in starts if held_out[n : n + 60] in windows]
    assert copied == []


@pytest.mark.parametrize("domain", ["arithmetic", "json"])
def test_no_generated_line_occurs_twice(domain: str) -> None:
    lines = "".join(parts(domain)).splitlines()
    assert len(set(lines)) == len(lines)


def test_real_text_is_what_its_domain_says() -> None:
    assert parts("python")[0].count("\ndef ") > 100
    assert parts("english")[0].count(" the ") > 2000
    assert parts("french")[0].count(" de ") > 1000
    assert parts("c++")[0].count("std::") > 500


@pytest.mark.parametrize("domain", REAL_DOMAINS)
def test_held_out_text_shares_few_shingles_with_training_text(domain: str) -> None:
    train, held_out = parts(domain)
    assert copied_share(held_out, train) <= COPIED


@pytest.mark.parametrize("domain", REAL_DOMAINS)
def test_a_planted_copy_would_be_seen(domain: str) -> None:
    train, held_out = parts(domain)
    planted = train[: round(len(held_out) * COPIED) + SHINGLE]
    assert copied_share(held_out + planted, train) > COPIED


def test_no_domain_shares_text_with_another() -> None:
    for one in REAL_DOMAINS:
        for other in REAL_DOMAINS:
            if one != other:
                assert copied_share("".join(parts(one)), "".join(parts(other))) < 0.001


@pytest.mark.parametrize("domain", REAL_DOMAINS)
def test_no_licence_text_is_learnt(domain: str) -> None:
    text = "".join(parts(domain)).lower()
    assert "copyright" not in text
    assert "warranties" not in text


def test_texts_are_the_same_every_time() -> None:
    assert domain_texts() == texts()
    assert fingerprint() == fingerprint()


def test_a_copied_passage_is_not_held_out() -> None:
    random = Random(0)
    words = [f"w{random.randrange(10**6)} " * 4 for _ in range(2000)]
    copied = "this passage stands everywhere, " * 5
    split = split_real([each for word in words for each in (word, copied)], "\n\n")
    assert copied in split.train
    assert copied not in split.held_out
    assert any(word in split.held_out for word in words)


@pytest.mark.parametrize("joint", ["\n", "\n\n"])
def test_real_text_holds_out_whole_passages_and_loses_none(joint: str) -> None:
    passages = [f"passage number {n:04}" for n in range(600)]
    split = split_real(passages, joint)
    train, held_out = (
        part.removesuffix(joint).split(joint) for part in (split.train, split.held_out)
    )
    assert sorted(train + held_out) == passages
    assert 60 <= len(held_out) <= 66


def test_generated_text_holds_out_its_last_pieces() -> None:
    numbers = iter(range(10_000))
    split = split_generated(lambda: f"{next(numbers):04}", 1000, "\n")
    assert split.train.splitlines() == [f"{n:04}" for n in range(180)]
    assert split.held_out.splitlines() == [f"{n:04}" for n in range(180, 200)]


@pytest.mark.parametrize("length", [500, 4000, 200_000])
def test_a_user_text_is_divided_without_loss(length: int) -> None:
    text = "".join(chr(0x4E00 + n % 20_000) for n in range(length))
    split = split_user(text)
    assert split.train + split.held_out == text
    assert length * 0.1 <= len(split.held_out) <= length * 0.25
