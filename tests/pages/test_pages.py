"""The pages on an engine with a worker process: what they ask reaches the models that train."""

from __future__ import annotations

import pytest

from moeviz.engine.local import LocalEngine
from moeviz.ui.shared.navigation import LAB
from tests.fakes import DIVERGES_AT_RATE
from tests.pages.visit import address, enter, press, visit_with_open_doors, words

WAIT_S = 20


@pytest.fixture
def stepped(app, engine: LocalEngine):
    """The lab with a run that has done its first step."""
    visit_with_open_doors(app, LAB)
    press(app, "do_step")
    engine.wait(address(app)["run"], lambda status: status.step == 1, WAIT_S)
    app.run()
    return app


def arms(app, engine: LocalEngine):
    return engine.latest(address(app)["run"]).config.arms


def test_live_knobs_reach_both_arms_or_the_one_that_is_set_apart(stepped, engine: LocalEngine):
    enter(stepped, "knob_A_top_k", 2)
    assert [arm.routing.top_k for arm in arms(stepped, engine)] == [2, 2]
    assert address(stepped)["k"] == "2"
    press(stepped, "link_top_k")
    enter(stepped, "knob_B_top_k", 3)
    assert [arm.routing.top_k for arm in arms(stepped, engine)] == [2, 3]


def test_a_model_knob_asks_before_it_starts_a_new_run(stepped, engine: LocalEngine):
    first = address(stepped)["run"]
    enter(stepped, "knob_A_n_experts", 16)
    assert "Experts 8 → 16" in words(stepped)
    assert address(stepped)["run"] == first
    press(stepped, "do_keep")
    assert stepped.number_input("knob_A_n_experts").value == 8
    enter(stepped, "knob_A_n_experts", 16)
    press(stepped, "do_new")
    assert address(stepped)["run"] != first
    assert arms(stepped, engine)[0].model.n_experts == 16


def test_reset_goes_back_to_the_first_step_of_the_same_run(stepped, engine: LocalEngine):
    run = address(stepped)["run"]
    press(stepped, "do_reset")
    assert address(stepped)["run"] == run
    assert engine.latest(run).step == 0


def test_a_run_that_diverges_says_where_and_why_and_can_be_reset(stepped, engine: LocalEngine):
    run = address(stepped)["run"]
    enter(stepped, "knob_A_learning_rate", DIVERGES_AT_RATE)
    press(stepped, "do_step")
    engine.wait(run, lambda status: status.state == "failed", WAIT_S)
    stepped.run()
    assert "Stopped for good: failed at step 2: the loss is nan  ·  step 1" in words(stepped)
    assert stepped.button("do_play").disabled
    assert stepped.button("do_step").disabled
    assert "| A, 0 |" in words(stepped)
    assert [len(each) for each in engine.history(run).values()] == [1, 1]
    press(stepped, "do_reset")
    enter(stepped, "knob_A_learning_rate", 0.003)
    press(stepped, "do_step")
    engine.wait(run, lambda status: status.step == 1, WAIT_S)
    stepped.run()
    assert "Stopped for good" not in words(stepped)
    assert address(stepped)["run"] == run
