"""The pages on an engine with a worker process: what is pressed reaches the models that train."""

from __future__ import annotations

import pytest

from moeviz.engine.local import LocalEngine
from moeviz.ui.shared.navigation import LAB
from tests.fakes import DIVERGES_AT_RATE
from tests.pages.live import Live
from tests.pages.mounted import start_new
from tests.pages.visit import address, enter, press, visit_with_open_doors, words

WAIT_S = 20


@pytest.fixture
def stepped(app, engine: LocalEngine) -> Live:
    """The lab with a run that has done its first step."""
    live = Live(visit_with_open_doors(app, LAB), engine)
    step(live, 1)
    return live


def step(live: Live, reached: int) -> None:
    """Press Step and wait for the worker."""
    live.press("step")
    live.engine.wait(live.id, lambda status: status.step == reached and status.obeyed, WAIT_S)
    live.page.run()


def test_live_knobs_reach_both_models_or_the_one_that_is_set_apart(stepped):
    stepped.turn("top_k", "2")
    assert [arm.routing.top_k for arm in stepped.status.config.arms] == [2, 2]
    assert address(stepped.page)["k"] == "2"
    stepped.turn("top_k", "3", of="B")
    assert [arm.routing.top_k for arm in stepped.status.config.arms] == [2, 3]
    step(stepped, 2)
    marks = {(mark.step, mark.arm): dict(mark.knobs) for mark in stepped.status.marks}
    assert marks[2, "A"] == {"top_k": 2}
    assert marks[2, "B"] == {"top_k": 3}


def test_knobs_of_a_prepared_run_cost_no_worker_and_are_what_it_starts_with(app, engine):
    live = Live(visit_with_open_doors(app, LAB), engine)
    live.turn("top_k", "2")
    live.turn("aux_coefficient", "0.5", of="B")
    assert engine.worker_pids == ()
    assert engine.runs("me") == []
    step(live, 1)
    assert [arm.routing.top_k for arm in live.status.started.arms] == [2, 2]
    assert live.status.started.arms[1].balance.aux_coefficient == 0.5
    assert live.status.marks == ()
    assert [run.run_id for run in engine.runs("me")] == [live.id]


def test_a_model_knob_asks_before_it_leaves_a_run_with_steps(stepped):
    first = address(stepped.page)["run"]
    enter(stepped.page, "knob_A_n_experts", 12)
    assert "Experts E 16 → 12" in words(stepped.page)
    assert address(stepped.page)["run"] == first == stepped.id
    press(stepped.page, "do_keep")
    assert stepped.page.number_input("knob_A_n_experts").value == 16
    enter(stepped.page, "knob_A_n_experts", 12)
    start_new(stepped.page)
    assert address(stepped.page)["run"] == stepped.id != first
    assert stepped.status.config.arms[0].model.n_experts == 12
    assert stepped.engine.latest(first, watching=False).state == "paused"


def test_an_experiment_pauses_the_run_that_it_leaves(stepped):
    first = stepped.id
    stepped.start()
    stepped.engine.wait(first, lambda status: status.step > 3, WAIT_S)
    enter(stepped.page, "preset", "rescue")
    assert stepped.id != first
    left = stepped.engine.latest(first)  # who still watches it wakes it not
    assert left.state == "paused"
    assert [run.run_id for run in stepped.engine.runs("me")] == [first]


def test_a_reset_goes_back_to_the_first_step_of_the_same_run(stepped):
    run = address(stepped.page)["run"]
    stepped.press("reset")
    assert address(stepped.page)["run"] == stepped.id == run
    assert stepped.status.step == 0


def test_a_run_that_diverges_says_where_and_why_and_can_be_reset(stepped):
    run, start = stepped.id, stepped.knobs("A")["learning_rate"]
    stepped.turn("learning_rate", str(DIVERGES_AT_RATE))
    stepped.press("step")
    stepped.engine.wait(run, lambda status: status.state == "failed", WAIT_S)
    stepped.page.run()
    told = stepped.told()
    assert (told["state"], told["step"]) == ("failed", 1)
    assert told["reason"] == "failed at step 2: the loss is nan"
    for act in ("start", "step"):
        assert "rewind it to an earlier checkpoint" in stepped.refused(act)
    assert "normalised_entropy" in told["arms"]["A"]["latest"]
    assert [len(each) for each in stepped.engine.history(run).values()] == [1, 1]
    stepped.press("reset")
    stepped.turn("learning_rate", str(start))
    step(stepped, 1)
    assert stepped.told()["state"] == "paused"
    assert address(stepped.page)["run"] == stepped.id == run
