"""Content is parsed as the guide writes it, and a fault names its file and line."""

from __future__ import annotations

import pytest

from moeviz.study.blocks import ContentError, parse

KINDS = {"check": ("given", "answer"), "live": ()}
TEXT = """---
page: lab
needs: [collapse]
---
First words.

:::check id="one" kind="number" tolerance=0.01
What is asked, in
two lines?
answer: experts / 2
given: {experts: 16}
:::

Last words.
"""


def test_front_matter_prose_and_blocks_are_told_apart():
    content = parse(TEXT, "a.md", KINDS)
    assert content.front == {"page": "lab", "needs": ["collapse"]}
    assert content.prose == "First words.\n\n\nLast words."
    (block,) = content.blocks
    assert (block.kind, block.line) == ("check", 7)
    assert block.attributes == {"id": "one", "kind": "number", "tolerance": "0.01"}
    assert block.prose == "What is asked, in\ntwo lines?"
    assert block.fields == {"answer": "experts / 2", "given": {"experts": 16}}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("---\npage", "page", "a.md:1: the file begins with front matter"),
        (":::check", ":::chekc", "a.md:7: no block is called 'chekc'"),
        (":::\n\nLast", "\nLast", "a.md:7: the block has no end"),
        ('id="one"', "id=", "a.md:7: a block begins like"),
        ("given: {experts: 16}", "given: {experts: 16", "a.md:10: no YAML"),
        ("needs: [collapse]", "needs: [collapse", "a.md:1: no YAML"),
        ("answer: experts / 2", "answer: 1\nmore: 2", "a.md:7: unknown fields ['more']"),
    ],
)
def test_a_fault_names_its_place(old, new, says):
    assert old in TEXT
    with pytest.raises(ContentError) as fault:
        parse(TEXT.replace(old, new), "a.md", KINDS)
    assert str(fault.value).startswith(says)
