"""One visit: who it is, clicks that come at the wrong moment, addresses that lag, other tabs."""

from __future__ import annotations

import threading

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.state.session_state import SessionState

from moeviz.ui.shared import visit as ui_visit
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.navigation import LAB, RUNS, START
from tests.pages.visit import (
    address,
    enter,
    open_doors,
    press,
    select_runs,
    visit,
    visit_with_open_doors,
    words,
    words_behind,
)


@pytest.fixture
def nameless(page, said):
    """A page of a browser that has not said who it is; the list says it."""
    said.clear()
    return page, said


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_start_pressed_before_the_browser_has_said_its_name_is_in_its_list(
    nameless, hand, opened
):
    page, said = nameless
    visit(page, opened)
    press(page, "do_start")
    assert hand.known == {}
    said.append("ab" * 16)
    page.run()
    ((run_id, run),) = hand.known.items()
    assert (run.owner, run.state) == ("ab" * 16, "running")
    assert address(page)["run"] == run_id
    page.run()
    assert len(hand.known) == 1


def test_no_press_is_forgotten_while_the_name_is_waited_for(nameless, hand):
    page, said = nameless
    visit(page, LAB)
    press(page, "do_step", "do_step", "do_step")
    assert hand.known == {}
    said.append("ab" * 16)
    page.run()
    assert hand.latest(address(page)["run"]).step == 3


def test_a_browser_that_never_says_its_name_is_not_waited_for_for_ever(nameless, hand, monkeypatch):
    page, _ = nameless
    visit(page, LAB)
    press(page, "do_step")
    assert hand.known == {}
    monkeypatch.setattr("moeviz.ui.lab.transport.PATIENCE_S", 0)
    press(page, "do_step")
    ((_, run),) = hand.known.items()
    assert run.trainer.step_count == 2


def test_the_list_of_runs_waits_for_the_name(nameless, hand):
    page, said = nameless
    visit(page, RUNS)
    assert "No run yet" not in words(page)
    said.append("ab" * 16)
    page.run()
    assert "No run yet" in words(page)


def ask_for_a_newer_run() -> None:
    """Ask for a run of the whole page, as a browser does; the present one then ends at its next
    place where Streamlit may end it."""
    now = get_script_run_ctx()
    newer = RerunData(now.query_string, WidgetStates(), now.page_script_hash)
    assert now.script_requests.request_rerun(newer)


@pytest.fixture
def outrun(monkeypatch):
    """Call it: a newer run of the page is then asked for just before the next click's callback."""
    calls = SessionState._call_callbacks
    due: list[bool] = []

    def called(self, **more):
        if due:
            due.pop()
            ask_for_a_newer_run()
        calls(self, **more)

    monkeypatch.setattr(SessionState, "_call_callbacks", called)
    return lambda: due.append(True)


def test_a_start_that_a_newer_run_of_the_page_outruns_is_done(page, hand, outrun):
    visit(page, START)
    outrun()
    press(page, "do_start")
    ((run_id, run),) = hand.known.items()
    assert run.state == "running"
    assert address(page)["run"] == run_id
    assert "Training" in words(page)


def test_a_step_a_pause_and_a_reset_that_are_outrun_are_done(page, hand, outrun):
    visit(page, LAB)
    for _ in range(3):
        outrun()
        press(page, "do_step")
    run_id = address(page)["run"]
    assert hand.latest(run_id).step == 3
    press(page, "do_play")
    outrun()
    press(page, "do_pause")
    assert hand.known[run_id].state == "paused"
    outrun()
    press(page, "do_reset")
    assert hand.latest(run_id).step == 0


def test_a_knob_whose_change_is_outrun_is_in_force_on_the_page_and_in_the_run(page, hand, outrun):
    visit(page, LAB)
    press(page, "do_step")
    outrun()
    enter(page, "knob_A_top_k", 2)
    assert page.number_input("knob_A_top_k").value == 2
    assert address(page)["k"] == "2"
    run = hand.known[address(page)["run"]]
    assert [arm.routing.top_k for arm in run.trainer.config.arms] == [2, 2]


