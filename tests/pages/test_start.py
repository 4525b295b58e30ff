"""The start page: one thing to press, two arms, and what happens in words."""

from __future__ import annotations

import json

from moeviz.ui.shared.navigation import LAB, START
from tests.pages.visit import address, press, visit, words


def bars_of(page) -> dict:
    sent = [json.loads(each.proto.json)[0] for each in page.get("bidi_component")]
    return next(data for data in sent if "arms" in data)


def test_the_first_picture_has_a_start_button_and_empty_bars(page, hand):
    page.run()
    assert not page.exception
    buttons = {each.key: each for each in page.button}
    assert set(buttons) == {"do_start", "do_reset"}
    assert buttons["do_start"].label == "Start"
    assert buttons["do_reset"].disabled
    assert "Not started" in words(page)
    assert [arm["name"] for arm in bars_of(page)["arms"]] == ["A", "B"]
    assert all(each["load"] is None for arm in bars_of(page)["arms"] for each in arm["layers"])
    assert hand.known == {}
    assert ("warm_up",) in hand.asked


def test_start_trains_a_run_of_this_visitor_and_names_it_in_the_address(page, hand):
    page.run()
    press(page, "do_start")
    ((run_id, run),) = hand.known.items()
    assert address(page)["run"] == run_id
    assert (run.owner, run.state) == ("me", "running")
    a, b = (dict(arm.knobs) for arm in run.trainer.config.arms)
    assert {name for name in a if a[name] != b[name]} == {"method"}


def test_while_it_trains_the_page_says_step_speed_and_each_arm_in_words(page, hand):
    page.run()
    press(page, "do_start")
    hand.train(address(page)["run"], 12)
    page.run()
    said = words(page)
    assert "Training  ·  step 12  ·  2,468 tokens/s" in said
    assert "A: " in said
    assert "B: Balanced: expert 0 takes 12% of layer 0's choices" in said
    assert all(len(e["load"]) == 8 for arm in bars_of(page)["arms"] for e in arm["layers"])


def test_the_opening_is_true_of_what_the_lab_was_set_to(page, hand):
    own = "**A** is left alone; **B** is asked to use its experts evenly."
    visit(page, START)
    assert own in words(page)
    visit(page, START, preset="tight_capacity")
    assert own not in words(page)
    assert "as the training lab was set: Tight capacity hides collapse." in words(page)


def test_the_opening_is_true_of_the_run_that_is_shown(page, hand):
    visit(page, LAB, unlinked="none", k="2")
    press(page, "do_step")
    run_id = address(page)["run"]
    visit(page, START, run=run_id)
    assert "B** is asked" not in words(page)
    assert "as the training lab was set: " in words(page)
    assert "Experts per token 2" in words(page)


def test_pause_play_and_reset_ask_the_engine(page, hand):
    page.run()
    press(page, "do_start")
    run_id = address(page)["run"]
    hand.train(run_id, 3)
    press(page, "do_pause")
    assert hand.known[run_id].state == "paused"
    press(page, "do_play")
    assert hand.known[run_id].state == "running"
    press(page, "do_reset")
    assert hand.latest(run_id).step == 0
    assert page.button("do_start").label == "Start"


def test_the_opening_names_the_button_that_the_page_has(page, hand):
    page.run()
    assert "Press *Start*." in words(page)
    press(page, "do_start")
    assert "Press *" not in words(page)
    hand.train(address(page)["run"], 3)
    press(page, "do_pause")
    assert "Press *Play*." in words(page)
    assert "Press *Start*" not in words(page)
    press(page, "do_reset")
    assert "Press *Start*." in words(page)


def test_a_link_to_the_lab_takes_the_run_along(page, hand):
    page.run()
    press(page, "do_start")
    links = {each.proto.label: each.proto for each in page.get("page_link")}
    assert links["Open in the lab"].query_string == f"run={address(page)['run']}"
    visit(page, LAB, run=address(page)["run"])
    assert "Training" in words(page)


def test_a_failed_run_says_why_and_offers_no_play(page, hand):
    page.run()
    press(page, "do_start")
    run_id = address(page)["run"]
    hand.set(run_id, {"learning_rate": 1.0})
    hand.train(run_id, 1)
    page.run()
    assert "Stopped for good: the loss is nan" in words(page)
    assert page.button("do_start").disabled


def test_a_full_server_is_said_in_words_and_nothing_starts(page, hand):
    hand.MAX_RUNS = 0
    page.run()
    press(page, "do_start")
    assert "MOEVIZ_MAX_RUNS is 0" in words(page)
    assert "run" not in address(page)
    page.run()
    assert "MOEVIZ_MAX_RUNS" not in words(page)


def test_what_befell_the_worker_is_told(page, hand):
    page.run()
    press(page, "do_start")
    hand.known[address(page)["run"]].notice = "the worker was restarted"
    page.run()
    assert "the worker was restarted" in words(page)


def test_a_run_without_a_worker_says_so_until_it_trains_again(page, hand):
    page.run()
    press(page, "do_start")
    run = hand.known[address(page)["run"]]
    for state, told in (("recovering", True), ("running", False)):
        run.state = state
        page.run()
        assert ("The process that trained this run has ended" in words(page)) == told
        assert ("Recovering" in words(page)) == told


def test_a_bad_address_is_named_and_the_page_works(page, hand):
    visit(page, START, experts="1000", run="../../etc", k="")
    said = words(page)
    for name in ("experts=1000", "run=../../etc", "k= was refused"):
        assert name in said
    press(page, "do_start")
    assert hand.known
