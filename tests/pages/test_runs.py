"""The list of runs: one's own, to reopen, compare, take away and delete."""

from __future__ import annotations

import dataclasses
import json

import pytest
import streamlit as st

from moeviz.analysis.export import history_csv
from moeviz.config import RunConfig
from moeviz.engine.protocol import UnreadableRun
from moeviz.ui.runs.unreadable import SHOWN_CHARACTERS
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.navigation import LAB, RUNS
from tests.pages.live import Live
from tests.pages.visit import address, press, select_runs, visit, visit_with_open_doors, words


@pytest.fixture
def runs(hand) -> list[str]:
    """Two runs of "me", started in the same second, and one of somebody else."""
    made = []
    for owner, seed in (("me", 1), ("me", 2), ("them", 3)):
        shared = {**LabState().shared, "seed": seed}
        run_id = hand.start(LabState(shared=shared).run_config(), owner, paused=True)
        hand.train(run_id, 5 * seed)
        hand.now_unix_s += 0.001
        made.append(run_id)
    return made


def test_only_ones_own_runs_are_listed_newest_first(page, hand, runs):
    visit(page, RUNS)
    (table,) = page.dataframe
    assert table.value["Step"].tolist() == [10, 5]
    assert table.value["State"].tolist() == ["Paused", "Paused"]


def test_a_line_says_what_its_run_began_with_and_what_was_changed_later(page, hand):
    run_id = hand.start(LabState().run_config(), "me", paused=True)
    hand.train(run_id, 4)

    def title() -> str:
        visit(page, RUNS)
        return page.dataframe[0].value["Run"].item()

    began = title()
    assert began == "Collapse"
    hand.set(run_id, {"balancer": "switch"}, "A")
    assert title() == f"{began}; changed later: A: Load-balancing loss (Switch) from step 5"
    hand.train(run_id, 2)
    hand.set(run_id, {"top_k": 2})
    assert title() == f"{began}; changed later: Experts per token k = 2 from step 7 (2 changes)"


def test_a_run_without_a_step_is_not_listed(page, hand, runs):
    hand.start(LabState().run_config(), "me", paused=True)
    visit(page, RUNS)
    (table,) = page.dataframe
    assert table.value["Step"].tolist() == [10, 5]


def test_nobody_elses_runs_are_seen(page, hand, runs, said):
    said.append("a third")
    visit(page, RUNS)
    assert "There are no runs yet." in words(page)
    assert not page.dataframe


def test_parameters_that_the_list_does_not_have_are_named_and_leave_the_address(page, hand, runs):
    visit(page, RUNS, x="1", k="<b>")
    assert "Part of the address was refused." in words(page)
    assert "x=1 was left out: this page has no such parameter." in words(page)
    assert "k=<b> was left out: this page has no such parameter." in words(page)
    assert address(page) == {}
    page.run()
    assert "x=1 was left out" in words(page)


def test_what_was_left_out_of_the_address_is_said_until_a_run_is_selected(page, hand, runs):
    visit(page, RUNS, x="1")
    select_runs(page, 0)
    assert "x=1 was left out" not in words(page)
    assert page.get("download_button")


def test_an_address_without_parameters_is_no_cause_for_a_notice(page, hand, runs):
    visit(page, RUNS)
    assert "Part of the address was refused." not in words(page)


def test_a_run_of_one_model_is_named_after_what_it_trains(page, hand):
    hand.train(hand.start(LabState(arms="a").run_config(), "me", paused=True), 3)
    visit(page, RUNS)
    (title,) = page.dataframe[0].value["Run"]
    assert title.startswith("One model: ")
    assert "without" not in title
    assert not {"Arms", "Experiment"} & {*page.dataframe[0].value.columns}


def test_a_run_reopens_in_the_lab_with_its_controls(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0)
    (link,) = [each.proto for each in page.get("page_link") if each.proto.page == "lab"]
    query = dict(pair.split("=") for pair in link.query_string.split("&"))
    assert query == {"seed": "2", "run": runs[1]}
    visit_with_open_doors(page, LAB, **query)
    assert page.number_input("knob_A_seed").value == 2
    assert (Live(page, hand).id, Live(page, hand).status.step) == (runs[1], 10)
    assert "This change needs a new run" not in words(page)
    assert address(page) == query


