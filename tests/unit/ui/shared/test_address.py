"""The tables of parameters: each says a field once, leaves its default out, refuses in words."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.config import ConfigError, Knob
from moeviz.ui.cost.state import ADDRESS as COST
from moeviz.ui.inspect.state import ADDRESS as ASKING
from moeviz.ui.shared.address import Address, Param, of_choice, of_knob, of_run
from moeviz.ui.shared.lab_address import ADDRESS as LAB
from moeviz.ui.shared.lab_address import live_parameters, to_query
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.presets import BY_NAME

TABLES = pytest.mark.parametrize("table", [LAB, ASKING, COST], ids=["lab", "asking", "cost"])
NUMBER = Knob("number", "int", 3, "Number", "", low=0, high=9)
TEXTS = st.text(max_size=30) | st.integers().map(str) | st.sampled_from(["none", "NaN", "1e3"])


@dataclass(frozen=True)
class Pair:
    """A state like the pages': `b` is as `a` unless it is said, `a` as `low` has it."""

    low: bool = False
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def start(self) -> int:
        return 1 if self.low else 9

    @property
    def a(self) -> int:
        return self.numbers.get("a", self.start)


PAIR: Address[Pair] = Address(
    (
        of_choice("from", "low", {"high": False, "low": True}, False),
        of_knob("a", "numbers.a", NUMBER, lambda pair: pair.start),
        of_knob("b", "numbers.b", NUMBER, lambda pair: pair.a),
    ),
    Pair,
)


def test_an_older_name_of_a_parameter_still_leads_to_the_same():
    state, notices = ASKING.read({"arm": "B"})
    assert (state.arm, notices) == ("B", [])
    assert ASKING.write(state) == {"model": "B"}
    assert ASKING.read({"model": "A", "arm": "B"})[0].arm == "A"


@TABLES
def test_every_parameter_is_there_once_and_a_page_as_usual_says_nothing(table):
    assert len({param.url for param in table.params}) == len(table.params)
    assert len({param.field for param in table.params}) == len(table.params)
    state, notices = table.read({})
    assert (state, notices, table.write(state)) == (table.build(), [], {})


@TABLES
def test_the_text_of_a_default_says_what_silence_says(table):
    plain = table.build()
    for param in table.params:
        if (value := param.usual(plain)) is not None and not param.in_words:
            state, notices = table.read({param.url: param.format(value)})
            assert notices == []
            assert param.of(state) == value
            assert param.url not in table.write(state)


@TABLES
@given(data=st.data())
def test_a_text_is_taken_or_refused_by_name_value_and_bound(table, data):
    param, text = data.draw(st.sampled_from(table.params)), data.draw(TEXTS)
    state, notices = table.read({param.url: text})
    again, refused = table.read(query := table.write(state))
    assert (table.write(again), refused) == (query, [])
    try:
        value = param.parse(text)
    except ConfigError as error:
        bound = error.bound
    else:
        assert notices or param.of(state) == value
        return
    assert state == table.build()
    assert notices[0].startswith(f"{param.url}={text[:40]}")
    assert f" was refused: it must be {bound}. Used instead: " in notices[0]


def test_a_default_follows_the_parameters_before_it_and_is_what_is_used_instead():
    pair, notices = PAIR.read({"b": "10", "a": "4", "from": "low"})
    assert pair == Pair(low=True, numbers={"a": 4})
    assert notices == ["b=10 was refused: it must be a whole number from 0 to 9. Used instead: 4."]
    assert PAIR.read({"a": "10", "from": "low"})[1][0].endswith("Used instead: 1.")


@given(st.booleans(), st.dictionaries(st.sampled_from("ab"), st.integers(0, 9)))
def test_what_is_as_usual_is_left_out_and_the_rest_comes_back(low, numbers):
    query = PAIR.write(pair := Pair(low, numbers))
    assert ("a" in query) == (pair.a != pair.start)
    assert ("b" in query) == (numbers.get("b", pair.a) != pair.a)
    again, notices = PAIR.read(query)
    assert (notices, PAIR.write(again)) == ([], query)
    assert [param.of(again) for param in PAIR.params] == [param.of(pair) for param in PAIR.params]


def test_values_that_do_not_go_together_are_settled_after_all_are_read():
    def even(pair: Pair) -> tuple[Pair, list[str]]:
        return dataclasses.replace(pair, numbers={}), ["They do not go together."]

    table = dataclasses.replace(PAIR, settle=even)
    assert table.read({"a": "1", "x": "y"}) == (
        Pair(),
        ["x=y was left out: this page has no such parameter.", "They do not go together."],
    )


def test_a_table_without_parameters_leaves_all_out_and_counts_what_it_does_not_name():
    nothing: Address[None] = Address((), lambda: None)
    state, notices = nothing.read({f"{each}{'x' * 50}": "y" for each in range(12)})
    assert state is None
    assert len(notices) == 11
    assert notices[0] == f"0{'x' * 39}…=y was left out: this page has no such parameter."
    assert notices[-1] == "2 more were left out: this page has no such parameters."


@pytest.mark.parametrize("text", ["a" * 65, "../../etc", "ä", "a b", "a\n"])
def test_what_no_run_is_called_is_refused(text):
    run = of_run("run")
    assert run.parse("zp4kBHFxRVdJ7XVzN8l8kw") == "zp4kBHFxRVdJ7XVzN8l8kw"
    with pytest.raises(ConfigError, match="at most 64 letters, digits, - and _"):
        run.parse(text)


def test_a_field_may_be_one_of_the_state_or_of_a_mapping_in_it():
    whole, within = Param("l", "low", bool, str), Param("c", "numbers.c", int, str, 7)
    assert whole.of(Pair(low=True)) is True
    assert [within.of(Pair()), within.of(Pair(numbers={"c": 2}))] == [7, 2]
    assert within.with_value(whole.with_value({"numbers": {"a": 1}}, True), 2) == {
        "low": True,
        "numbers": {"a": 1, "c": 2},
    }


def test_a_live_knob_that_the_base_sets_for_b_has_a_default_of_its_own():
    said = live_parameters(BY_NAME["top2"].state)
    assert said["A"]["top_k"] == {"url": "k", "default": "1"}
    assert said["B"]["top_k"] == {"url": "b_k", "default": "2"}
    assert said["B"]["learning_rate"] == {"url": "b_lr", "default": None, "like": "A"}
    assert list(live_parameters(LabState(arms="a"))) == ["A"]


@pytest.mark.parametrize("preset", ["", "top2", "rescue"])
@given(texts=st.fixed_dictionaries({arm: st.integers(1, 3).map(str) for arm in "AB"}))
def test_what_the_browser_writes_of_a_live_knob_is_what_the_table_reads(preset, texts):
    """As `parametersOf` in run_control.js has it."""
    state = BY_NAME[preset].state if preset else LabState()
    query = to_query(state)
    for arm, said in live_parameters(state).items():
        each = said["top_k"]
        usual = texts["A"] if each.get("like") else each["default"]
        if texts[arm] != usual:
            query[each["url"]] = texts[arm]
    read, notices = LAB.read(query)
    assert notices == []
    assert [str(read.shared["top_k"]), str(read.b["top_k"])] == [texts["A"], texts["B"]]
