"""Words that do not occur in what is shown: another, the field's own, says the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.shown import ROOT, in_javascript, in_markdown, in_python, shown_files, shown_strings

NEVER = tomllib.loads((ROOT / "tests" / "never_words.toml").read_text(encoding="utf-8"))["never"]
PATTERNS = [re.compile(each["pattern"], re.IGNORECASE) for each in NEVER]
COMMANDS = ([], ["count"], ["train"])


TO_A_PROGRAM = {"arms is a list of at most "}
"""Said to the browser's end of the channel, of a field of its messages."""


def hits(texts) -> list[str]:
    """ "word: string" of each string that has a word which is never shown."""
    return [
        f"{found[0]}: {text.strip()}"
        for text in (
            re.sub(r"\$\{[^{}]*\}", "…", each) for each in texts if each not in TO_A_PROGRAM
        )
        for pattern in PATTERNS
        if (found := pattern.search(text))
    ]


def name_of(path) -> str:
    return str(path.relative_to(ROOT))


STILL = set((ROOT / "tests" / "words_still.txt").read_text(encoding="utf-8").split())
"""Files that are still to be rewritten: the list only gets shorter."""


@pytest.mark.parametrize("path", shown_files(), ids=name_of)
def test_what_is_shown_is_said_in_the_words_of_the_field(path):
    found = hits(shown_strings(path))
    assert bool(found) == (name_of(path) in STILL), found


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_is_said_in_the_words_of_the_field(command):
    run = [sys.executable, "-m", "moeviz", *command, "--help"]
    said = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert not hits([said])


@pytest.mark.parametrize("never", NEVER, ids=lambda each: each["planted"])
def test_a_planted_word_is_found(never):
    found = re.search(never["pattern"], never["planted"], re.IGNORECASE)
    assert found
    assert hits([never["planted"]])
    assert not hits([never["instead"]]), "what is said instead would be refused itself"


def test_the_strings_of_a_source_are_found():
    python = '"""Seats."""\ndef f():\n    """Met."""\n    g("seated", f"{a} seats left")\n'
    assert list(in_python(python)) == [" seats left"]
    javascript = '// "no seat"\nf("seat.js", "no seat, dropped", `${n} \\` seats`);\n * "a seat"\n'
    assert list(in_javascript(javascript)) == ["no seat, dropped", "${n} \\` seats"]
    markdown = "# Seats\n\nTwo `seats` of\n[one](seat.md).\n\n```\nseat\n```\n"
    assert [each.strip() for each in in_markdown(markdown)][:2] == ["# Seats", "Two  of\n[one]."]
