"""Repeated passages are found wherever they begin, and only those."""

from __future__ import annotations

from random import Random

import pytest

from moeviz.data.passages import SHINGLE, copied_share, distinct, not_copied, shingles

RANDOM = Random(0)


def drawn(length: int) -> str:
    """Text that repeats nothing."""
    return "".join(chr(RANDOM.randrange(0x4E00, 0x9E00)) for _ in range(length))


def test_shingles_are_equal_exactly_where_the_passages_are() -> None:
    text = drawn(60) + "é" * 3
    twice = shingles(text + "|" + text)
    one, other = twice[: len(text) - SHINGLE + 1], twice[len(text) + 1 :]
    assert one.tolist() == other.tolist()
    assert len(set(twice.tolist())) == len(twice) - len(other)


def test_a_changed_character_changes_every_shingle_that_holds_it() -> None:
    text = drawn(200)
    changed = text[:100] + "x" + text[101:]
    differing = (shingles(text) != shingles(changed)).nonzero()[0]
    assert differing.tolist() == list(range(100 - SHINGLE + 1, 101))


@pytest.mark.parametrize("length", [0, 1, SHINGLE - 1])
def test_a_text_shorter_than_a_shingle_has_none(length: int) -> None:
    assert len(shingles("x" * length)) == 0
    assert copied_share("x" * length, "x" * 100) == 0


@pytest.mark.parametrize("planted", [0, 50, 500])
def test_the_copied_share_is_what_was_planted(planted: int) -> None:
    train = drawn(5000)
    held_out = drawn(1000 - planted) + train[700 : 700 + planted]
    expected = max(0, planted - SHINGLE + 1) / (1000 - SHINGLE + 1)
    assert copied_share(held_out, train) == pytest.approx(expected)


def test_near_duplicates_go_and_the_first_stays() -> None:
    first, other = drawn(300), drawn(300)
    near = first[:250] + drawn(50)
    far = first[:100] + drawn(200)
    assert distinct([first, other, near, "short", far, "short"], "\n") == [
        first, other, "short", far,
    ]  # fmt: skip


def test_a_held_out_passage_that_copies_is_left_out() -> None:
    train = drawn(3000)
    sound = drawn(1000)
    little = drawn(1000) + train[500 : 500 + SHINGLE + 15]
    much = drawn(1000) + train[900 : 900 + SHINGLE + 25]
    small = drawn(30) + train[100 : 100 + SHINGLE + 10]
    assert not_copied([sound, much, little, small], "\n\n", train) == [sound, little]


@pytest.mark.parametrize("inside", range(0, SHINGLE * 3 // 2, 5))
def test_a_copy_across_two_passages_is_found(inside: int) -> None:
    copied = drawn(SHINGLE * 3 // 2)
    one, other = copied[:inside], copied[inside:]
    train = drawn(500) + one + "\n" + other + drawn(500)
    kept = "\n".join(not_copied([drawn(400) + one, other + drawn(400)], "\n", train))
    assert f"{one}\n{other}" not in kept
