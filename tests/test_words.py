"""Words that do not occur in what is shown: another, the field's own, says the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from moeviz.ui.shared.source import source_of
from tests.shown import (
    ROOT,
    in_data,
    in_javascript,
    in_markdown,
    in_python,
    names_in,
    shown_files,
    shown_sources,
    shown_strings,
    told_in,
)

NEVER = tomllib.loads((ROOT / "tests" / "never_words.toml").read_text(encoding="utf-8"))["never"]
PATTERNS = [re.compile(each["pattern"], re.IGNORECASE) for each in NEVER]
COMMANDS = ([], ["count"], ["train"], ["record"])


ARM = "arm: "
"""What code calls model A or model B: `WORDS.md` allows the name there, and only there."""

NAMES = {
    "moeviz/accounting/sketch.py": {"choices"},
    "moeviz/config/run.py": {"arms"},
    "moeviz/engine/saved.py": {"arm"},
    "moeviz/live/messages.py": {"arms"},
    "moeviz/live/records.py": {"arms"},
    "moeviz/training/measure.py": {"asked"},
    "moeviz/ui/components/live_run/knobs.js": {"apart"},
    "moeviz/ui/components/load_bars/__init__.py": {"arms"},
    "moeviz/ui/components/load_bars/load_bars_frame.js": {"arm", "arms"},
    "moeviz/ui/cost/state.py": {"dial"},
    "moeviz/ui/inspect/asking.py": {"arm"},
    "moeviz/ui/inspect/state.py": {"arm"},
    "moeviz/ui/lab/strip.py": {"arm", "arms"},
    "moeviz/ui/shared/knob_data.py": {"choices"},
    "moeviz/ui/shared/lab_address.py": {"apart", "arms"},
    "moeviz/ui/shared/lab_state.py": {"arms"},
    "moeviz/ui/shared/navigation.py": {"bargain", "dial", "theatre"},
    "moeviz/ui/shared/shown.py": {"told"},
}
"""Single words of code that no screen shows: keys, fields, classes of CSS, former addresses."""

TO_A_PROGRAM = {"arms is a list of at most … names"}
"""Said to the browser's end of the channel, of a field of its messages."""


def hits(texts) -> list[str]:
    """ "word: string" of each string that has a word which is never shown."""
    lines = (" ".join(text.split()) for text in texts if text not in TO_A_PROGRAM)
    return [
        f"{found[0]}: {line}"
        for line in lines
        for pattern in PATTERNS
        if (found := pattern.search(line))
    ]


def name_of(path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", shown_files(), ids=name_of)
def test_what_is_shown_is_said_in_the_words_of_the_field(path):
    names = NAMES.get(name_of(path), set())
    strings = list(shown_strings(path))
    assert hits(text for text in strings if text not in names) == []
    assert names <= set(strings), "a name that is gone from the file"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_is_said_in_the_words_of_the_field(command):
    run = [sys.executable, "-m", "moeviz", *command, "--help"]
    said = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert not hits([said])


@pytest.mark.parametrize(("module", "name"), shown_sources(), ids=lambda each: each)
def test_a_source_that_a_page_shows_explains_itself_in_the_words_of_the_field(module, name):
    source = source_of(module, name)
    assert not hits(told_in(source))
    assert [each for each in hits(names_in(source)) if not each.startswith(ARM)] == []


def test_the_words_of_a_shown_source_are_found():
    source = 'def seat(met: int) -> int:\n    """Seats."""\n    return met  # seated\n'
    assert list(told_in(source)) == ["Seats.", "# seated"]
    assert list(names_in("def _seat(metTwice): pass"))[1:3] == [" seat", "met Twice"]
    assert ("moeviz.routing.losses", "load_balancing_loss") in shown_sources()


@pytest.mark.parametrize("never", NEVER, ids=lambda each: ", ".join(each["planted"]))
def test_a_planted_word_is_found(never):
    for text in never["planted"].values():
        assert re.search(never["pattern"], text, re.IGNORECASE), text
        assert hits([text])
    assert not hits([never["instead"]]), "what is said instead would be refused itself"
    assert not hits([never.get("ordinary", "")])


def test_the_strings_of_python_are_found():
    source = '''"""Seats."""
def f():
    """Met."""
    g("seated", f"{a} seats {'for nobody' if b else c} left", "so " + "many" + d, {"Arms": 1})
'''
    assert list(in_python(source)) == [
        "seated", "… seats … left", "for nobody", "so many…", "Arms",
    ]  # fmt: skip
    assert list(in_python('__all__ = ["Arms"]\n')) == []


@pytest.mark.parametrize(
    ("source", "strings"),
    [
        ('// "no seat"\nf("seat.js", "no seat, dropped"); // it isn\'t\n', ["no seat, dropped"]),
        ('/* "a seat"\n * "a seat" */ const a = "seat", b = "no-seat";', ["seat"]),
        ('f(\'say "no seat"\', "isn\'t")', ['say "no seat"', "isn't"]),
        ("`${n} \\` seats`", ["… \\` seats"]),
        ('`a ${n ? `${m} seats` : { b: "met so" }} b`', ["a … b", "… seats", "met so"]),
        (
            'x.replace(/["`\']/g, "no seat"); y = a / b; z = "a seat / b";',
            ["no seat", "a seat / b"],
        ),
        ('return /[",]/.test(a) ? `"no ${seat}"` : b;', ['"no …"']),
        ('const labels = { seats: "Seats", met: "met" };', ["Seats", "met"]),
    ],
)
def test_the_strings_of_javascript_are_found(source, strings):
    assert list(in_javascript(source)) == strings


def test_the_strings_of_markdown_and_of_tables_are_found():
    markdown = "# Seats\n\nTwo `seats` of\n[one](seat.md).\n\n```\nseat\n```\n"
    assert [each.strip() for each in in_markdown(markdown)][:3] == [
        "", "# Seats", "Two  of\n[one].",
    ]  # fmt: skip
    tree = "```\nmake seat     # for\n              # nobody\nseat/          a seat\n# met\n```\n"
    assert next(in_markdown(tree)) == "for nobody a seat met"
    table = {"seats": "seat", "Total met": [{"label": "Seats"}, "so many", 3, None]}
    assert list(in_data(table)) == ["seat", "Total met", "Seats", "so many"]
