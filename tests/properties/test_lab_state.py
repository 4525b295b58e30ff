"""The lab's state, the run that it describes and the address that says it: all three the same.

No address breaks a page: what cannot be taken is named, with the bound and what is used instead.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from moeviz.config import KNOBS, ConfigError
from moeviz.engine.limits import Limits
from moeviz.engine.start_config import start_config
from moeviz.ui.shared.lab_address import from_query, shown_parameters, text_of, to_query
from moeviz.ui.shared.lab_state import (
    DENSE_NAMES,
    LAB_KNOBS,
    RESTART_KNOBS,
    URL_NAMES,
    LabState,
    Then,
    same_experiment,
)
from moeviz.ui.shared.presets import BY_NAME, PRESETS
from tests.lab_states import knob_values, states


@given(states())
def test_controls_set_back_to_a_run_describe_that_run(state):
    try:
        run = state.run_config()
    except ConfigError:
        assume(False)
    back = LabState(**LabState.fields_of(run))
    assert back.run_config() == run
    assert from_query(to_query(back)) == (back, [])


@given(states())
def test_a_run_that_has_changed_nothing_shows_and_restarts_as_its_controls_say(state):
    try:
        run = state.run_config()
    except ConfigError:
        assume(False)
    assert state.in_force(run).run_config() == run
    assert start_config(run, run, step=10**6) == run


@given(states(), st.integers(1, 400))
def test_reset_undoes_a_scheduled_change_and_keeps_what_was_turned_by_hand(state, step):
    try:
        run = state.run_config()
    except ConfigError:
        assume(False)
    assume(state.then is not None and any(arm.schedule for arm in run.arms))
    now = run.with_knobs({"learning_rate": 0.5}) if state.then.knob != "learning_rate" else run
    by_hand = now
    if step >= state.then.step:
        now = now.with_knobs({state.then.knob: state.then.value}, state.then.arm)
    assert start_config(now, run, step) == by_hand


@given(states(), st.data())
def test_whatever_was_turned_by_hand_reset_describes_a_run_that_can_be_started(state, data):
    """Also where the hand set what only a scheduled change had made possible."""
    run = state.run_config()
    group, kept = (data.draw(st.sampled_from([1, 2, 4])) for _ in range(2))
    by_hand = {"n_groups": group, "kept_groups": kept, "top_k": data.draw(st.integers(1, 8))}
    try:
        now = run.with_knobs({state.then.knob: state.then.value}) if state.then else run
        now = now.with_knobs(by_hand)
    except ConfigError:
        now = run
    again = start_config(now, run, step=20_000)
    Limits(max_parameters_per_arm=10**12, max_tokens_per_step=10**9).check(again)
    assert [arm.schedule for arm in again.arms] == [arm.schedule for arm in run.arms]
    back = LabState(**LabState.fields_of(again)).run_config()
    assert [arm for arm in back.arms if not arm.model.is_dense] == [
        arm for arm in again.arms if not arm.model.is_dense
    ]


def test_reset_undoes_all_where_a_scheduled_change_could_not_come_again():
    four = {**LabState().shared, "n_groups": 4}
    run = LabState(shared=four, arms="a", then=Then(7, "A", "n_groups", 2)).run_config()
    now = run.with_knobs({"n_groups": 2}).with_knobs({"n_groups": 4, "kept_groups": 3})
    assert start_config(now, run, step=9) == run
    fewer = run.with_knobs({"n_groups": 2}).with_knobs({"n_groups": 4, "kept_groups": 2})
    assert start_config(fewer, run, step=9) == run.with_knobs({"kept_groups": 2})


def test_reset_undoes_all_where_the_hand_built_upon_a_scheduled_change():
    run = LabState(arms="a", then=Then(7, "A", "n_groups", 4)).run_config()
    now = run.with_knobs({"n_groups": 4}).with_knobs({"kept_groups": 2, "learning_rate": 0.5})
    assert start_config(now, run, step=9) == run
    alone = run.with_knobs({"n_groups": 4}).with_knobs({"learning_rate": 0.5})
    assert start_config(alone, run, step=9) == run.with_knobs({"learning_rate": 0.5})


@given(states())
def test_b_differs_from_a_in_what_is_set_apart_and_nothing_else(state):
    assert {n for n in LAB_KNOBS if state.b[n] != state.shared[n]} <= set(state.b_values)
    assert state.b | state.b_values == state.b


@given(st.sampled_from(LAB_KNOBS), st.data())
def test_each_knob_alone_changes_the_run_and_the_address(name, data):
    value = data.draw(knob_values(name))
    state = LabState(shared={**LabState().shared, name: value})
    try:
        run = state.run_config()
    except ConfigError:
        assume(False)
    assert run.arms[0].knobs[name] == value
    changed = value != LabState().shared[name]
    assert (run != LabState().run_config()) == changed
    assert (URL_NAMES[name] in to_query(state)) == changed


def test_the_state_without_a_word_is_two_arms_that_differ_in_balancing():
    state, notices = from_query({})
    assert (state, notices) == (LabState(), [])
    a, b = state.run_config().arms
    assert (a.balance.balancer, b.balance.balancer) == ("none", "switch")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_a_run_of_two_arms_that_differ_and_its_name_is_its_address(preset):
    a, b = (arm for arm in preset.state.run_config().arms if not arm.model.is_dense)
    assert {**a.knobs, "schedule": a.schedule} != {**b.knobs, "schedule": b.schedule}
    assert a.train == b.train
    assert a.model == b.model
    assert preset.state.preset == preset.name
    assert preset.expectations
    assert all(0 < each.by_step <= 1500 for each in preset.expectations)
    assert BY_NAME[preset.name] is preset
    assert from_query({"preset": preset.name}) == (preset.state, [])
    assert to_query(preset.state) == {"preset": preset.name}


def test_a_scheduled_change_belongs_to_its_arm():
    state = LabState(then=Then(7, "B", "top_k", 2))
    a, b = state.run_config().arms
    assert a.schedule == ()
    assert [(c.step, dict(c.knobs)) for c in b.schedule] == [(7, {"top_k": 2})]
    alone = dataclasses.replace(state, arms="a").run_config()
    assert [arm.schedule for arm in alone.arms] == [()]


@pytest.mark.parametrize(
    "state",
    [
        LabState(shared={**LabState().shared, "n_heads": 3}),
        LabState(shared={**LabState().shared, "n_experts": 2}, then=Then(7, "A", "top_k", 3)),
        LabState(b_values={"balancer": "magic"}),
        LabState(b_values={"router": "magic"}),
        LabState(shared={**LabState().shared, "n_groups": 3}),
        LabState(b_values={"kept_groups": 2}),
        LabState(shared={**LabState().shared, "top_k": 5}, then=Then(7, "B", "n_groups", 4)),
    ],
)
def test_a_state_that_is_no_run_is_refused(state):
    with pytest.raises(ConfigError):
        state.run_config()


def test_a_dense_baseline_is_a_third_arm_with_the_knobs_of_a():
    for kind, name in DENSE_NAMES.items():
        state = LabState(dense=kind)
        dense = state.run_config().arms[-1]
        assert dense.name == name
        assert dense.model.is_dense
        assert {**dense.knobs, "dense_width": 0} == state.run_config().arms[0].knobs


def test_what_is_shown_does_not_make_another_experiment():
    state = LabState()
    for shown in ({"run": "x"}, {"layer": 1}, {"metric": "load_cv"}, {"until": "collapsed"}):
        assert same_experiment(state, dataclasses.replace(state, **shown))
    for other in ({"arms": "a"}, {"dense": "total"}, {"user_text": "x" * 600}, {"b_values": {}}):
        assert not same_experiment(state, dataclasses.replace(state, **other))


def test_every_knob_but_text_and_dense_width_is_in_the_address_under_its_own_name():
    assert set(LAB_KNOBS) == set(KNOBS) - {"user_text", "dense_width"}
    assert len(set(URL_NAMES.values())) == len(URL_NAMES)
    others = {"preset", "unlinked", "arms", "dense", "then", "until", "run", "metric", "layer"}
    assert not set(URL_NAMES.values()) & (others | {"loss"})
    assert all(not KNOBS[name].live for name in RESTART_KNOBS)


@given(states())
def test_every_state_comes_back_from_its_address(state):
    assert from_query(to_query(state)) == (state, [])


NAMES = [*URL_NAMES.values(), *[f"b_{n}" for n in URL_NAMES.values()]]
NAMES += ["then", "until", "run", "preset", "arms", "dense", "unlinked", "metric", "layer", "loss"]


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), st.text(max_size=30)))
def test_no_address_breaks_a_page(query):
    state, _ = from_query(query)
    state.run_config()
    assert from_query(to_query(state)) == (state, [])


def test_a_refused_value_is_named_with_its_bound_and_what_is_used_instead():
    state, notices = from_query({"k": "99", "seed": "x", "colour": "<b>"})
    assert state == LabState()
    assert len(notices) == 3
    said = "\n".join(sorted(notices))
    for words in (
        "k=99 was refused: it must be a whole number from 1 to 8",
        "seed=x",
        "colour=<b>",
    ):
        assert words in said


def test_the_layers_of_an_address_are_those_that_a_model_can_have():
    layers = KNOBS["n_layers"].high
    assert from_query({"layer": f"{layers - 1}"})[0].layer == layers - 1
    _, (notice,) = from_query({"layer": f"{layers}"})
    assert f"layer={layers} was refused: it must be a whole number from 0 to {layers - 1}" in notice


def test_a_server_that_allows_fewer_steps_refuses_more_in_an_address():
    code = (
        "from moeviz.engine.until import UNTIL_KNOBS\n"
        "from moeviz.ui.inspect.state import TRAINED_STEPS, from_query as asking\n"
        "from moeviz.ui.shared.lab_address import from_query\n"
        "state, (until,) = from_query({'until': 'step:51', 'then': '50:a:k:2'})\n"
        "assert 'until=step:51 was refused: it must be a whole number from 1 to 50.' in until\n"
        "assert asking({'step': '51'})[1][0].startswith('step=51 was refused')\n"
        "assert {state.then.step, UNTIL_KNOBS['step'].default, TRAINED_STEPS.high} == {50}\n"
    )
    environment = {**os.environ, "MOEVIZ_MAX_STEPS": "50"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_an_address_of_nothing_but_nonsense_is_answered_in_few_words():
    _, notices = from_query({f"{'x' * 3000}{i}": "y" * 3000 for i in range(500)})
    assert len(notices) == 11
    assert all(len(notice) < 200 for notice in notices)
    assert notices[-1].startswith("490 more were left out")


def test_a_list_of_nothing_but_nonsense_is_answered_in_one_notice():
    state, (notice,) = from_query({"unlinked": ",".join(f"x{i}" for i in range(5000))})
    assert state == LabState(b_values={})
    assert notice.startswith("unlinked=x0,x1,")


def test_values_that_do_not_go_together_are_replaced_and_named():
    state, notices = from_query({"heads": "3"})
    assert state.shared["n_heads"] == KNOBS["n_heads"].default
    assert notices[0].startswith("heads must be a divisor of d_model")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("300:b:alpha:nan", "with a number from 0 to 10 for nan"),
        ("0:b:alpha:0.1", "with a whole number from 1 to 20,000 for 0"),
        ("300:c:alpha:0.1", "like 300:b:alpha:0.02"),
        ("300:b:experts:4", "like 300:b:alpha:0.02"),
        ("300:b:alpha", "like 300:b:alpha:0.02"),
        ("300:b:balancer:magic", "with one of none, importance"),
        ("300:b:rule:magic", "with one of softmax_topk, softmax_topk_renormalised"),
        ("300:b:groups:17", "with a whole number from 1 to 16 for 17"),
    ],
)
def test_a_bad_schedule_is_named_with_what_is_wanted(text, words):
    state, (notice,) = from_query({"then": text})
    assert state == LabState()
    assert notice.startswith(f"then={text} was refused: it must be like 300:b:alpha:0.02")
    assert words in notice


def test_a_value_of_b_alone_sets_its_knob_apart_as_a_browser_writes_it():
    state, notices = from_query({"b_k": "2"})
    assert (state, notices) == (LabState(b_values={**LabState().b_values, "top_k": 2}), [])
    linked, notices = from_query({"unlinked": "none", "b_balancer": "none"})
    assert notices == []
    assert linked.run_config() == LabState(b_values={}).run_config()


def test_a_value_of_b_that_does_not_go_with_the_rest_is_the_only_one_replaced():
    state, (notice,) = from_query({"experts": "4", "unlinked": "k,lr", "b_k": "8", "b_lr": "0.01"})
    assert notice.startswith("k must be at most experts (4), got 8.")
    assert state.b_values == {"learning_rate": 0.01}
    assert state.shared["n_experts"] == 4


def test_an_unknown_name_among_the_unlinked_is_refused_and_the_rest_is_taken():
    state, (notice,) = from_query({"unlinked": "k,colour", "b_k": "2"})
    assert state.b_values == {"top_k": 2}
    assert notice.startswith("unlinked=colour was refused")


@given(states(), states())
def test_what_the_browser_writes_of_the_view_is_what_the_page_would_write(state, other):
    """By the parameters that the page hands to it, and their texts."""
    fields = ("until", "metric", "layer", "by_domain")
    address, parameters = to_query(state), shown_parameters(state)
    assert set(parameters) == set(fields)
    for field, said in parameters.items():
        text = text_of(field, getattr(other, field))
        address.pop(said["url"], None)
        if text != said["default"]:
            address[said["url"]] = text
    changed = dataclasses.replace(state, **{name: getattr(other, name) for name in fields})
    assert address == to_query(changed)
    assert from_query(address) == (changed, [])
