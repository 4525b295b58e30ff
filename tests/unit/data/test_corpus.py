"""The corpus is the same however it was loaded, and no state of the cache can break it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from moeviz.config import ConfigError
from moeviz.data import cache, corpus
from moeviz.data.corpus import Corpus, load_corpus
from moeviz.data.domains import DOMAINS, USER_DOMAIN
from moeviz.data.real_text import REAL_DOMAINS
from moeviz.data.splits import Split
from moeviz.data.texts import domain_texts

USER_TEXT = "<b>Ein Text</b> von mir: $x$ {{1}} é字🙂\n" * 40


@lru_cache
def texts() -> dict[str, Split]:
    return domain_texts()


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, and texts short enough to compute the corpus often."""
    beginnings = {
        domain: Split(split.train[:8000], split.held_out[:2000])
        for domain, split in texts().items()
    }
    monkeypatch.setattr(corpus, "domain_texts", lambda: beginnings)
    monkeypatch.setenv("MOEVIZ_CACHE_DIR", str(tmp_path / "deep" / "cache"))
    yield tmp_path / "deep" / "cache"
    corpus._built_in.cache_clear()
    load_corpus.cache_clear()


def loaded_anew(vocab_size: int = 320) -> Corpus:
    """Load as a new process would: nothing in memory."""
    corpus._built_in.cache_clear()
    load_corpus.cache_clear()
    return load_corpus(vocab_size)


def same(one: Corpus, other: Corpus) -> bool:
    pairs = zip((*one.train, *one.held_out), (*other.train, *other.held_out), strict=True)
    return (
        one.domains == other.domains
        and one.tokenizer.to_json() == other.tokenizer.to_json()
        and all(np.array_equal(a, b) for a, b in pairs)
    )


def stored(directory: Path) -> Path:
    (file,) = directory.iterdir()
    return file


def test_tokens_are_the_texts() -> None:
    loaded = load_corpus(512)
    for index, (domain, split) in enumerate(texts().items()):
        assert loaded.domains[index] == domain
        assert loaded.tokenizer.decode(loaded.train[index]) == split.train
        assert loaded.tokenizer.decode(loaded.held_out[index]) == split.held_out


def test_tokens_are_small_and_read_only() -> None:
    loaded = load_corpus(512, USER_TEXT)
    for array in (*loaded.train, *loaded.held_out):
        assert array.dtype == np.uint16
        assert not array.flags.writeable


@pytest.mark.parametrize("domain", REAL_DOMAINS)
def test_no_held_out_window_of_48_tokens_of_real_text_occurs_in_training(domain: str) -> None:
    loaded = load_corpus(512)
    place = DOMAINS.index(domain)
    train, held_out = (
        {window.tobytes() for window in np.lib.stride_tricks.sliding_window_view(tokens, 48)}
        for tokens in (loaded.train[place], loaded.held_out[place])
    )
    assert len(train) > 50_000
    assert train & held_out == set()


def test_the_user_text_is_one_more_domain_and_changes_no_other() -> None:
    plain, mine = load_corpus(512), load_corpus(512, USER_TEXT)
    assert mine.domains == (*DOMAINS, USER_DOMAIN)
    assert mine.tokenizer is plain.tokenizer
    assert all(a is b for a, b in zip(plain.train, mine.train, strict=False))
    both = mine.tokenizer.decode(mine.train[-1]) + mine.tokenizer.decode(mine.held_out[-1])
    assert both == USER_TEXT


def test_a_refused_user_text_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="user_text"):
        load_corpus(512, "short")


def test_loading_twice_gives_the_same_object() -> None:
    assert load_corpus(512) is load_corpus(512)


def test_the_cached_corpus_equals_the_computed_one(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = loaded_anew()
    assert stored(empty_cache).suffix == ".npz"
    monkeypatch.setattr(corpus, "_computed", lambda size: pytest.fail("was computed again"))
    assert same(loaded_anew(), computed)


@pytest.mark.parametrize(
    "damage", ["empty", "truncated", "flipped", "text", "foreign", "directory"]
)
def test_a_damaged_cache_file_is_replaced(empty_cache: Path, damage: str) -> None:
    computed = loaded_anew()
    file = stored(empty_cache)
    sound = file.read_bytes()
    middle = len(sound) // 2
    if damage == "directory":
        file.unlink()
        (file / "inside").mkdir(parents=True)
    elif damage == "foreign":
        np.savez(file, tokenizer=np.zeros(3, np.uint8), other=np.arange(4))
    else:
        file.write_bytes(
            {
                "empty": b"",
                "truncated": sound[:middle],
                "flipped": sound[:middle] + bytes([sound[middle] ^ 1]) + sound[middle + 1 :],
                "text": b"no archive at all",
            }[damage]
        )
    assert same(loaded_anew(), computed)
    if damage != "directory":
        assert stored(empty_cache).stat().st_size == len(sound)


def test_token_ids_beyond_the_vocabulary_are_not_believed(empty_cache: Path) -> None:
    computed = loaded_anew()
    file = stored(empty_cache)
    with np.load(file) as archive:
        arrays = dict(archive)
    arrays["train/json"] = np.full(10, 320, dtype=np.uint16)
    np.savez(file, **arrays)
    assert same(loaded_anew(), computed)


def test_a_cache_that_cannot_be_written_does_not_matter(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_cache.parent.write_text("in the way")
    assert loaded_anew().tokenizer.vocab_size == 320


def test_changed_texts_are_not_read_from_the_cache(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded_anew()
    monkeypatch.setattr(corpus, "fingerprint", lambda: "another")
    loaded_anew()
    assert len(list(empty_cache.iterdir())) == 2


def test_only_the_newest_files_are_kept_and_no_foreign_ones(empty_cache: Path) -> None:
    empty_cache.mkdir(parents=True)
    (empty_cache / "mine.npz").write_bytes(b"of somebody else")
    for index in range(cache.KEPT_FILES + 3):
        cache.write_arrays(f"{index}", {"x": np.arange(3)})
        file = empty_cache / f"moeviz-{index}.npz"
        os.utime(file, (index, index))
    cache.write_arrays("last", {"x": np.arange(3)})
    kept = {file.name for file in empty_cache.iterdir()}
    assert "mine.npz" in kept
    assert "moeviz-last.npz" in kept
    assert len(kept) == cache.KEPT_FILES + 1
    assert cache.read_arrays("0") is None


def test_two_processes_at_once_get_the_same_corpus(empty_cache: Path) -> None:
    code = (
        "import hashlib; from moeviz.data.corpus import load_corpus; c = load_corpus(310);"
        "print(hashlib.sha256(b''.join(map(bytes, c.train + c.held_out))).hexdigest())"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in running]
    assert [errors for _, errors in outputs] == ["", ""]
    assert outputs[0] == outputs[1]
    assert len(outputs[0][0].strip()) == 64
    assert stored(empty_cache).suffix == ".npz"
