"""The start page: two models, a switch above each, four knobs, a run that waits for *Start*."""

from __future__ import annotations

import pytest

from moeviz.routing.balancers import BALANCERS
from moeviz.ui.shared.lab_session import STAGE
from moeviz.ui.shared.navigation import LAB, START
from tests.pages.live import Live, opened_at
from tests.pages.mounted import report
from tests.pages.visit import address, enter, visit, visit_with_open_doors, words


@pytest.fixture
def start(page, hand) -> Live:
    """The start page of a first visitor."""
    return opened_at(page, hand, START)


def lists_of(engine, owner: str) -> list[str]:
    return [each.run_id for each in engine.runs(owner)]


def test_the_first_picture_has_a_run_that_waits_for_start_and_empty_bars(start, hand):
    told = start.told()
    assert (told["state"], told["step"], told["reason"]) == ("paused", 0, "")
    assert list(told["arms"]) == ["A", "B"]
    assert not [name for name, arm in told["arms"].items() if "latest" in arm]
    assert start.run["control"] is True
    assert start.run["view"] == "bars"
    assert address(start.page) == {}


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_page_always_has_a_run_that_is_in_no_list_and_costs_no_worker(app, engine, opened):
    live = opened_at(app, engine, opened)
    for _ in range(2):
        assert live.status.step == 0
        app.run()
    assert engine.worker_pids == ()
    assert engine.runs("me") == []
    assert engine.may_control(live.id, "me")


def test_a_rerun_of_the_page_keeps_the_run_that_it_has(start, hand):
    prepared, known = start.id, set(hand.known)
    for _ in range(3):
        start.page.run()
    assert start.id == prepared
    assert set(hand.known) == known
    visit(start.page, LAB)
    assert start.id == prepared


def test_start_trains_a_run_of_this_browser_and_names_it_in_the_address(start, hand):
    prepared = start.id
    start.press("start", heard=False)
    start.follow()
    assert address(start.page) == {"run": prepared}
    start.hear()
    assert start.id == address(start.page)["run"] == prepared
    run = hand.known[prepared]
    assert (run.owner, run.state, run.begun) == ("me", "running", True)
    assert lists_of(hand, "me") == [prepared]
    a, b = (start.knobs(arm) for arm in "AB")
    assert {name for name in a if a[name] != b[name]} == {"balancer"}


def test_while_it_trains_the_channel_tells_step_speed_and_each_model_in_words(start, hand):
    start.start()
    hand.train(start.id, 32)
    start.page.run()
    told = start.told()
    assert (told["state"], told["step"], told["rate"]) == ("running", 32, 2468)
    a, b = (arm["words"] for arm in told["arms"].values())
    assert a["sentence"]
    assert b["heading"] == "Balanced since step 20"
    assert b["sentence"].startswith("Each expert of layer 0 gets about 6% of the tokens.")
    loads = [arm["latest"]["window_load"] for arm in told["arms"].values()]
    assert all(len(layer) == 16 for load in loads for layer in load)


def test_a_switch_acts_on_its_model_alone_before_and_while_it_trains(start, hand):
    start.switch("B", False)
    start.start()
    assert [start.knobs(arm)["balancer"] for arm in "AB"] == ["none", "none"]
    assert hand.known[start.id].marks == []
    hand.train(start.id, 5)
    start.switch("A", True)
    assert [start.knobs(arm)["balancer"] for arm in "AB"] == ["switch", "none"]
    (mark,) = hand.known[start.id].marks
    assert (mark.step, mark.arm, mark.knobs) == (6, "A", {"balancer": "switch"})
    assert address(start.page) == {
        "run": start.id, "balancer": "switch", "b_balancer": "none",
    }  # fmt: skip


def test_the_four_knobs_are_those_that_the_app_is_about(start):
    names = [each["name"] for each in start.data["knobs"]]
    assert names == ["n_experts", "top_k", "capacity_factor", "aux_coefficient"]
    assert [each["restarts"] for each in start.data["knobs"]] == [True, False, False, False]


def test_other_experts_start_a_new_run_and_the_old_one_rests(start, hand):
    start.turn("top_k", "2")
    start.start()
    old = start.id
    hand.train(old, 4)
    start.turn("n_experts", "4")
    new = start.id
    assert new != old
    assert (hand.known[old].state, hand.known[new].state) == ("paused", "running")
    assert {start.knobs(arm)["n_experts"] for arm in "AB"} == {4}
    assert {start.knobs(arm)["top_k"] for arm in "AB"} == {2}
    assert address(start.page) == {"run": new, "k": "2", "experts": "4"}
    assert lists_of(hand, "me").count(old) == 1


def test_other_experts_beside_a_run_that_rests_leave_the_old_one_in_the_list_alone(start, hand):
    start.press("step")
    old = start.id
    start.turn("n_experts", "4", heard=False)
    start.follow()
    state_alone = {"preset": "collapse", "experts": "4"}
    assert address(start.page) == state_alone, "a run that waits for its start is not named"
    new = start.id
    assert new != old
    report(start.page, STAGE, kept=new)  # as the tab says of a run that no address names
    assert (start.data["run"]["id"], address(start.page)) == (new, state_alone)
    assert (start.status.step, start.status.state) == (0, "paused")
    assert lists_of(hand, "me") == [old]
    assert {start.knobs(arm)["n_experts"] for arm in "AB"} == {4}
    assert hand.known.keys() == {old, new}
    assert [each[0] for each in hand.asked if each[0] in ("prepare", "start")] == ["prepare"]