def test_a_refusal_that_is_outrun_is_still_said(page, hand, outrun):
    hand.MAX_RUNS = 0
    visit(page, START)
    outrun()
    press(page, "do_start")
    assert "MOEVIZ_MAX_RUNS is 0" in words(page)


def test_own_text_whose_use_is_outrun_is_used(page, hand, outrun):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value("some words of my own. " * 40).run()
    outrun()
    press(page, "use_text")
    assert "In use: 880 characters" in words(page)


def test_a_deletion_that_is_outrun_is_done(page, hand, outrun):
    run_id = hand.start(LabState().run_config(), "me", paused=True)
    hand.train(run_id, 1)
    visit(page, RUNS)
    select_runs(page, 0)
    outrun()
    press(page, "delete")
    assert run_id not in hand.known


def test_one_action_of_a_visit_waits_for_the_other(monkeypatch):
    """A newer run of the script has a thread of its own, and its click's action with it."""
    mine = ui_visit.Visit()
    monkeypatch.setattr(ui_visit, "here", lambda: mine)
    monkeypatch.setattr(ui_visit.Visit, "note_action", lambda self: None)
    order: list[str] = []
    second_done = threading.Event()

    @ui_visit.action
    def second() -> None:
        order.append("second")
        second_done.set()

    @ui_visit.action
    def first() -> None:
        thread.start()
        assert not second_done.wait(0.2)
        order.append("first")

    thread = threading.Thread(target=second)
    first()
    thread.join()
    assert order == ["first", "second"]


@pytest.fixture
def history(page, monkeypatch):
    """Go to an address by the browser's *back* or *forward*."""

    def go(**query: str) -> None:
        page.query_params.clear()
        for name, text in query.items():
            page.query_params[name] = text
        with monkeypatch.context() as patch:
            patch.setattr("moeviz.ui.shared.page_state.went_back_or_forward", lambda: True)
            page.run()
        assert not page.exception

    return go


def test_back_to_before_the_start_and_forward_again(page, hand, history):
    page.run()
    press(page, "do_start")
    run_id = address(page)["run"]
    history()
    assert "Not started" in words(page)
    assert address(page) == {}
    history(run=run_id)
    assert "Training" in words(page)


def test_back_brings_the_controls_of_its_address(page, hand, history):
    visit(page, LAB, noise="0.5")
    enter(page, "knob_A_top_k", 2)
    history(noise="0.5")
    assert page.number_input("knob_A_top_k").value == 1


def test_the_menu_keeps_the_run_and_back_to_the_menus_address_too(page, hand, history):
    page.run()
    press(page, "do_start")
    run_id = address(page)["run"]
    visit(page, LAB)
    assert address(page) == {"run": run_id}
    enter(page, "knob_A_top_k", 2)
    history()
    assert address(page)["run"] == run_id


def test_a_link_that_is_followed_in_the_instant_of_a_click_is_followed(page, hand):
    visit_with_open_doors(page, LAB, noise="0.5")
    page.query_params.clear()
    page.query_params["noise"] = "0.25"
    press(page, "do_step")
    assert page.number_input("knob_A_router_noise").value == 0.25
    assert len(hand.known) == 1


def test_a_fragment_that_runs_with_the_address_of_before_the_start_keeps_the_run(
    page, hand, monkeypatch
):
    visit(page, LAB, noise="0.5")
    press(page, "do_start")
    run_id = address(page)["run"]
    page.query_params.clear()
    page.query_params["noise"] = "0.5"
    monkeypatch.setattr("moeviz.ui.shared.page_state.ticking", lambda: True)
    page.run()
    assert address(page)["run"] == run_id


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_run_that_is_deleted_elsewhere_between_two_looks_is_no_run(
    page, hand, opened, monkeypatch
):
    visit(page, opened, preset="collapse")
    press(page, "do_start")
    run_id = address(page)["run"]
    history = hand.history

    def deleted(run: str, since: int = 0):
        hand.known.pop(run, None)
        return history(run, since)

    monkeypatch.setattr(hand, "history", deleted)
    page.run()
    assert not page.exception
    assert "Not started" in words(page)
    assert page.button("do_start").label == "Start"
    monkeypatch.setattr(hand, "history", history)
    press(page, "do_start")
    assert address(page)["run"] != run_id


