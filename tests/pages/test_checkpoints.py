"""What the controls show of a run that has a past: kept steps, its own changes, refused knobs."""

from __future__ import annotations

import json

import pytest

from moeviz.config import KNOBS
from moeviz.engine.protocol import LimitReached
from moeviz.ui.shared.navigation import LAB, RUNS
from moeviz.ui.shared.presets import BY_NAME
from moeviz.ui.shared.session import shown_in
from tests.pages.visit import (
    address,
    enter,
    open_doors,
    press,
    select_runs,
    visit,
    visit_with_open_doors,
    words,
)

WAIT_S = 30


def trained(app, engine, steps: int, **query: str) -> str:
    """A run of that many steps in the lab, at rest."""
    visit_with_open_doors(app, LAB, **query)
    press(app, "do_step")
    run_id = address(app)["run"]
    engine.step(run_id, steps - 1)
    engine.wait(run_id, lambda status: status.step == steps and status.state == "paused", WAIT_S)
    open_doors(app, "go_back")
    return run_id


def value(app, arm: str, knob: str):
    return app.number_input(f"knob_{arm}_{knob}").value


def in_force(engine, run_id: str, arm: str, knob: str):
    return {each.name: each.knobs for each in engine.latest(run_id).config.arms}[arm][knob]


def test_there_is_nothing_to_go_back_to_before_the_first_step(app):
    visit(app, LAB)
    assert not [each for each in app.button if each.key in ("do_rewind", "do_fork")]


def test_rewind_goes_back_to_the_chosen_step_with_its_knobs(app, engine):
    run_id = trained(app, engine, 210)
    enter(app, "knob_A_top_k", 3)
    engine.step(run_id, 10)
    engine.wait(run_id, lambda status: status.step == 220, WAIT_S)
    app.run()
    assert set(app.selectbox("kept_step").options) >= {"step 200", "step 100", "step 0"}
    enter(app, "kept_step", 100)
    press(app, "do_rewind")
    assert address(app)["run"] == run_id
    assert engine.latest(run_id).step == 100
    assert value(app, "A", "top_k") == in_force(engine, run_id, "A", "top_k") == 1


def test_a_fork_is_a_new_run_with_the_steps_so_far_and_leaves_the_old_one(app, engine):
    old = trained(app, engine, 130, k="2")
    enter(app, "kept_step", 100)
    press(app, "do_fork")
    new = address(app)["run"]
    assert new != old
    assert (engine.latest(old).step, engine.latest(new).step) == (130, 100)
    assert len(engine.history(new)["A"]) == 100
    assert value(app, "A", "top_k") == 2
    assert {run.run_id for run in engine.runs("me")} == {old, new}
    assert "This needs a new run" not in words(app)
    assert "This is a new run, forked at step 100." in words(app)
    engine.step(new)
    engine.wait(new, lambda status: status.step == 101, WAIT_S)
    app.run()
    assert "This is a new run" not in words(app)


def test_a_step_that_is_past_is_refused_by_the_name_of_its_control(app, engine):
    trained(app, engine, 30)
    enter(app, "state_until", "step")
    enter(app, "until_step", 20)
    press(app, "do_play")
    assert 'Step of "Until a step" must be above the present step 30, got 20' in words(app)


def listed(app) -> list[tuple[str, str]]:
    """Name and start of the runs in the list."""
    visit(app, RUNS)
    (table,) = app.dataframe
    return list(zip(table.value["Experiment"], table.value["Started"], strict=True))


def test_the_list_tells_a_fork_from_the_run_that_it_comes_from(app, engine):
    old = trained(app, engine, 130)
    enter(app, "kept_step", 100)
    press(app, "do_fork")
    (fork, _), (source, started) = listed(app)
    assert source == "Collapse"
    assert fork == f"Collapse, forked at step 100 from {started}"
    engine.delete(old)
    assert [name for name, _ in listed(app)] == ["Collapse, forked at step 100"]


def test_a_fork_beside_its_source_is_drawn_from_where_it_leaves_it(app, engine):
    trained(app, engine, 130)
    enter(app, "kept_step", 100)
    press(app, "do_fork")
    fork = address(app)["run"]
    engine.step(fork, 20)
    engine.wait(fork, lambda status: status.step == 120, WAIT_S)
    visit(app, RUNS)
    select_runs(app, 0, 1)
    panels = [json.loads(each.proto.json)[0] for each in app.get("bidi_component")]
    (figure,) = [panel["figure"] for panel in panels if "figure" in panel]
    first = {t["name"]: t["x"]["first"] for t in figure["data"] if t["yaxis"] == "y2"}
    assert first == {"1, A": 100, "1, B": 100, "2, A": 1, "2, B": 1}
    assert "step 120, drawn from step 100 on: before, it is 2" in words(app)


