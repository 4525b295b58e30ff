"""A text is one of the channel's messages, or BadMessage, whatever it is."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeviz.live.messages import (
    MAX_MESSAGE_CHARACTERS,
    Act,
    Ask,
    BadMessage,
    Got,
    Press,
    Unwatch,
    View,
    Visible,
    Watch,
    read,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FULL: list[dict[str, Any]] = [
    {"kind": "watch", "watch": 3, "token": "t", "view": "bars", "experiment": "collapse"},
    {"kind": "unwatch", "watch": 3},
    {"kind": "got", "watch": 3},
    {"kind": "visible", "visible": False},
    {
        "kind": "press",
        "seq": 7,
        "token": "t",
        "act": "set",
        "knobs": {"top_k": "2"},
        "arms": ["A"],
        "step": 0,
        "until": "",
    },
    {"kind": "ask", "seq": 8, "token": "t", "prompts": ["2 + 2 =", "def "]},
]
PRESS, ASK = FULL[-2:]
READ = [
    Watch(3, "t", "bars", "collapse"),
    Unwatch(3),
    Got(3),
    Visible(False),
    Press(7, "t", "set", {"top_k": "2"}, ("A",), 0, ""),
    Ask(8, "t", ("2 + 2 =", "def ")),
]


@pytest.mark.parametrize(("fields", "message"), list(zip(FULL, READ, strict=True)))
def test_each_kind_is_read(fields, message):
    assert read(json.dumps(fields)) == message


def test_what_may_be_left_out_has_a_default():
    assert read('{"kind":"watch","watch":1,"token":"t","view":"charts"}') == Watch(
        1, "t", "charts", ""
    )
    assert read('{"kind":"press","seq":1,"token":"t","act":"pause"}') == Press(
        1, "t", "pause", {}, (), 0, ""
    )


@pytest.mark.parametrize("act", get_args(Act))
def test_each_act_is_read(act):
    message = read(json.dumps({"kind": "press", "seq": 1, "token": "", "act": act}))
    assert isinstance(message, Press)
    assert message.act == act


def either_is_read_or_bad(text: str) -> None:
    """Any other exception fails the test."""
    why, message = "", None
    try:
        message = read(text)
    except BadMessage as error:
        why = str(error)
    assert bool(why) == (message is None)
    assert len(why.encode()) <= 123  # what a closing frame has room for


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_read_or_bad(text):
    either_is_read_or_bad(text)


@given(JSON)
def test_any_json_is_read_or_bad(value):
    either_is_read_or_bad(json.dumps(value))


@settings(max_examples=150)
@given(st.sampled_from(FULL), st.data())
def test_a_message_with_any_other_value_in_a_field_is_read_or_bad(fields, data):
    name = data.draw(st.sampled_from(sorted(fields)))
    either_is_read_or_bad(json.dumps({**fields, name: data.draw(JSON)}))


@given(st.sampled_from(FULL), st.data())
def test_a_message_without_what_it_needs_is_bad(fields, data):
    needed = {"kind", "watch", "token", "view", "visible", "seq", "act", "prompts"} & set(fields)
    name = data.draw(st.sampled_from(sorted(needed)))
    with pytest.raises(BadMessage, match=r"is (one of|a|true)"):
        read(json.dumps({key: value for key, value in fields.items() if key != name}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seq": True}, "seq is a whole number of at least 0"),
        ({"seq": -1}, "seq is a whole number of at least 0"),
        ({"seq": 1.5}, "seq is a whole number of at least 0"),
        ({"seq": 2**53 + 1}, "seq is a whole number of at least 0"),
        ({"token": "x" * 257}, "token is a text of at most 256 characters"),
        ({"act": "dance"}, "act is one of set, start"),
        ({"knobs": {"top_k": 2}}, "knobs is an object of at most 16 texts of 64 characters"),
        ({"knobs": {"top_k": "2" * 65}}, "knobs is an object of at most 16 texts"),
        ({"knobs": {str(i): "" for i in range(17)}}, "knobs is an object of at most 16 texts"),
        ({"knobs": ["top_k"]}, "knobs is an object of at most 16 texts"),
        ({"arms": "A"}, "arms is a list of at most 16 names"),
        ({"arms": ["A"] * 17}, "arms is a list of at most 16 names"),
        ({"arms": ["A" * 41]}, "arms is a list of at most 16 names"),
        ({"until": 300}, "until is a text of at most 64 characters"),
        ({"until": None}, "until is a text of at most 64 characters"),
    ],
)
def test_a_bad_press_is_told_by_its_field(change, words):
    with pytest.raises(BadMessage) as bad:
        read(json.dumps({**PRESS, **change}))
    assert str(bad.value).startswith(words)


@pytest.mark.parametrize(
    "prompts",
    [None, "def ", [], ["a"] * 4, [""], ["a", ""], ["x" * 65], [1], [["a"]], {"a": "b"}],
)
def test_a_question_has_one_to_three_short_texts(prompts):
    with pytest.raises(BadMessage) as bad:
        read(json.dumps({**ASK, "prompts": prompts}))
    assert str(bad.value) == "prompts is a list of 1 to 3 texts of 1 to 64 characters"


@given(st.lists(st.text(st.characters(), min_size=1, max_size=64), min_size=1, max_size=3))
def test_a_question_may_have_any_short_texts(prompts):
    assert read(json.dumps({**ASK, "prompts": prompts})) == Ask(8, "t", tuple(prompts))


def test_a_message_of_an_unknown_view_is_bad():
    with pytest.raises(BadMessage) as bad:
        read(json.dumps({**FULL[0], "view": "everything"}))
    assert str(bad.value) == "view is one of " + ", ".join(get_args(View))


def test_a_message_has_a_longest():
    text = json.dumps({**FULL[1], "more": ""})
    longest = text[:-2] + "x" * (MAX_MESSAGE_CHARACTERS - len(text)) + text[-2:]
    assert read(longest) == READ[1]
    with pytest.raises(BadMessage, match="at most 4096 characters"):
        read(longest + " ")


@pytest.mark.parametrize("text", ["[" * 4000, '{"a":' * 800, "1" * 4000, "NaN", '"\\ud800"'])
def test_json_that_is_hard_to_read_is_bad(text):
    with pytest.raises(BadMessage):
        read(text)
