"""A configuration is valid or refused by field, value and bound; it survives text and JSON."""

from __future__ import annotations

import ast
import dataclasses
import json
import math
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.lab_model import active_parameters, total_parameters
from moeviz.config import (
    KNOBS,
    LIVE_KNOBS,
    MAX_USER_TEXT_CHARACTERS,
    MIN_USER_TEXT_CHARACTERS,
    ArmConfig,
    ConfigError,
    Knob,
    ModelConfig,
    RunConfig,
    ScheduledChange,
    check_live,
    dense_baseline,
    knobs_with_controls,
    length,
)
from tests.strategies import model_configs

NUMBERS = [knob for knob in KNOBS.values() if "int" in knob.kind or "float" in knob.kind]
LIVE = {
    "top_k", "capacity_factor", "drop_policy", "router_noise", "balancer", "aux_coefficient",
    "bias_update_rate", "z_loss_coefficient", "learning_rate", "router", "gate_scale",
    "n_groups", "kept_groups",
}  # fmt: skip


def name_of(knob: Knob) -> str:
    return knob.name


def accepted_values(knob: Knob) -> st.SearchStrategy[object]:
    if knob.kind == "choice":
        return st.sampled_from(knob.choices)
    if knob.kind == "name":
        return st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
    if knob.kind == "text":
        return st.just("") | st.just("a b\n" * 200 + "c")
    if knob.kind == "int":
        low, high = -(-int(knob.low) // knob.multiple_of), int(knob.high) // knob.multiple_of
        return st.integers(low, high).map(lambda n: n * knob.multiple_of)
    number = st.floats(knob.low, knob.high)
    return st.none() | number if knob.kind == "optional_float" else number


@pytest.mark.parametrize("knob", NUMBERS, ids=name_of)
def test_a_knob_takes_its_bounds_and_nothing_beyond(knob):
    whole = knob.kind == "int"
    below = knob.low - knob.multiple_of if whole else math.nextafter(knob.low, -math.inf)
    above = knob.high + knob.multiple_of if whole else math.nextafter(knob.high, math.inf)
    for value in (knob.low, knob.high):
        assert knob.check(value) == value
    for value in (below, above):
        with pytest.raises(ConfigError) as refusal:
            knob.check(value)
        assert (refusal.value.field, refusal.value.value) == (knob.name, value)
        assert str(refusal.value) == f"{knob.name} must be {knob.bound}, got {value!r}"


@pytest.mark.parametrize(
    ("name", "text", "got"),
    [
        ("aux_coefficient", "999", "999"),
        ("aux_coefficient", "1e99", "1e99"),
        ("aux_coefficient", "-0.50", "-0.50"),
        ("top_k", "+09", "+09"),
        ("capacity_factor", "9.", "9."),
        ("top_k", "2.9", "'2.9'"),
        ("top_k", "two", "'two'"),
    ],
)
def test_a_refusal_shows_a_number_as_it_was_typed(name, text, got):
    with pytest.raises(ConfigError) as refusal:
        KNOBS[name].parse(text)
    labelled = refusal.value.by_names({name: KNOBS[name].label})
    assert str(labelled) == f"{KNOBS[name].label} must be {KNOBS[name].bound}, got {got}"
    assert str(pickle.loads(pickle.dumps(labelled))) == str(labelled)


@pytest.mark.parametrize(
    ("kind", "low", "high", "told"),
    [
        ("int", 1, 1_000_000, "a whole number from 1 to 1,000,000"),
        ("float", 1e-3, 1e6, "a number from 0.001 to 1,000,000"),
        ("float", 0.5, 1234.5, "a number from 0.5 to 1234.5"),
        ("float", 0.0, math.inf, "a number from 0 to inf"),
    ],
)
def test_a_bound_is_told_in_full(kind, low, high, told):
    assert Knob("a", kind, low, "A", "A number.", low=low, high=high).bound == told


@pytest.mark.parametrize("knob", NUMBERS, ids=name_of)
@pytest.mark.parametrize("value", [True, math.nan, math.inf, -math.inf, "1", [1], 1j, b"1"])
def test_what_is_no_finite_number_is_refused(knob, value):
    with pytest.raises(ConfigError):
        knob.check(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_knob_without_bounds_takes_finite_numbers_alone(value):
    knob = Knob("free", "float", 0.0, "Free", "Any number.")
    assert knob.check(-1e300) == -1e300
    with pytest.raises(ConfigError):
        knob.check(value)


@pytest.mark.parametrize("knob", KNOBS.values(), ids=name_of)
def test_a_default_is_valid_and_none_is_for_optional_knobs_alone(knob):
    assert knob.check(knob.default) == knob.default
    if knob.kind == "optional_float":
        assert knob.check(None) is None
    else:
        with pytest.raises(ConfigError):
            knob.check(None)


@pytest.mark.parametrize("knob", NUMBERS, ids=name_of)
@pytest.mark.parametrize(
    "text",
    ["", "many", "1,5", "0x10", "nan", "inf", "1e999", "9" * 5000, "１", "٤", " 4", "4\n", "0_4"],
)
def test_text_that_is_no_number_in_bounds_is_refused(knob, text):
    with pytest.raises(ConfigError) as refusal:
        knob.parse(text)
    assert knob.bound in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_a_whole_number_is_asked_for_where_a_fraction_makes_no_sense():
    for value in (1.5, 2.0):
        with pytest.raises(ConfigError, match="whole number"):
            KNOBS["top_k"].check(value)
    with pytest.raises(ConfigError, match="multiple of 4"):
        KNOBS["d_model"].check(18)
    assert KNOBS["router_noise"].check(1) == 1.0


def test_a_choice_and_a_name_are_taken_as_they_are_written():
    for knob, value in (("drop_policy", "Position"), ("drop_policy", ""), ("activation", "relu")):
        with pytest.raises(ConfigError, match="one of"):
            KNOBS[knob].check(value)
    for value in ("", "Switch", "1st", "a b", "a" * 41, "a\n", "ä", 3):
        for name in ("balancer", "router"):
            with pytest.raises(ConfigError):
                KNOBS[name].check(value)


@pytest.mark.parametrize("length", [MIN_USER_TEXT_CHARACTERS, MAX_USER_TEXT_CHARACTERS, 0])
def test_text_is_empty_or_within_its_limits(length):
    assert KNOBS["user_text"].check("x" * length) == "x" * length


@pytest.mark.parametrize("length", [1, MIN_USER_TEXT_CHARACTERS - 1, MAX_USER_TEXT_CHARACTERS + 1])
def test_text_beyond_its_limits_is_refused_without_repeating_it(length):
    with pytest.raises(ConfigError) as refusal:
        KNOBS["user_text"].check("x" * length)
    unit = "character" if length == 1 else "characters"
    bound = "500 to 200,000 characters long, or empty"
    assert str(refusal.value) == f"user_text must be {bound}, got {length:,} {unit}"


@given(st.data())
def test_every_value_comes_back_from_its_text(data):
    knob = data.draw(st.sampled_from(list(KNOBS.values())))
    value = data.draw(accepted_values(knob))
    back = knob.parse(knob.format(value))
    assert back == value
    assert type(back) is type(knob.check(value))


def test_the_live_knobs_are_those_the_lab_promises():
    assert set(LIVE_KNOBS) == LIVE
    assert check_live({name: KNOBS[name].default for name in LIVE})
    for name in set(KNOBS) - LIVE:
        with pytest.raises(ConfigError) as refusal:
            check_live({name: KNOBS[name].default})
        assert refusal.value.value == name


def test_what_flag_address_and_controls_call_a_knob_is_its_own_declaration():
    plain = Knob("gate_scale", "float", 1.0, "Gate scale", "A factor.")
    assert (plain.flag, plain.url) == ("--gate-scale", "gate_scale")
    short = dataclasses.replace(plain, flag="--gate", url="g")
    assert (short.flag, short.url) == ("--gate", "g")
    for words in ([k.flag for k in KNOBS.values()], [k.url for k in KNOBS.values()]):
        assert len(set(words)) == len(words)


def test_controls_stand_in_their_order_and_ties_in_that_of_the_table():
    for place in ("first", "more", "model"):
        names = knobs_with_controls(place)
        assert {KNOBS[name].controls for name in names} == {place}
        places = [(KNOBS[name].order, list(KNOBS).index(name)) for name in names]
        assert places == sorted(places)
    every = knobs_with_controls("first", "more", "model", "none")
    assert sorted(every) == sorted(KNOBS)


def test_every_knob_says_what_it_is():
    for knob in KNOBS.values():
        assert knob.label
        assert knob.help.endswith(".")
        assert knob.bound


def test_fields_that_do_not_go_together_are_refused():
    with pytest.raises(ConfigError, match=r"n_heads .* divisor of d_model \(64\), got 3"):
        ModelConfig(n_heads=3)
    with pytest.raises(ConfigError, match=r"top_k .* at most n_experts \(2\), got 3"):
        ArmConfig.of("A", {"n_experts": 2, "top_k": 3})
    assert ArmConfig.of("A", {"n_experts": 2, "top_k": 2}).routing.top_k == 2
    assert ArmConfig.of("A", {"n_experts": 2, "top_k": 3, "dense_width": 8}).model.is_dense


def test_a_knob_that_does_not_exist_is_refused_by_name():
    for refused in (
        lambda: ArmConfig.of("A", {"n_expert": 4}),
        lambda: ArmConfig.of("A", {}).with_knobs({"n_expert": 4}),
        lambda: check_live({"n_expert": 4}),
    ):
        with pytest.raises(ConfigError, match="n_expert"):
            refused()


def test_a_configuration_cannot_be_changed():
    for frozen, field in ((ModelConfig(), "n_experts"), (ArmConfig("A"), "name")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(frozen, field, 4)


def test_changed_knobs_are_checked_anew_and_leave_the_rest():
    arm = ArmConfig.of("A", {"seed": 7}, (ScheduledChange(3, {"top_k": 2}),))
    changed = arm.with_knobs({"top_k": 4})
    assert changed.knobs == {**arm.knobs, "top_k": 4}
    assert changed.schedule == arm.schedule
    with pytest.raises(ConfigError):
        arm.with_knobs({"top_k": 0})


@pytest.mark.parametrize("step", [0, -1, 1.0, True, "3", None])
def test_a_scheduled_change_needs_a_step_to_come(step):
    with pytest.raises(ConfigError, match="schedule step"):
        ScheduledChange(step, {"top_k": 2})


def test_a_scheduled_change_is_of_live_knobs_in_bounds():
    assert ScheduledChange(1, {"top_k": 2}).step == 1
    for knobs in ({"n_experts": 4}, {"top_k": 9}, {"nothing": 1}):
        with pytest.raises(ConfigError):
            ScheduledChange(1, knobs)


def test_a_run_has_one_to_four_arms_of_different_names():
    arms = [ArmConfig(name) for name in "ABCDE"]
    assert len(RunConfig(tuple(arms[:4])).arms) == 4
    for refused in ((), tuple(arms), (arms[0], arms[0])):
        with pytest.raises(ConfigError, match=r"^models must be"):
            RunConfig(refused)


def test_a_run_changes_one_arm_or_all():
    run = RunConfig((ArmConfig("A"), ArmConfig("B")))
    assert [a.routing.top_k for a in run.with_knobs({"top_k": 2}).arms] == [2, 2]
    assert [a.routing.top_k for a in run.with_knobs({"top_k": 2}, "B").arms] == [1, 2]
    for knobs, arm in (({"top_k": 2}, "C"), ({"seed": 1}, None), ({"top_k": 9}, "A")):
        with pytest.raises(ConfigError):
            run.with_knobs(knobs, arm)


@given(st.data())
def test_a_run_comes_back_from_json(data):
    together = ("n_heads", "top_k", "n_groups", "kept_groups")
    knobs = {
        name: data.draw(accepted_values(KNOBS[name]))
        for name in sorted(data.draw(st.sets(st.sampled_from(sorted(KNOBS)))))
        if name not in together
    }
    n_experts = knobs.get("n_experts", KNOBS["n_experts"].default)
    if n_experts % 4 == 0 and n_experts >= 8:
        knobs |= data.draw(st.sampled_from([{}, {"n_groups": 4, "kept_groups": 3, "top_k": 5}]))
    live = data.draw(st.sampled_from(sorted(LIVE)))
    change = ScheduledChange(
        data.draw(st.integers(1, 9)), {live: data.draw(accepted_values(KNOBS[live]))}
    )
    if "d_model" in knobs:
        knobs["n_heads"] = 1
    run = RunConfig((ArmConfig.of("A", knobs, (change,)), ArmConfig("a second arm")))
    written = json.dumps(run.to_json(), allow_nan=False)
    assert RunConfig.from_json(json.loads(written)) == run


def test_a_bad_value_in_json_is_refused():
    data = RunConfig((ArmConfig("A"),)).to_json()
    data["arms"][0]["knobs"]["learning_rate"] = "quick"
    with pytest.raises(ConfigError, match="learning_rate"):
        RunConfig.from_json(data)


@given(model_configs(), st.integers(1, 2), st.sampled_from(["active", "total"]))
def test_a_dense_baseline_is_equal_to_less_than_one_hidden_unit(model, top_k, equal):
    arm = ArmConfig("A", model=model, schedule=(ScheduledChange(1, {"top_k": 1}),))
    arm = arm.with_knobs({"top_k": top_k})
    twin = dense_baseline(arm, equal, "twin")
    count = total_parameters if equal == "total" else active_parameters
    wanted = count(arm.model) if equal == "total" else count(arm.model, top_k)
    got = count(twin.model) if equal == "total" else count(twin.model, top_k)
    matrices = 3 if model.activation == "swiglu" else 2
    assert abs(got - wanted) < model.n_layers * matrices * model.d_model
    assert (twin.name, twin.schedule, twin.train) == ("twin", (), arm.train)
    assert dataclasses.replace(twin.model, dense_width=0) == arm.model


def test_a_refusal_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(ConfigError("top_k", 9, "from 1 to 8")))
    assert (error.field, error.value, error.bound) == ("top_k", 9, "from 1 to 8")
    assert str(error) == "top_k must be from 1 to 8, got 9"
    with pytest.raises(ConfigError) as refusal:
        ModelConfig(n_heads=3)
    error = pickle.loads(pickle.dumps(refusal.value))
    assert str(error) == "n_heads must be a divisor of d_model (64), got 3"
    assert error.others == ("d_model",)
    assert (
        str(error.by_names({"d_model": "Width"}))
        == "n_heads must be a divisor of Width (64), got 3"
    )


def test_a_refusal_goes_by_other_names_in_its_bound_too_and_elsewhere_is_left_as_it_is():
    names = {"top_k": "k", "n_experts": "{N}", "position": "a policy"}
    error = ConfigError("top_k", 9, "at most {} (8)", ("n_experts",))
    assert error.bound == "at most n_experts (8)"
    assert str(error.by_names(names)) == "k must be at most {N} (8), got 9"
    assert str(error.by_names(names).by_names({"{N}": "N"})) == "k must be at most N (8), got 9"
    literal = ConfigError("text", "{", "JSON; {} is n_experts")
    assert str(literal.by_names(names)) == "text must be JSON; {} is n_experts, got '{'"
    assert str(ConfigError("top_k", None, "{}", ("n_experts",)).by_names(names)) == (
        "k is missing: it must be {N}"
    )


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        (0, "character", "0 characters"),
        (1, "byte", "1 byte"),
        (8_000_001, "byte", "8,000,001 bytes"),
    ],
)
def test_a_length_is_said_in_its_unit_and_never_quoted(number, unit, said):
    assert (
        str(ConfigError("file", length(number, unit), "short")) == f"file must be short, got {said}"
    )


def test_a_refusal_quotes_values_and_not_words_about_them():
    """An f-string describes a value: it goes through `Unquoted` or `length`."""
    quoted = [
        f"{path.name}:{call.lineno}"
        for path in (Path(__file__).parents[2] / "moeviz").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "ConfigError"
        if isinstance(call.args[1], ast.JoinedStr)
    ]
    assert quoted == []


def test_a_tooltip_ends_with_the_range_unless_the_control_lists_its_choices():
    assert KNOBS["top_k"].tooltip.endswith("cost more FLOPs. A whole number from 1 to 8.")
    assert KNOBS["capacity_factor"].tooltip.endswith("A number from 0.1 to 8, or empty: dropless.")
    for name in ("balancer", "drop_policy"):
        assert KNOBS[name].tooltip == KNOBS[name].help