def test_a_run_can_be_taken_away_as_files(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 1)
    labels = [each.proto.label for each in page.get("download_button")]
    assert labels == [
        "Config, JSON",
        "History, JSON",
        "History, CSV",
        "Charts, HTML",
        "Weights at step 0, safetensors",
    ]


@pytest.mark.parametrize("builder", ["history_json", "history_csv", "run_charts_info", "to_html"])
def test_no_file_is_made_before_it_is_asked_for(page, hand, runs, monkeypatch, builder):
    made = []
    monkeypatch.setattr(f"moeviz.ui.runs.listing.{builder}", lambda *_: made.append(builder))
    visit(page, RUNS)
    select_runs(page, 1)
    assert len(page.get("download_button")) == 5
    assert made == []


def test_the_files_are_those_of_the_selected_run(page, hand, runs, monkeypatch):
    given = {}
    button = st.download_button

    def noticing(label, data, *arguments, **more):
        given[label] = data() if callable(data) else data
        return button(label, data, *arguments, **more)

    monkeypatch.setattr(st, "download_button", noticing)
    visit(page, RUNS)
    select_runs(page, 1)
    config = RunConfig.from_json({"arms": json.loads(given["Config, JSON"])["models"]})
    assert config == hand.latest(runs[0]).config
    assert given["History, CSV"] == history_csv(hand.history(runs[0]))
    assert json.loads(given["History, JSON"])["models"]["A"]["step"] == [1, 2, 3, 4, 5]
    assert given["Charts, HTML"].startswith("<!doctype html>")
    assert given["Weights at step 0, safetensors"] == hand.checkpoint(runs[0], 0)


def test_a_selected_run_is_not_watched(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0)
    select_runs(page, 0, 1)
    watched = {each[1] for each in hand.asked if each[0] == "watch"}
    assert not watched & set(runs)  # a test's visit begins at the start page, which has its own run


def test_runs_of_the_same_second_are_both_drawn(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0, 1)
    panels = [json.loads(each.proto.json)[0] for each in page.get("bidi_component")]
    (figure,) = [panel["figure"] for panel in panels if "figure" in panel]
    named = {trace["name"] for trace in figure["data"]}
    assert named >= {"1, A", "1, B", "2, A", "2, B"}
    (said,) = [each.value for each in page.text if ". Started " in each.value]
    assert [line.split(".")[0] for line in said.splitlines()] == [
        "Run 1: Collapse: Seed = 2",
        "Run 2: Collapse: Seed = 1",
    ]
    assert not page.get("download_button")


def test_a_run_of_no_steps_is_named_and_said_to_have_nothing_to_draw(page, hand, runs):
    hand.start(LabState().run_config(), "me")
    visit(page, RUNS)
    select_runs(page, 0, 1)
    (said,) = [each.value for each in page.text if ". Started " in each.value]
    first, second = said.splitlines()
    assert first.startswith("Run 1: Collapse. Started ")
    assert first.endswith(". It has not done a step, so there is nothing to draw.")
    assert second.endswith(". It is at step 10.")
    panels = [json.loads(each.proto.json)[0] for each in page.get("bidi_component")]
    (figure,) = [panel["figure"] for panel in panels if "figure" in panel]
    assert {trace["name"] for trace in figure["data"]} >= {"2, A", "2, B"}
    assert not {trace["name"] for trace in figure["data"]} & {"1, A", "1, B"}


def test_runs_of_different_depth_are_compared(page, hand, runs):
    deep = {**LabState().shared, "n_layers": 3}
    hand.train(hand.start(LabState(shared=deep).run_config(), "me", paused=True), 3)
    visit(page, RUNS)
    select_runs(page, 0, 1)
    page.selectbox("l").set_value(2).run()
    assert not page.exception


def test_a_run_is_deleted_after_a_second_click_and_only_that_run(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0)
    assert hand.placed == set(runs)
    press(page, "delete")
    assert hand.placed == {runs[0], runs[2]}
    (table,) = page.dataframe
    assert table.value["Step"].tolist() == [5]


