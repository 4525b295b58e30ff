"""A title is a short noun phrase: at most eight words and no full stop."""

from __future__ import annotations

import pytest

from moeviz.ui.shared.navigation import PAGES
from tests.shown import ROOT
from tests.titles import in_python, titled_files, titles

MAX_WORDS = 8


def faults(found) -> list[str]:
    """The titles that are too long or end like a sentence."""
    return [each for each in found if len(each.split()) > MAX_WORDS or each.rstrip().endswith(".")]


@pytest.mark.parametrize("path", titled_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_title_is_short_and_no_sentence(path):
    assert faults(titles(path)) == []


def test_titles_are_found_all_over_the_pages():
    found = {title for path in titled_files() for title in titles(path)}
    assert len(found) > 100
    assert {page.title for page in PAGES} < found


def test_a_planted_title_is_found(tmp_path):
    long, stop = "One two three four five six seven eight nine", "It ends."
    source = f"""
class Method:
    title = "{stop}"

Experiment("{long}", "A story that may be as long as it likes.", {{}})
st.markdown("## {long}")
figure(1, title="{stop}")
{{"title": "{long}", "label": "Long, and no title, so that it may go on"}}
opening("{stop}", "An idea.")
"""
    assert faults(in_python(source, {"Experiment": 0, "opening": 0})) == [
        stop, long, long, stop, long, stop,
    ]  # fmt: skip
    for name, text in {
        "a.md": f"# {long}\n\nA sentence.\n\n## try: {stop}\n",
        "a.toml": f'title = "{long}"\nidea = "{stop}"\n[[each]]\ntitle = "{stop}"\n',
        "a.js": f'f({{ title: "{long}" }}); el("h3", "", "{stop}"); node.title = "A hint.";\n',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert faults(titles(tmp_path / name)) == [long, stop], name
