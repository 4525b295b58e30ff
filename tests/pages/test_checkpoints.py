"""A run that has a past: checkpoints, its own scheduled changes, knobs that it refuses."""

from __future__ import annotations

import pytest

from moeviz.config import KNOBS
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import LimitReached
from moeviz.ui.shared.navigation import LAB, RUNS
from moeviz.ui.shared.presets import BY_NAME
from tests.pages.live import Live, components, opened_at
from tests.pages.mounted import start_new
from tests.pages.visit import (
    address,
    enter,
    press,
    select_runs,
    visit,
    visit_with_open_doors,
    words,
)

pytestmark = pytest.mark.slow

WAIT_S = 30
ALPHA = KNOBS["aux_coefficient"].default


def trained(app, engine: LocalEngine, steps: int, **query: str) -> Live:
    """A run of that many steps in the lab, at rest."""
    live = Live(visit_with_open_doors(app, LAB, **query), engine)
    live.press("step")
    if steps > 1:
        engine.step(live.id, steps - 1)
    at_rest(live, steps)
    return live


def at_rest(live: Live, step: int) -> None:
    """Wait until the run rests at this step, and let the page hear of it."""
    live.engine.wait(
        live.id,
        lambda status: status.step == step and status.state == "paused" and status.obeyed,
        WAIT_S,
    )
    live.hear()


def shown(live: Live, arm: str, knob: str) -> str:
    """What the knob's input shows: the value in force."""
    return live.told()["arms"][arm]["knobs"][knob]


def starts(live: Live, arm: str, knob: str) -> str:
    """What a reset would start with, which is what the address says."""
    return live.told()["arms"][arm]["starts"][knob]


def earlier(live: Live) -> list[int]:
    """The checkpoints that a run can go back to."""
    told = live.told()
    return [step for step in told["checkpoints"] if step < told["step"]]


def test_there_is_nothing_to_go_back_to_before_the_first_step(app, engine):
    live = opened_at(app, engine, LAB)
    assert earlier(live) == []
    assert "step 5 has no checkpoint" in live.refused("rewind", step=5).lower()


def test_rewind_goes_back_to_the_chosen_step_with_its_knobs(app, engine):
    live = trained(app, engine, 210)
    run_id = live.id
    live.turn("top_k", "3")
    engine.step(run_id, 10)
    at_rest(live, 220)
    assert set(earlier(live)) >= {200, 100, 0}
    assert (shown(live, "A", "top_k"), address(app)["k"]) == ("3", "3")
    assert live.press("rewind", step=100).more == {"step": 100}
    assert address(app)["run"] == live.id == run_id
    assert live.status.step == 100
    assert shown(live, "A", "top_k") == "1"
    assert "k" not in address(app)


def test_a_fork_is_a_new_run_with_the_steps_so_far_and_leaves_the_old_one(app, engine):
    live = trained(app, engine, 130, k="2")
    old = live.id
    live.press("fork", step=100)
    new = live.id
    assert new == address(app)["run"] != old
    assert live.run["control"] is True
    assert (engine.latest(old).step, engine.latest(new).step) == (130, 100)
    assert len(engine.history(new)["A"]) == 100
    assert [shown(live, arm, "top_k") for arm in "AB"] == ["2", "2"]
    assert {run.run_id for run in engine.runs("me")} == {old, new}
    assert "This change needs a new run" not in words(app)
    live.press("step")
    at_rest(live, 101)
    assert engine.latest(old).step == 130
    visit(app, LAB, preset="rescue")
    visit(app, LAB, run=new)
    assert (live.id, live.status.step) == (new, 101)


def test_a_fork_pauses_the_run_that_it_comes_from(app, engine):
    live = trained(app, engine, 130)
    old = live.id
    live.start()
    live.press("fork", step=100)
    assert engine.latest(old).state == "paused"
    assert live.status.state == "paused"


def test_a_step_that_is_past_is_refused_by_the_name_of_its_control(app, engine):
    live = trained(app, engine, 30)
    why = live.refused("start", until="step:20")
    assert why == 'Step of "Until a step" must be above the present step 30, got 20.'


def listed(app) -> list[tuple[str, str]]:
    """Name and start of the runs in the list."""
    visit(app, RUNS)
    (table,) = app.dataframe
    return list(zip(table.value["Run"], table.value["Started"], strict=True))


def test_the_list_tells_a_fork_from_the_run_that_it_comes_from(app, engine):
    live = trained(app, engine, 130)
    old = live.id
    live.press("fork", step=100)
    (fork, _), (source, started) = listed(app)
    assert source == "Collapse"
    assert fork == f"Collapse, forked at step 100 from the run started {started}"
    engine.delete(old)
    assert [name for name, _ in listed(app)] == ["Collapse, forked at step 100"]