def test_after_a_deletion_no_other_run_is_selected_or_about_to_be_deleted(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0)
    press(page, "delete")
    assert "Select one run to open, export or delete it" in words(page)
    assert not page.get("popover")
    assert "delete" not in {each.key for each in page.button}


def test_a_new_run_at_the_top_of_the_list_does_not_take_the_tick(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0)
    hand.train(hand.start(LabState().run_config(), "me", paused=True), 3)
    page.run()
    assert len(page.dataframe[0].value) == 3
    assert "delete" not in {each.key for each in page.button}


def test_several_selected_runs_are_deleted_together(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0, 1)
    press(page, "delete")
    assert hand.placed == {runs[2]}
    assert "There are no runs yet." in words(page)


def test_a_run_that_is_gone_already_is_said_in_words(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0)
    hand.known.pop(runs[1])
    press(page, "delete")
    assert f"there is no run {runs[1]}" in words(page)
    assert "Nothing was changed" in words(page)


def test_what_of_several_runs_could_not_be_deleted_is_said_and_the_others_go(page, hand, runs):
    visit(page, RUNS)
    select_runs(page, 0, 1)
    hand.known.pop(runs[1])
    press(page, "delete")
    assert hand.placed == {runs[2]}
    assert f"1 of 2 runs are deleted: there is no run {runs[1]}" in words(page)
    assert "Nothing was changed" not in words(page)


LOST = UnreadableRun("Ym2-61nyyezUrvPGCD631Q", 86_400.0, "It has <b>no</b> $k$ *knob*.", owned=True)


def test_a_run_that_cannot_be_read_is_listed_in_plain_text_with_the_reason(page, hand, runs):
    hand.lost = [LOST]
    visit(page, RUNS)
    assert len(page.dataframe[0].value) == 2, "beside those that can be read"
    (said,) = [each.value for each in page.text if LOST.why in each.value]
    first, why = said.splitlines()
    assert first.startswith(f"Run {LOST.run_id}, last saved 1970-01-0")
    assert why == LOST.why
    assert not [each for each in page.markdown if LOST.why in each.value]
    assert "There are no runs yet." not in words(page)


def test_without_such_a_run_there_are_no_words_about_any(page, hand, runs):
    visit(page, RUNS)
    assert "cannot be read" not in words(page)


def test_a_browser_whose_only_run_cannot_be_read_is_not_told_that_it_has_none(page, hand):
    hand.lost = [LOST]
    visit(page, RUNS)
    assert "There are no runs yet." not in words(page)
    assert LOST.why in words(page)


def test_a_run_that_cannot_be_read_is_deleted_after_a_second_click(page, hand, runs):
    other = dataclasses.replace(LOST, run_id="a" * 22)
    hand.lost = [LOST, other]
    visit(page, RUNS)
    labels = [each.proto.popover.label for each in page.get("popover")]
    assert labels == ["Delete this run"] * 2
    press(page, f"delete_{LOST.run_id}")
    assert hand.lost == [other]
    assert hand.placed == set(runs)
    assert LOST.run_id not in words(page)
    assert other.run_id in words(page)


def test_a_run_of_no_known_owner_shows_no_whole_id_and_no_deletion(page, hand):
    """Every browser lists it, and who knows the id of a run may watch it."""
    hand.lost = [dataclasses.replace(LOST, owned=False)]
    visit(page, RUNS)
    assert f"Run {LOST.run_id[:SHOWN_CHARACTERS]}…, last saved" in words(page)
    assert LOST.run_id not in words(page)
    assert not page.get("popover")
    assert "every browser lists it" in words(page)


def test_a_run_that_turns_out_unreadable_is_listed_so_at_once(page, hand, runs, monkeypatch):
    visit(page, RUNS)
    latest = hand.latest

    def fails(run_id, *, watching=True):
        if run_id == runs[1]:
            hand.known.pop(run_id)
            hand.lost = [dataclasses.replace(LOST, run_id=run_id)]
        return latest(run_id, watching=watching)

    monkeypatch.setattr(hand, "latest", fails)
    select_runs(page, 0)
    assert page.dataframe[0].value["Step"].tolist() == [5]
    assert f"Run {runs[1]}, last saved" in words(page)
