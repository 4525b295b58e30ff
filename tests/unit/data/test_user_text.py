"""What a user may paste: any UTF-8 text within the limits, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from moeviz.config import (
    MAX_USER_TEXT_CHARACTERS,
    MIN_USER_TEXT_CHARACTERS,
    ConfigError,
    TrainConfig,
)
from moeviz.data.domains import DOMAINS, USER_DOMAIN, domain_names
from moeviz.data.user_text import read_user_text

LONG_ENOUGH = "Any line of text will do.\n" * 40


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "500 to 200,000 characters long, got 0 characters"),
        (b"x", "got 1 character"),
        (b"too short", "500 to 200,000 characters long, got 9 characters"),
        (" zu kürz\n".encode(), "got 7 characters without the blanks at its ends"),
        (b" \n" * 5000, "got 0 characters without the blanks at its ends"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 600, "UTF-8"),
        (b"MZ" + b"\x00" * 600, "control"),
        (("escape \x1b[31m" * 80).encode(), "U+001B"),
        (("delete \x7f" * 80).encode(), "U+007F"),
        (LONG_ENOUGH.encode("utf-16"), "UTF-8"),
        (("é" * 600).encode("latin-1"), "0xE9"),
        (b"\xc0\x80" * 600, "UTF-8"),
        ("\ud800" * 600, "surrogate"),
        ("x" * (MAX_USER_TEXT_CHARACTERS + 1), "got 200,001 characters"),
        ("🙂".encode() * 1_000_000, "got 1,000,000 characters"),
        (b"x" * 10_000_000, "got 10,000,000 characters"),
    ],
)
def test_refusals_name_the_field_the_value_and_the_bound(content: bytes | str, words: str) -> None:
    with pytest.raises(ConfigError, match="user_text must be") as refusal:
        read_user_text(content)
    assert refusal.value.field == "user_text"
    assert words in str(refusal.value)
    assert "'" not in str(refusal.value)  # what was found is described, not quoted


@pytest.mark.parametrize("length", [MIN_USER_TEXT_CHARACTERS, MAX_USER_TEXT_CHARACTERS])
@pytest.mark.parametrize("character", ["x", "é", "字", "🙂"])
def test_the_limits_are_accepted_and_count_characters(length: int, character: str) -> None:
    text = character * length
    assert read_user_text(text.encode()) == text
    assert TrainConfig(user_text=read_user_text(text)).user_text == text


def test_byte_order_mark_and_line_ends_are_normalised() -> None:
    windows = b"\xef\xbb\xbf" + LONG_ENOUGH.replace("\n", "\r\n").encode()
    assert read_user_text(windows) == LONG_ENOUGH
    assert read_user_text(LONG_ENOUGH.replace("\n", "\r")) == LONG_ENOUGH


def test_markup_is_data() -> None:
    markup = (
        "<script>alert(1)</script> **bold** $x$ {{7*7}} :red[x] [a](javascript:b) \\n &lt;\n" * 9
    )
    assert read_user_text(markup) == markup


def test_the_user_domain_comes_last_and_only_with_a_text() -> None:
    assert domain_names("") == DOMAINS
    assert domain_names("x") == (*DOMAINS, USER_DOMAIN)
    assert len(set(domain_names("x"))) == len(DOMAINS) + 1 >= 7


def test_the_web_process_reads_domains_and_user_text_without_torch() -> None:
    code = (
        "import sys, moeviz.data.domains, moeviz.data.user_text;"
        "print({'torch', 'tokenizers', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "set()"