FIRED = {"then": "3:b:alpha:0.5", "unlinked": "method"}


def test_a_scheduled_change_shows_in_its_control_once_it_has_happened(app, engine):
    start = KNOBS["aux_coefficient"].default
    visit(app, LAB, **FIRED)
    assert value(app, "A", "aux_coefficient") == start
    assert "knob_B_aux_coefficient" not in [each.key for each in app.number_input]
    run_id = trained(app, engine, 4, **FIRED)
    assert value(app, "A", "aux_coefficient") == start
    assert value(app, "B", "aux_coefficient") == 0.5
    assert f"Reset starts with {start}" in app.number_input("knob_B_aux_coefficient").help
    assert in_force(engine, run_id, "B", "aux_coefficient") == 0.5
    assert address(app)["then"] == FIRED["then"]
    assert "This needs a new run" not in words(app)


@pytest.mark.parametrize("way", ["bare", "keep", "runs"])
def test_a_reopened_run_keeps_its_start_values_and_its_schedule(app, engine, way):
    run_id = trained(app, engine, 4, **FIRED)
    if way == "bare":
        visit_with_open_doors(app, LAB, preset="collapse")
        visit_with_open_doors(app, LAB, run=run_id)
    elif way == "runs":
        visit(app, RUNS)
        select_runs(app, 0)
        links = {each.proto.label: each.proto for each in app.get("page_link")}
        query = dict(each.split("=") for each in links["Open in the lab"].query_string.split("&"))
        visit_with_open_doors(
            app, LAB, **{name: text.replace("%3A", ":") for name, text in query.items()}
        )
    else:
        enter(app, "knob_A_seed", 5)
        press(app, "do_keep")
    assert "This needs a new run" not in words(app)
    assert address(app) == {"run": run_id, "then": FIRED["then"]}
    assert value(app, "B", "aux_coefficient") == 0.5
    press(app, "do_reset")
    start = KNOBS["aux_coefficient"].default
    assert in_force(engine, run_id, "B", "aux_coefficient") == start
    assert [arm.schedule != () for arm in engine.latest(run_id).config.arms] == [False, True]
    engine.step(run_id, 4)
    engine.wait(run_id, lambda status: status.step == 4, WAIT_S)
    assert in_force(engine, run_id, "B", "aux_coefficient") == 0.5


@pytest.mark.parametrize("name", ["collapse", "rescue"])
def test_an_address_of_a_run_alone_tells_what_its_experiment_leads_one_to_expect(app, engine, name):
    run_id = trained(app, engine, 2, preset=name)
    visit(app, LAB, run=run_id)
    assert address(app) == {"run": run_id, "preset": name}
    assert f"**{BY_NAME[name].title}.**" in words(app)
    assert "You have changed its controls" not in words(app)


def test_a_run_that_is_no_experiment_promises_nothing(app, engine):
    run_id = trained(app, engine, 2, preset="collapse", k="2")
    visit(app, LAB, run=run_id)
    assert "preset" not in address(app)
    assert "**Collapse.**" not in words(app)


def test_a_knob_turned_after_its_scheduled_change_is_in_force_in_its_arm_alone(app, engine):
    run_id = trained(app, engine, 4, method="switch_loss", then="3:a:alpha:0.5")
    enter(app, "knob_A_aux_coefficient", 0.25)
    start = KNOBS["aux_coefficient"].default
    assert in_force(engine, run_id, "A", "aux_coefficient") == 0.25
    assert in_force(engine, run_id, "B", "aux_coefficient") == start
    press(app, "link_aux_coefficient")
    assert in_force(engine, run_id, "B", "aux_coefficient") == 0.25


def test_an_address_from_before_a_knob_was_turned_shows_what_is_in_force(app, engine):
    run_id = trained(app, engine, 2, k="2")
    visit(app, LAB, run=run_id, k="4")
    assert value(app, "A", "top_k") == 2
    assert address(app) == {"run": run_id, "k": "2"}


def test_a_live_knob_that_the_running_model_refuses_goes_back_and_says_why(app, engine):
    run_id = trained(app, engine, 2, experts="4")
    enter(app, "knob_A_n_experts", 16)
    enter(app, "knob_A_top_k", 6)
    assert (
        "the running models cannot take it: Experts per token must be at most Experts (4)"
        in words(app)
    )
    assert value(app, "A", "top_k") == in_force(engine, run_id, "A", "top_k") == 1