def test_a_fork_beside_its_source_is_drawn_from_where_it_leaves_it(app, engine):
    live = trained(app, engine, 130)
    live.press("fork", step=100)
    engine.step(live.id, 20)
    at_rest(live, 120)
    visit(app, RUNS)
    select_runs(app, 0, 1)
    (figure,) = [panel["figure"] for panel in components(app) if "figure" in panel]
    first = {t["name"]: t["x"]["first"] for t in figure["data"] if t["yaxis"] == "y2"}
    assert first == {"1, A": 100, "1, B": 100, "2, A": 1, "2, B": 1}
    said = "It is at step 120 and drawn from step 100 on: up to there it is the same as run 2."
    assert said in words(app)


FIRED = {"then": "3:b:alpha:0.5", "unlinked": "balancer"}


def test_a_scheduled_change_shows_in_its_knob_once_it_has_happened(app, engine):
    live = opened_at(app, engine, LAB, **FIRED)
    assert [shown(live, arm, "aux_coefficient") for arm in "AB"] == [str(ALPHA), str(ALPHA)]
    live = trained(app, engine, 4, **FIRED)
    assert [shown(live, arm, "aux_coefficient") for arm in "AB"] == [str(ALPHA), "0.5"]
    assert [starts(live, arm, "aux_coefficient") for arm in "AB"] == [str(ALPHA), str(ALPHA)]
    assert live.knobs("B")["aux_coefficient"] == 0.5
    assert address(app)["then"] == FIRED["then"]
    assert not {"alpha", "b_alpha"} & set(address(app))
    assert "This change needs a new run" not in words(app)


@pytest.mark.parametrize("way", ["bare", "keep", "runs"])
def test_a_reopened_run_keeps_its_start_values_and_its_schedule(app, engine, way):
    live = trained(app, engine, 4, **FIRED)
    run_id = live.id
    if way == "bare":
        visit(app, LAB, preset="collapse")
        visit(app, LAB, run=run_id)
    elif way == "runs":
        visit(app, RUNS)
        select_runs(app, 0)
        links = {each.proto.label: each.proto for each in app.get("page_link")}
        query = dict(each.split("=") for each in links["Open in the lab"].query_string.split("&"))
        visit(app, LAB, **{name: text.replace("%3A", ":") for name, text in query.items()})
    else:
        enter(app, "knob_A_seed", 5)
        press(app, "do_keep")
    assert "This change needs a new run" not in words(app)
    live.follow()
    assert address(app) == {"run": run_id, "then": FIRED["then"]}
    assert live.id == run_id
    assert shown(live, "B", "aux_coefficient") == "0.5"
    live.press("reset")
    assert live.knobs("B")["aux_coefficient"] == ALPHA
    assert [arm.schedule != () for arm in live.status.config.arms] == [False, True]
    engine.step(run_id, 4)
    at_rest(live, 4)
    assert live.knobs("B")["aux_coefficient"] == 0.5


@pytest.mark.parametrize("name", ["collapse", "rescue"])
def test_an_address_of_a_run_alone_tells_what_its_experiment_leads_one_to_expect(app, engine, name):
    live = trained(app, engine, 2, preset=name)
    run_id = live.id
    visit(app, LAB, run=run_id)
    assert address(app) == {"run": run_id, "preset": name}
    preset = BY_NAME[name]
    assert (live.data["title"], live.data["story"]) == (preset.title, preset.story)
    claims = [each["claim"] for each in live.told()["verdicts"]]
    assert claims == [each.claim for each in preset.expectations]


def test_a_run_that_is_no_experiment_promises_nothing(app, engine):
    live = trained(app, engine, 2, preset="collapse", k="2")
    visit(app, LAB, run=live.id)
    assert "preset" not in address(app)
    assert (live.data["title"], live.data["story"], live.told()["verdicts"]) == ("", "", [])


def test_a_knob_turned_after_its_scheduled_change_is_in_force_in_its_model_alone(app, engine):
    live = trained(app, engine, 4, balancer="switch", then="3:a:alpha:0.5")
    live.turn("aux_coefficient", "0.25", of="A")
    assert live.knobs("A")["aux_coefficient"] == 0.25
    assert live.knobs("B")["aux_coefficient"] == ALPHA
    live.turn("aux_coefficient", "0.25", of="B")
    assert live.knobs("B")["aux_coefficient"] == 0.25
    live.press("reset")
    assert [live.knobs(arm)["aux_coefficient"] for arm in "AB"] == [0.25, 0.25]


