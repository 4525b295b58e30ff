"""The corpus is the recorded one on every machine, and a difference is said by domain."""

from __future__ import annotations

from moeviz.data.corpus import load_corpus
from moeviz.data.corpus_hash import corpus_hash, difference, domain_hashes
from moeviz.data.splits import Split
from moeviz.data.texts import domain_texts
from tests.corpus_hashes import recorded_hashes

TEXTS = {"a": Split("one", "two"), "b": Split("three", "four")}


def test_the_texts_are_the_recorded_ones() -> None:
    differs = difference(domain_hashes(domain_texts()), recorded_hashes())
    assert not differs, f"{differs} Is it meant? Then run python -m tests.corpus_hashes"


def test_a_loaded_corpus_knows_its_hashes() -> None:
    for user_text in ("", "Any line of text will do.\n" * 40):
        assert load_corpus(512, user_text).hashes == recorded_hashes()


def test_a_character_that_moves_to_the_other_part_changes_one_domain() -> None:
    changed = domain_hashes(TEXTS | {"b": Split("thre", "efour")})
    assert difference(changed, domain_hashes(TEXTS)) == (
        "The training text differs from the recorded one (changed: b)."
    )
    assert corpus_hash(changed) != corpus_hash(domain_hashes(TEXTS))


def test_new_and_missing_domains_are_named() -> None:
    now = {"a": "1", "b": "2", "d": "4"}
    assert difference(now, now) == ""
    assert difference(now, {"a": "0", "b": "2", "c": "3"}) == (
        "The training text differs from the recorded one (changed: a; new: d; missing: c)."
    )