def test_a_knob_that_one_arm_cannot_take_reaches_no_arm(app, engine):
    run_id = trained(app, engine, 2, experts="8", unlinked="experts,method", b_experts="4")
    enter(app, "knob_A_n_experts", 16)
    enter(app, "knob_B_n_experts", 16)
    enter(app, "knob_A_top_k", 6)
    assert (
        "the running models cannot take it: Experts per token must be at most Experts (4)"
        in words(app)
    )
    assert value(app, "A", "top_k") == 1
    assert [in_force(engine, run_id, arm, "top_k") for arm in "AB"] == [1, 1]
    assert "k" not in address(app)


def test_a_diverged_run_takes_its_new_knobs_at_the_reset(page, hand):
    visit(page, LAB)
    press(page, "do_step")
    run_id = address(page)["run"]
    enter(page, "knob_A_learning_rate", 1.0)
    hand.train(run_id, 1)
    page.run()
    enter(page, "knob_A_learning_rate", 0.001)
    assert "Refused" not in words(page)
    assert page.number_input("knob_A_learning_rate").value == 0.001
    press(page, "do_reset")
    assert hand.latest(run_id).config.arms[0].train.learning_rate == 0.001


def test_a_reset_leaves_arms_that_are_not_in_the_run_alone(page, hand):
    visit_with_open_doors(page, LAB, arms="a")
    press(page, "do_step")
    enter(page, "state_arms", "ab")
    press(page, "do_reset")
    assert hand.latest(address(page)["run"]).step == 0
    assert "Refused" not in words(page)


@pytest.mark.parametrize("refused", ["resume", "step"])
def test_a_start_that_is_refused_half_way_leaves_the_shown_run_as_it_was(
    page, hand, monkeypatch, refused
):
    def refuse(*_: object) -> None:
        raise LimitReached("2 runs would train at once")

    visit_with_open_doors(page, LAB)
    if refused == "resume":
        press(page, "do_start")
        enter(page, "knob_A_n_experts", 16)
    before = {run_id: run.state for run_id, run in hand.known.items()}
    told = address(page)
    monkeypatch.setattr(hand, refused, refuse)
    press(page, "do_new" if refused == "resume" else "do_step")
    assert "Refused. Nothing was changed." in words(page)
    assert {run_id: run.state for run_id, run in hand.known.items()} == before
    assert address(page) == told


def test_a_reset_that_the_run_cannot_take_forgets_none_of_its_steps(page, hand):
    visit_with_open_doors(page, LAB, experts="4")
    press(page, "do_step")
    run_id = address(page)["run"]
    hand.known[run_id].state = "failed"  # so that a knob waits for the reset
    page.run()
    enter(page, "knob_A_n_experts", 16)
    enter(page, "knob_A_top_k", 6)
    press(page, "do_reset")
    assert "Experts per token must be at most Experts (4)" in words(page)
    assert hand.latest(run_id).step == 1


def test_a_tick_that_repeats_what_a_control_showed_before_the_page_set_it_is_no_wish(
    page, hand, monkeypatch
):
    visit(page, LAB, k="4")
    press(page, "do_step")
    hand.set(address(page)["run"], {"top_k": 2})
    page.run()
    assert page.number_input("knob_A_top_k").value == 2
    hand.asked.clear()
    monkeypatch.setattr("moeviz.ui.shared.session.ticking", lambda: True)
    enter(page, "knob_A_top_k", 4)
    assert [told for told in hand.asked if told[0] == "set"] == []
    assert page.number_input("knob_A_top_k").value == 2
    monkeypatch.undo()
    enter(page, "knob_A_top_k", 4)
    assert [told[2] for told in hand.asked if told[0] == "set"] == [{"top_k": 4}] * 2


def test_a_tick_that_overtakes_what_is_entered_leaves_it_new_for_the_rerun(monkeypatch):
    values, taken = {}, []
    monkeypatch.setattr("streamlit.session_state", values)
    monkeypatch.setattr("moeviz.ui.shared.session.ticking", lambda: True)
    changed = shown_in("knob", 1, taken.append)
    values["knob"] = 2  # the tick brought it
    changed()
    assert (values, taken) == ({"knob": 1}, [])


def test_a_k_that_is_turned_beside_a_dense_baseline_asks_for_no_new_run(page, hand):
    visit(page, LAB, dense="active")
    press(page, "do_step")
    enter(page, "knob_A_top_k", 2)
    assert "This needs a new run" not in words(page)
    assert "keeps the width that it was started with" in words(page)