def test_a_run_that_is_deleted_in_another_tab_is_gone_from_this_one(page, other, hand):
    visit(page, LAB)
    press(page, "do_start")
    run_id = address(page)["run"]
    visit(other, RUNS)
    select_runs(other, 0)
    press(other, "delete")
    assert run_id not in hand.known
    press(page, "do_pause")
    assert f"there is no run {run_id}" in words(page)
    assert "Not started" in words(page)


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_run_that_the_address_names_and_nobody_knows_is_refused_by_name(page, hand, opened):
    visit(page, opened, run="zp4kBHFxRVdJ7XVzN8l8kw", k="2")
    assert (
        "run=zp4kBHFxRVdJ7XVzN8l8kw is not known here: it was deleted, or belongs to another server"
    ) in words(page)
    assert "Not started" in words(page)
    assert address(page) == {"k": "2"}
    press(page, "do_start")
    assert address(page)["run"] in hand.known


UNKNOWN = "is not known here"


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_run_of_another_browser_is_known_before_and_after_this_one_has_said_its_name(
    nameless, hand, opened
):
    page, said = nameless
    run_id = hand.start(LabState().run_config(), "them", paused=True)
    hand.train(run_id, 5)
    visit(page, opened, run=run_id)
    assert "step 5" in words(page)
    said.append("ab" * 16)
    page.run()
    assert "step 5" in words(page)
    assert UNKNOWN not in words(page)
    assert address(page)["run"] == run_id


def delete_in(tab, hand, run_id: str) -> None:
    """Delete the newest run in the list of this tab."""
    visit(tab, RUNS)
    select_runs(tab, 0)
    press(tab, "delete")
    assert run_id not in hand.known


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_run_that_was_deleted_in_another_tab_goes_from_the_address_without_a_notice(
    page, other, hand, opened
):
    visit(page, opened)
    press(page, "do_start")
    run_id = address(page)["run"]
    hand.train(run_id, 1)
    delete_in(other, hand, run_id)
    page.run()
    assert "Not started" in words(page)
    assert UNKNOWN not in words(page)
    assert address(page) == {}


def test_the_menu_leads_back_to_the_lab_without_the_run_that_was_deleted_meanwhile(page, hand):
    visit(page, LAB, k="2")
    press(page, "do_start")
    run_id = address(page)["run"]
    hand.train(run_id, 1)
    delete_in(page, hand, run_id)
    visit(page, LAB)
    assert UNKNOWN not in words(page)
    assert address(page) == {"k": "2"}


def test_two_tabs_of_one_browser_have_their_own_controls_and_one_list(page, other, hand):
    visit(page, LAB, k="2")
    visit(other, LAB, k="4")
    press(page, "do_start")
    press(other, "do_start")
    first, second = address(page)["run"], address(other)["run"]
    assert [hand.latest(run).config.arms[0].routing.top_k for run in (first, second)] == [2, 4]
    assert {run.run_id for run in hand.runs("me")} == {first, second}
    visit(other, LAB, run=first)
    press(other, "do_pause")
    page.run()
    assert "Paused" in words(page)


def test_a_reload_before_the_address_was_heard_of_finds_the_run_again(page, other, hand):
    visit(page, START)
    press(page, "do_start")
    run_id = address(page)["run"]
    visit(other, START)
    assert "Not started" in words(other)
    links = {each.proto.label: each.proto for each in other.get("page_link")}
    assert links["Your last run is still here: show it"].query_string == f"run={run_id}"
    visit(other, START, run=run_id)
    assert "Training" in words(other)
    labels = {each.proto.label for each in other.get("page_link")}
    assert "Your last run is still here: show it" not in labels


def test_step_can_be_pressed_while_the_last_one_is_being_done(page, hand):
    visit(page, LAB)
    press(page, "do_step")
    run_id = address(page)["run"]
    hand.known[run_id].state = "running"
    page.run()
    assert not page.button("do_step").disabled
    press(page, "do_step")
    assert hand.latest(run_id).step == 2


