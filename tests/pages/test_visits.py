"""One session: clicks that come at the wrong moment, addresses that lag, other tabs."""

from __future__ import annotations

import threading

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.state.session_state import SessionState

from moeviz.live.presses import Refused
from moeviz.ui.shared import session_state
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.navigation import LAB, RUNS, START, WALKTHROUGH
from tests.pages.live import Live, opened_at
from tests.pages.mounted import data_of, start_new
from tests.pages.visit import (
    DOOR,
    MODELS_AND_DATA,
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


@pytest.fixture
def lab(page, hand) -> Live:
    """The lab with its door open."""
    return Live(visit_with_open_doors(page, LAB), hand)


def test_a_new_run_whose_start_is_outrun_is_started(lab, hand, outrun):
    lab.press("step")
    old = lab.id
    enter(lab.page, "knob_A_seed", 5)
    outrun()
    start_new(lab.page)
    assert lab.id == address(lab.page)["run"] != old
    assert (lab.status.state, hand.known[old].state) == ("running", "paused")
    assert hand.known[lab.id].until is None
    assert len(hand.runs("me")) == 2


def test_a_run_that_is_kept_by_a_click_that_is_outrun_is_kept(lab, outrun):
    lab.press("step")
    enter(lab.page, "knob_A_seed", 5)
    outrun()
    press(lab.page, "do_keep")
    assert "This change needs a new run" not in words(lab.page)
    assert lab.page.number_input("knob_A_seed").value == 0


def test_an_experiment_whose_choice_is_outrun_is_chosen(lab, hand, outrun):
    lab.start()
    old = lab.id
    outrun()
    enter(lab.page, "preset", "rescue")
    assert address(lab.page) == {"preset": "rescue"}
    assert lab.data["title"] == "Rescue"
    assert hand.known[old].state == "paused"


def test_a_knob_of_the_model_whose_change_is_outrun_is_in_force(lab, outrun):
    outrun()
    enter(lab.page, "knob_A_seed", 5)
    assert lab.page.number_input("knob_A_seed").value == 5
    assert address(lab.page)["seed"] == "5"
    assert [arm.train.seed for arm in lab.status.config.arms] == [5, 5]


def test_a_refusal_that_is_outrun_is_still_said(lab, hand, outrun):
    lab.press("step")
    enter(lab.page, "knob_A_seed", 5)
    hand.MAX_RUNS = 1
    outrun()
    start_new(lab.page)
    assert "MOEVIZ_MAX_RUNS is 1" in words(lab.page)


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
    mine = session_state.SessionState()
    monkeypatch.setattr(session_state, "here", lambda: mine)
    monkeypatch.setattr(session_state.SessionState, "note_action", lambda self: None)
    order: list[str] = []
    second_done = threading.Event()

    @session_state.action
    def second() -> None:
        order.append("second")
        second_done.set()

    @session_state.action
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


def test_back_to_before_the_run_and_forward_again(page, hand, history):
    live = opened_at(page, hand, START)
    live.start()
    run_id = live.id
    history()
    assert live.id != run_id
    assert (live.status.step, live.status.state) == (0, "paused")
    assert address(page) == {}
    history(run=run_id)
    assert (live.id, live.told()["state"]) == (run_id, "running")


def test_back_brings_the_controls_of_its_address(page, hand, history):
    live = Live(visit_with_open_doors(page, LAB, noise="0.5"), hand)
    enter(page, "knob_A_seed", 5)
    history(noise="0.5")
    assert page.number_input("knob_A_seed").value == 0
    assert live.knobs("A")["seed"] == 0


def test_the_menu_keeps_the_run_and_back_to_the_menus_address_too(page, hand, history):
    live = opened_at(page, hand, START)
    live.start()
    run_id = live.id
    visit(page, LAB)
    assert address(page)["run"] == live.id == run_id
    live.turn("top_k", "2")
    history()
    assert address(page)["run"] == live.id == run_id


@pytest.mark.parametrize("opened", [LAB, WALKTHROUGH, START])
def test_the_menus_bare_address_is_completed_in_place_and_an_action_makes_an_entry(
    page, hand, opened, monkeypatch
):
    """What Streamlit writes is a new entry of the browser's history: *Back* would stay here."""
    live = opened_at(page, hand, LAB)
    live.press("step")
    written: list[dict[str, str]] = []
    write = type(st.query_params).from_dict
    monkeypatch.setattr(
        type(st.query_params),
        "from_dict",
        lambda self, query: (written.append(dict(query)), write(self, query))[1],
    )
    visit(page, opened)
    assert written == []
    assert address(page)["run"] == live.id
    (bar,) = data_of(page, "address_bar")
    assert bar["path"] == {LAB: "/lab", WALKTHROUGH: "/walkthrough", START: ""}[opened]
    assert bar["parameters"] == address(page)
    page.run()
    assert written == []
    if opened == WALKTHROUGH:
        enter(page, "asked_knob_top_k", 3)
        assert written == [{"run": live.id, "k": "3"}]


def test_a_link_that_is_followed_in_the_instant_of_a_click_is_followed(page, hand):
    live = Live(visit_with_open_doors(page, LAB, noise="0.5"), hand)
    page.query_params.clear()
    page.query_params["noise"] = "0.25"
    enter(page, "knob_A_seed", 5)
    assert live.knobs("A")["router_noise"] == 0.25
    assert page.number_input("knob_A_seed").value == 5
    assert address(page) == {"noise": "0.25", "seed": "5"}


def test_a_press_counts_beside_the_click_that_follows_it(page, hand):
    live = Live(visit_with_open_doors(page, LAB, noise="0.5"), hand)
    live.turn("top_k", "2", heard=False)
    live.follow()
    enter(page, "knob_A_seed", 5)
    assert address(page) == {"noise": "0.5", "k": "2", "seed": "5"}
    assert (live.knobs("A")["top_k"], live.knobs("A")["seed"]) == (2, 5)


def test_a_press_that_is_taken_back_is_back_beside_the_click_that_follows_it(page, hand):
    live = Live(visit_with_open_doors(page, LAB, noise="0.5"), hand)
    live.turn("top_k", "2", heard=False)
    live.follow()
    enter(page, "knob_A_seed", 5)
    live.turn("top_k", "1", heard=False)
    live.follow()
    enter(page, "knob_A_seed", 6)
    assert address(page) == {"noise": "0.5", "seed": "6"}
    assert (live.knobs("A")["top_k"], live.knobs("A")["seed"]) == (1, 6)


def test_a_start_counts_beside_the_click_that_follows_it(lab, hand):
    lab.press("start", heard=False)
    lab.follow()
    run_id = lab.id
    enter(lab.page, "knob_A_seed", 5)
    assert (lab.id, lab.status.state) == (run_id, "running")
    assert "This change needs a new run from step 0: Seed 0 → 5." in words(lab.page)
    assert address(lab.page)["run"] == run_id
    start_new(lab.page)
    assert lab.id != run_id
    assert hand.known[run_id].state == "paused"


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_run_that_is_deleted_elsewhere_between_two_looks_breaks_no_page(
    page, hand, opened, monkeypatch
):
    live = opened_at(page, hand, opened, preset="collapse")
    live.start()
    run_id, may_control = live.id, hand.may_control

    def deleted(run: str, owner: str) -> bool:
        hand.known.pop(run, None)
        return may_control(run, owner)

    monkeypatch.setattr(hand, "may_control", deleted)
    page.run()
    assert not page.exception
    assert live.run["control"] is False
    monkeypatch.undo()
    live.page.run()
    assert live.id != run_id
    live.start()
    assert address(page)["run"] == live.id != run_id


def test_a_run_that_is_deleted_in_another_tab_is_gone_from_this_one(page, other, hand):
    live = opened_at(page, hand, LAB)
    live.start()
    run_id = live.id
    hand.train(run_id, 1)
    delete_in(other, hand, run_id)
    with pytest.raises(Refused, match=f"There is no run {run_id}"):
        live.press("pause")
    page.run()
    assert live.id != run_id
    assert (live.status.step, live.status.state) == (0, "paused")


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_run_that_the_address_names_and_nobody_knows_is_refused_by_name(page, hand, opened):
    live = opened_at(page, hand, opened, run="zp4kBHFxRVdJ7XVzN8l8kw", k="2")
    assert (
        "run=zp4kBHFxRVdJ7XVzN8l8kw is not known here: it was deleted, belongs to another server"
    ) in words(page)
    assert (live.status.step, live.knobs("A")["top_k"]) == (0, 2)
    assert address(page) == {"k": "2"}
    live.start()
    assert address(page)["run"] == live.id
    assert hand.known[live.id].state == "running"


UNKNOWN = "is not known here"


@pytest.mark.parametrize("opened", [START, LAB])
def test_a_run_of_another_browser_is_shown_by_its_address(page, hand, opened):
    run_id = hand.start(LabState().run_config(), "them", paused=True)
    hand.train(run_id, 5)
    live = opened_at(page, hand, opened, run=run_id)
    for _ in range(2):
        assert (live.id, live.told()["step"]) == (run_id, 5)
        assert live.run["control"] is False
        assert UNKNOWN not in words(page)
        assert address(page)["run"] == run_id
        page.run()


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
    live = opened_at(page, hand, opened, k="2")
    live.start()
    run_id = live.id
    hand.train(run_id, 1)
    delete_in(other, hand, run_id)
    page.run()
    assert (live.status.step, live.knobs("A")["top_k"]) == (0, 2)
    assert UNKNOWN not in words(page)
    assert address(page) == {"k": "2"}


def test_the_menu_leads_back_to_the_lab_without_the_run_that_was_deleted_meanwhile(page, hand):
    live = opened_at(page, hand, LAB, k="2")
    live.start()
    run_id = live.id
    hand.train(run_id, 1)
    delete_in(page, hand, run_id)
    visit(page, LAB)
    assert UNKNOWN not in words(page)
    assert address(page) == {"k": "2"}
    assert live.id != run_id


def test_two_tabs_of_one_browser_have_their_own_controls_and_one_list(page, other, hand):
    first, second = opened_at(page, hand, LAB, k="2"), opened_at(other, hand, LAB, k="4")
    first.start()
    second.start()
    ids = [first.id, second.id]
    assert [hand.latest(run).config.arms[0].routing.top_k for run in ids] == [2, 4]
    assert {run.run_id for run in hand.runs("me")} == set(ids)
    visit(other, LAB, run=first.id)
    second.press("pause")
    assert second.id == first.id
    page.run()
    assert first.told()["state"] == "paused"


def test_a_reload_before_the_address_has_followed_finds_the_run_again(page, other, hand):
    live = opened_at(page, hand, START)
    live.press("start", heard=False)
    hand.train(live.id, 1)
    run_id = live.id
    again = opened_at(other, hand, START)
    assert again.id != run_id
    links = {each.proto.label: each.proto for each in other.get("page_link")}
    assert links["Your last run is still here: show it"].query_string == f"run={run_id}"
    visit(other, START, run=run_id)
    assert (again.id, again.told()["state"]) == (run_id, "running")
    labels = {each.proto.label for each in other.get("page_link")}
    assert "Your last run is still here: show it" not in labels


def test_step_can_be_pressed_while_the_last_one_is_being_done(page, hand):
    live = opened_at(page, hand, LAB)
    live.press("step", heard=False)
    hand.known[live.id].state = "running"
    live.press("step", heard=False)
    live.press("step")
    assert (live.status.step, live.status.state) == (3, "paused")


def test_a_number_out_of_bounds_is_refused_and_its_field_shows_what_is_in_force(lab):
    enter(lab.page, "knob_A_n_experts", 65)
    assert "Experts E must be a whole number from 2 to 64, got 65" in words(lab.page)
    assert lab.page.number_input("knob_A_n_experts").value == 16
    enter(lab.page, "knob_A_seed", -5)
    assert "Seed must be a whole number from" in words(lab.page)
    assert lab.page.number_input("knob_A_seed").value == 0
    assert address(lab.page) == {}


MINE = b"words of a file. " * 50


def test_a_file_does_not_take_the_place_of_pasted_text(page, hand):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value("pasted words. " * 50).run()
    page.file_uploader("own_file").upload("mine.txt", MINE, "text/plain").run()
    said = words_behind(page, MODELS_AND_DATA)
    assert "a text of 700 characters, which mine.txt would replace" in said
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
    page.session_state[DOOR] = False
    page.run()
    assert not page.text_area
    visit(page, RUNS)
    visit_with_open_doors(page, LAB)
    assert page.text_area("own_text").value == "pasted words. " * 50
    press(page, "use_text")
    assert "In use: 700 characters" in words(page)


def test_a_closed_door_keeps_what_its_controls_said_and_draws_none_of_them(page, hand):
    live = opened_at(page, hand, LAB)
    for key in ("knob_A_seed", "state_arms", "then_on"):
        widgets = (*page.number_input, *page.selectbox, *page.toggle)
        assert key not in {each.key for each in widgets}
    open_doors(page, DOOR)
    enter(page, "knob_A_seed", 5)
    enter(page, "knobs_apart", ["n_layers"])
    enter(page, "knob_B_n_layers", 3)
    enter(page, "then_on", True)
    page.session_state[DOOR] = False
    page.run()
    assert "knob_A_seed" not in {each.key for each in page.number_input}
    live.turn("top_k", "2")
    said = address(page)
    assert (said["seed"], said["b_layers"], said["k"]) == ("5", "3", "2")
    open_doors(page, DOOR)
    assert page.number_input("knob_A_seed").value == 5
    assert page.number_input("knob_B_n_layers").value == 3
    assert page.toggle("then_on").value is True
    assert address(page) == said


@pytest.mark.parametrize("text", ["１", " 2", "2 ", "0_2"])
def test_a_number_in_the_address_is_written_in_plain_digits(page, hand, text):
    live = opened_at(page, hand, LAB, k=text)
    assert f"k={text} was refused: it must be a whole number from 1 to 8" in words(page)
    assert live.knobs("A")["top_k"] == 1


def test_a_parameter_that_the_address_has_twice_is_refused_by_name(page, hand):
    live = opened_at(page, hand, LAB, k=["1", "2"], alpha="0.5", zz=["1", "1"])
    assert "k=1 and 2 was refused: it must be given once. Used instead: its default." in words(page)
    assert "zz=1 and 1 was refused" in words(page)
    assert live.knobs("A")["top_k"] == 1
    assert address(page) == {"alpha": "0.5"}