@pytest.mark.parametrize("told", [True, False], ids=["heard", "unheard"])
def test_other_experts_before_start_change_the_run_that_waits(start, hand, told):
    prepared = start.id
    for experts in ("4", "16", "12"):
        start.turn("n_experts", experts, heard=told)
    start.turn("top_k", "2", heard=told)
    start.follow()
    assert address(start.page) == {"experts": "12", "k": "2"}
    visit(start.page, LAB)
    assert (start.data["run"]["id"], start.id) == (prepared, prepared)
    assert {start.knobs(arm)["n_experts"] for arm in "AB"} == {12}
    assert "needs a new run" not in words(start.page), "its controls say what was pressed"
    assert hand.known.keys() == {prepared}
    start.start()
    assert lists_of(hand, "me") == [prepared]
    assert start.status.started == start.status.config
    assert {start.knobs(arm)["top_k"] for arm in "AB"} == {2}


def test_what_the_lab_says_of_the_model_has_the_last_word_over_an_earlier_press(start, hand):
    start.turn("n_experts", "16", heard=False)
    visit_with_open_doors(start.page, LAB)
    enter(start.page, "knob_A_n_experts", 12)
    assert {start.knobs(arm)["n_experts"] for arm in "AB"} == {12}
    start.page.run()
    assert {start.knobs(arm)["n_experts"] for arm in "AB"} == {12}


def test_the_page_is_told_how_to_say_what_learns_in_the_shown_run(page, hand):
    learning = opened_at(page, hand, START).data["learning"]
    assert set(learning["methods"]) == set(BALANCERS)
    assert (learning["built"], learning["later"]) == ({"A": [], "B": []}, [])
    live = opened_at(page, hand, LAB, layers="4", then="300:b:alpha:0.5", unlinked="none", k="2")
    live.press("step")
    visit(page, START, run=address(page)["run"])
    learning = live.data["learning"]
    assert learning["built"] == {"A": ["Layers = 4"], "B": ["Layers = 4"]}
    assert learning["later"] == ["At step 300 model B sets Balance coefficient α to 0.5."]
    assert "Collapse" not in words(page).partition("Try this")[0]


def test_pause_going_on_and_back_to_step_0_ask_the_engine(start, hand):
    start.start()
    run_id = start.id
    hand.train(run_id, 3)
    assert start.press("pause").step_of(hand.latest(run_id)) == 3
    assert hand.known[run_id].state == "paused"
    start.start()
    assert hand.known[run_id].state == "running"
    assert start.press("reset").more == {"step": 0}
    assert hand.latest(run_id).step == 0
    assert start.id == address(start.page)["run"] == run_id


@pytest.mark.parametrize("heard", [True, False])
def test_the_link_to_the_lab_takes_the_run_along(start, hand, heard):
    links = {each.proto.label: each.proto for each in start.page.get("page_link")}
    link = links["All knobs: open in the training lab"]
    assert (link.page, link.query_string) == ("lab", "")
    start.press("start", heard=heard)
    run_id = start.id
    visit(start.page, LAB)
    assert start.id == run_id
    assert start.told()["state"] == "running"


def test_a_failed_run_says_why_and_does_not_go_on(start, hand):
    start.start()
    hand.set(start.id, {"learning_rate": 1.0})
    hand.train(start.id, 1)
    start.page.run()
    told = start.told()
    assert (told["state"], told["reason"]) == ("failed", "the loss is nan")
    assert "the loss is nan; rewind it to an earlier checkpoint" in start.refused("start")


def test_a_full_server_is_said_in_words_and_nothing_starts(start, hand):
    hand.MAX_RUNS = 0
    assert "MOEVIZ_MAX_RUNS is 0" in start.refused("start")
    start.hear()
    assert address(start.page) == {}
    assert not start.page.error
    assert hand.runs("me") == []


def test_a_model_that_the_server_refuses_is_said_in_words_until_it_is_another(app, engine):
    large = {"experts": "64", "d_expert": "512"}
    live = Live(visit(app, START, **large), engine)
    said = words(app)
    assert "Refused. Nothing was changed." in said
    assert "This server allows 4,000,000 parameters per model." in said
    assert not [each for each in app.get("bidi_component") if '"token"' in each.proto.json]
    visit(app, START, **{**large, "experts": "4"})
    assert "Refused" not in words(app)
    assert live.knobs("A")["n_experts"] == 4


def test_what_befell_the_worker_is_told(start, hand):
    start.start()
    hand.known[start.id].notice = "the worker was restarted"
    assert start.told()["notice"] == "the worker was restarted"


def test_a_bad_address_is_named_and_the_page_works(page, hand):
    live = opened_at(page, hand, START, experts="1000", run="../../etc", k="")
    said = words(page)
    for name in ("experts=1000", "run=../../etc", "k= was refused"):
        assert name in said
    live.start()
    assert hand.known[live.id].state == "running"
    assert lists_of(hand, "me") == [live.id]