def test_a_number_out_of_bounds_is_refused_and_its_field_shows_what_is_in_force(page, hand):
    visit(page, LAB)
    enter(page, "knob_A_top_k", -5)
    assert "Experts per token must be a whole number from 1 to 8, got -5" in words(page)
    assert page.number_input("knob_A_top_k").value == 1
    enter(page, "knob_A_learning_rate", 7e9)
    assert "Learning rate must be a number from" in words(page)
    assert "got 7000000000.0" in words(page)
    assert page.number_input("knob_A_learning_rate").value == LabState().shared["learning_rate"]
    assert address(page) == {}


MINE = b"words of a file. " * 50


def test_a_file_does_not_take_the_place_of_pasted_text(page, hand):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value("pasted words. " * 50).run()
    page.file_uploader("own_file").upload("mine.txt", MINE, "text/plain").run()
    said = words_behind(page, "Model")
    assert "a text of 700 characters, and mine.txt would take its place" in said
    assert "Empty the field, then choose the file again." in said
    assert page.text_area("own_text").value == "pasted words. " * 50
    press(page, "use_text")
    assert "In use: 700 characters, beginning 'pasted words." in words(page)


def test_a_files_text_is_shown_before_it_is_used(page, hand):
    visit_with_open_doors(page, LAB)
    page.file_uploader("own_file").upload("mine.txt", MINE, "text/plain").run()
    assert page.text_area("own_text").value == MINE.decode()
    assert "In use" not in words(page)
    press(page, "use_text")
    assert "In use: 850 characters, beginning 'words of a file." in words(page)


def test_what_was_pasted_outlives_the_door_that_it_was_pasted_behind(page, hand):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value("pasted words. " * 50).run()
    page.session_state["model"] = False
    page.run()
    assert not page.text_area
    visit(page, RUNS)
    visit_with_open_doors(page, LAB)
    assert page.text_area("own_text").value == "pasted words. " * 50
    press(page, "use_text")
    assert "In use: 700 characters" in words(page)


def test_a_closed_door_keeps_what_its_controls_said_and_draws_none_of_them(page, hand):
    visit(page, LAB)
    for key in ("knob_A_router_noise", "state_metric", "state_until", "knob_A_seed"):
        assert key not in {each.key for each in (*page.number_input, *page.selectbox)}
    open_doors(page, "more", "until", "view")
    enter(page, "knob_A_router_noise", 0.5)
    enter(page, "state_until", "loss")
    enter(page, "state_metric", "load_cv")
    for key in ("more", "until", "view"):
        page.session_state[key] = False
    page.run()
    assert "knob_A_router_noise" not in {each.key for each in page.number_input}
    enter(page, "knob_A_top_k", 2)
    said = {"noise": "0.5", "k": "2", "metric": "load_cv", "until": "loss:4.0"}
    assert address(page) == said
    open_doors(page, "more", "until", "view")
    assert page.number_input("knob_A_router_noise").value == 0.5
    assert page.selectbox("state_until").value == "loss"
    assert page.number_input("until_loss").value == 4.0
    assert page.selectbox("state_metric").value == "load_cv"
    assert address(page) == said


@pytest.mark.parametrize("text", ["１", " 2", "2 ", "0_2"])
def test_a_number_in_the_address_is_written_in_plain_digits(page, hand, text):
    visit(page, LAB, k=text)
    assert f"k={text} was refused: it must be a whole number from 1 to 8" in words(page)
    assert page.number_input("knob_A_top_k").value == 1


def test_a_parameter_that_the_address_has_twice_is_refused_by_name(page, hand):
    visit(page, LAB, k=["1", "2"], alpha="0.5", zz=["1", "1"])
    assert "k=1 and 2 was refused: it must be given once. Used instead: its default." in words(page)
    assert "zz=1 and 1 was refused" in words(page)
    assert page.number_input("knob_A_top_k").value == 1
    assert address(page) == {"alpha": "0.5"}