def test_an_address_from_before_a_knob_was_turned_shows_what_is_in_force(app, engine):
    live = trained(app, engine, 2, k="2")
    run_id = live.id
    visit(app, LAB, run=run_id, k="4")
    assert live.id == run_id
    assert shown(live, "A", "top_k") == "2"
    assert address(app) == {"run": run_id, "k": "2"}


def test_a_live_knob_that_the_running_model_refuses_changes_nothing_and_says_why(app, engine):
    live = trained(app, engine, 2, experts="4")
    enter(app, "knob_A_n_experts", 16)
    why = live.refused("set", knobs={"top_k": "6"})
    assert why == "Experts per token k must be at most Experts E (4), got 6."
    assert shown(live, "A", "top_k") == "1"
    assert live.knobs("A")["top_k"] == 1


def test_a_knob_that_one_model_cannot_take_reaches_none(app, engine):
    live = trained(app, engine, 2, experts="8", unlinked="experts,balancer", b_experts="4")
    enter(app, "knob_A_n_experts", 16)
    enter(app, "knob_B_n_experts", 16)
    why = live.refused("set", knobs={"top_k": "6"})
    assert why == "Experts per token k must be at most Experts E (4), got 6."
    assert [live.knobs(arm)["top_k"] for arm in "AB"] == [1, 1]
    live.hear()
    assert "k" not in address(app)


def test_a_diverged_run_takes_new_knobs_once_it_has_gone_back(page, hand):
    live = opened_at(page, hand, LAB)
    live.press("step")
    live.turn("learning_rate", "1.0")
    hand.train(live.id, 1)
    page.run()
    assert "rewind it to an earlier checkpoint" in live.refused(
        "set", knobs={"learning_rate": "0.001"}
    )
    live.press("reset")
    live.turn("learning_rate", "0.001")
    assert live.knobs("A")["learning_rate"] == 0.001
    assert live.status.state == "paused"


def test_a_reset_leaves_models_that_are_not_in_the_run_alone(page, hand):
    live = Live(visit_with_open_doors(page, LAB, arms="a"), hand)
    live.press("step")
    enter(page, "state_arms", "ab")
    live.press("reset")
    assert live.status.step == 0
    assert [arm.name for arm in live.status.config.arms] == ["A"]
    assert "model B is new" in words(page)


@pytest.mark.parametrize("act", ["start", "step"])
def test_a_press_that_the_engine_refuses_leaves_the_run_as_it_was(page, hand, monkeypatch, act):
    live = opened_at(page, hand, LAB)
    monkeypatch.setattr(hand, {"start": "resume"}.get(act, act), refuse)
    assert live.refused(act) == "2 runs would train at once."
    live.hear()
    assert address(page) == {}
    assert hand.runs("me") == []


def refuse(*_: object) -> None:
    raise LimitReached("2 runs would train at once")


def test_a_new_run_that_is_refused_half_way_leaves_the_shown_run_as_it_was(page, hand, monkeypatch):
    live = Live(visit_with_open_doors(page, LAB), hand)
    live.start()
    run_id = live.id
    enter(page, "knob_A_n_experts", 12)
    told = address(page)
    monkeypatch.setattr(hand, "resume", refuse)
    start_new(page)
    assert "Refused. Nothing was changed." in words(page)
    assert "2 runs would train at once" in words(page)
    assert (live.id, live.status.state) == (run_id, "running")
    assert [run.run_id for run in hand.runs("me")] == [run_id]
    assert address(page) == told


def test_a_renewal_that_is_refused_leaves_the_run_as_it_was(page, hand):
    live = opened_at(page, hand, LAB, k="4")
    live.start()
    run_id, known = live.id, set(hand.known)
    why = live.refused("renew", knobs={"n_experts": "3"})
    assert why == "Experts per token k must be at most Experts E (3), got 4."
    assert (live.id, live.status.state, set(hand.known)) == (run_id, "running", known)


def test_a_k_that_is_turned_beside_a_dense_baseline_asks_for_no_new_run(page, hand):
    live = opened_at(page, hand, LAB, dense="active")
    live.press("step")
    run_id = live.id
    live.turn("top_k", "2")
    assert live.id == run_id
    assert "This change needs a new run" not in words(page)
    assert "dense baseline keeps its width" in words(page)


def test_a_k_that_is_turned_before_start_gives_the_dense_baseline_its_width(page, hand):
    live = opened_at(page, hand, LAB, dense="active")
    narrow = live.status.config.arms[-1].model.dense_width
    live.turn("top_k", "2")
    assert live.status.config.arms[-1].model.dense_width > narrow
    assert "keeps the width" not in words(page)
    assert hand.runs("me") == []
