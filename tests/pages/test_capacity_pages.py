"""The capacity lab and the page on conventions, on a real, tiny model in the test's own process."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from moeviz.analysis.capacity import shown_sequences, slot_budget
from moeviz.analysis.capacity_training import TrainedAt
from moeviz.analysis.conventions import loss_lines
from moeviz.config import DROP_POLICIES, KNOBS, ConfigError
from moeviz.engine.protocol import EngineError, Until
from moeviz.traces import (
    BatchQuestion,
    CapacityPointQuestion,
    ConventionsQuestion,
    DependenceQuestion,
)
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.capacity.lesson import TEXTS
from moeviz.ui.capacity.study import CURVE_FACTORS
from moeviz.ui.capacity.training import capacity_run_config, results_table
from moeviz.ui.inspect.capacity_factor import factor_options
from moeviz.ui.inspect.state import TRAINED_FACTORS
from moeviz.ui.shared.controls import POLICY_TITLES
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState
from moeviz.ui.shared.lesson import HOW
from moeviz.ui.shared.navigation import CAPACITY, CONVENTIONS, LAB, WALKTHROUGH
from tests.called import called_in_a_training_step, sources_said_computed, sources_said_live
from tests.pages.hand_engine import HandEngine
from tests.pages.hand_run import HandRun
from tests.pages.mounted import data_of, press_by_channel, report
from tests.pages.visit import Tab, address, enter, open_doors, press, visit, words

pytestmark = pytest.mark.slow

TINY = {"n_experts": 4, "d_model": 16, "d_expert": 16, "n_heads": 2, "batch_size": 4}
TINY |= {"top_k": 2, "context_length": 16, "balancer": "switch"}


@pytest.fixture
def hand() -> Iterator[HandEngine]:
    """An engine on real models, trained when the test says so."""
    made = HandEngine(LockstepTrainer)
    before = getattr(sys, "_moeviz_engine", None)
    sys._moeviz_engine = made
    yield made
    sys._moeviz_engine = before


@pytest.fixture(scope="module")
def trained() -> HandRun:
    """A tiny run of one arm, kept at steps 0 and 20: trained once for all tests."""
    hand = HandEngine(LockstepTrainer)
    config = LabState(arms="a", shared={**DEFAULT_SHARED, **TINY}).run_config()
    run_id = hand.start(config, "nobody", paused=True)
    hand.train(run_id, 20)
    hand.keep(run_id)
    return hand.known[run_id]


@pytest.fixture
def run(hand, trained) -> str:
    """That run as one of the visitor's own."""
    run_id = hand.start(trained.started, "me", paused=True)
    hand.continue_from(run_id, trained)
    return run_id


@pytest.fixture
def short_curve(monkeypatch) -> None:
    """A curve of one factor, where a test is about something else."""
    monkeypatch.setattr("moeviz.ui.capacity.study.CURVE_FACTORS", (1.0,))


def chart(page, label: str) -> dict:
    """The figure and table of the chart whose label begins so."""
    (found,) = (each for each in data_of(page, "_chart") if each["label"].startswith(label))
    return found


def read(page) -> str:
    """The page's words as they are read: links by their words alone."""
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", words(page))


def metrics(page) -> dict[str, str]:
    return {each.label: each.value for each in page.metric}


def batch_of(hand, run: str, **knobs):
    knobs = {"top_k": 2, "capacity_factor": 1.0, "drop_policy": "position", **knobs}
    return hand.known[run].trainer.answer(BatchQuestion("A", knobs))


def go_on(page) -> bool:
    """Ask for the next part of the study, as the browser does when the last one is drawn."""
    parts = data_of(page, "ask_on")
    for each in parts:
        report(page, "study_part", next=each["part"])
    return bool(parts)


def measured(page) -> Tab:
    """The page once all questions are answered."""
    for _ in range(400):
        if not go_on(page):
            return page
    raise AssertionError("the measurements never ended")


def until_refused(page) -> None:
    """Go on until a question was refused."""
    for _ in range(400):
        if "The measurement failed: the worker gave no answer" in words(page):
            return
        assert go_on(page)
    raise AssertionError("nothing was refused")


def placed(hand) -> list[str]:
    """The runs that there are, without those that the start page has only prepared."""
    return [run_id for run_id, run in hand.known.items() if run.placed]


def asked(hand, kind) -> int:
    return sum(1 for what, *rest in hand.asked if what == "ask" and rest[0] is kind)


def test_the_page_shows_the_slots_and_drops_of_the_batch_as_the_model_routes_it(page, hand, run):
    visit(page, CAPACITY, run=run)
    batch = batch_of(hand, run)
    budget = slot_budget(batch.layers[0], hand.latest(run).config.arms[0].model)
    shown = metrics(page)
    assert shown["Dropped"] == f"{100 * budget.dropped / budget.assignments:.1f} %"
    assert shown["Padding"] == f"{100 * budget.padding / budget.slots:.1f} %"
    assert shown["Padding FLOPs"] == f"{budget.padding_flops / 1e6:,.1f} M"
    rows = chart(page, "Capacity slots of each expert in layer 0")["rows"]
    assert sum(int(row[1]) for row in rows) == budget.filled
    assert sum(int(row[2]) for row in rows) == budget.padding
    assert sum(int(row[3]) for row in rows) == budget.dropped
    assert f"**{budget.capacity:,}** slots per expert" in words(page)


@pytest.mark.parametrize("layer", ["0", "1"])
def test_rerouting_at_one_expert_a_token_drops_nothing_as_its_experiment_says(
    page, hand, run, layer
):
    (link,) = (each for each in TEXTS.experiments if "Nothing is dropped" in each.story)
    visit(page, CAPACITY, run=run, layer=layer, **link.query)
    assert metrics(page)["Dropped"] == "0.0 %"
    moved = batch_of(hand, run, top_k=1, drop_policy="reroute").layers[int(layer)]
    assert (moved.expert_index != moved.chosen_index).any()  # there was something to re-route


def test_the_text_of_one_sequence_per_domain_shows_what_was_dropped(page, hand, run):
    visit(page, CAPACITY, run=run, capacity="0.5", k="1")
    batch = batch_of(hand, run, capacity_factor=0.5, top_k=1)
    (text,) = data_of(page, "batch_text")
    assert [each["title"] for each in text["sequences"]] == [
        batch.domains[batch.domain[row]] for row in shown_sequences(batch)
    ]
    kept = batch.layers[0].kept[:, 0]
    for each in text["sequences"]:
        places = slice(each["first"], each["first"] + 16)
        assert each["tokens"] == list(batch.tokens[places])
        assert each["states"] == np.where(kept[places], 0, 2).tolist()
    assert any(2 in each["states"] for each in text["sequences"])


def test_a_collapse_hides_behind_capacity_alone(page, hand, run):
    visit(page, CAPACITY, run=run, capacity="0.25")
    layer = batch_of(hand, run, capacity_factor=0.25).layers[0]
    assert layer.processed_entropy > layer.normalised_entropy + 0.01
    assert "A tight capacity can hide a router collapse." in read(page)
    visit(page, CAPACITY, run=run, capacity="none")
    assert "Both rows agree: drops hide nothing here." in words(page)


def test_the_layer_of_the_page_is_the_one_that_is_shown(page, hand, run):
    visit(page, CAPACITY, run=run, layer="1")
    budget = slot_budget(batch_of(hand, run).layers[1], hand.latest(run).config.arms[0].model)
    assert metrics(page)["Dropped"] == f"{100 * budget.dropped / budget.assignments:.1f} %"
    assert chart(page, "Capacity slots of each expert in layer 1")


def test_the_slider_changes_the_question_and_the_address_but_not_the_run(page, hand, run):
    visit(page, CAPACITY, run=run)
    assert page.select_slider(key="asked_factor").value == "1"
    page.select_slider(key="asked_factor").set_value("2").run()
    assert address(page)["capacity"] == "2.0"
    assert metrics(page)["Dropped"] == "0.0 %"
    assert hand.latest(run).config.arms[0].routing.capacity_factor is None
    page.select_slider(key="asked_factor").set_value("dropless").run()
    assert address(page)["capacity"] == "none"
    assert metrics(page)["Padding"] == "0.0 %"
    assert "No capacity limit (dropless)" in read(page)


def test_an_unusual_factor_of_an_address_is_a_stop_of_the_slider(page, hand, run):
    visit(page, CAPACITY, run=run, capacity="0.33")
    assert page.select_slider(key="asked_factor").value == "0.33"
    options = factor_options(0.33)
    assert options[-1] == "dropless"
    numbers = [float(each) for each in options[:-1]]
    assert numbers == sorted(numbers)


@pytest.mark.slow
def test_all_is_measured_piece_by_piece_and_shown(page, hand, run):
    visit(page, CAPACITY, run=run)
    assert any(each.key == "study_cancel" for each in page.button)
    measured(page)
    assert asked(hand, BatchQuestion) == len(DROP_POLICIES)
    assert asked(hand, CapacityPointQuestion) == 8 * (len(CURVE_FACTORS) + 1)
    assert asked(hand, DependenceQuestion) == 6 * (len(DROP_POLICIES) + 1)
    rows = chart(page, "Dropped assignments, padding and cross-entropy")["rows"]
    assert [float(row[0]) for row in rows] == list(CURVE_FACTORS)
    assert all(row[5] == "8" for row in rows)
    assert rows[-1][1] == "0.0 %"
    for part in ("By place", "By position", "By domain"):
        grid = chart(page, f"Dropped assignments under each policy. {part}")
        assert len(grid["rows"]) == len(DROP_POLICIES)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"k": "1", "capacity": "0.5"}, "*Lowest scores* and *Least certain* agree: with one"),
        ({"k": "2", "capacity": "8"}, "All policies agree: no expert of layer 0 has more"),
        (
            {"k": "2", "capacity": "8", "layer": "1"},
            "All policies agree: no expert of layers 0 to 1",
        ),
        ({"k": "2", "capacity": "1"}, ""),
    ],
)
def test_policies_that_have_to_agree_are_said_to_and_why(page, hand, run, query, said):
    visit(page, CAPACITY, run=run, **query)
    (caption,) = [each.value for each in page.caption if "*Re-routed* drops" in each.value]
    assert said in caption
    assert (" agree" in caption) == bool(said)


@pytest.mark.slow
def test_what_is_known_is_not_asked_again(page, hand, run):
    measured(visit(page, CAPACITY, run=run))
    asked_so_far = len([each for each in hand.asked if each[0] == "ask"])
    page.run()
    assert len([each for each in hand.asked if each[0] == "ask"]) == asked_so_far
    page.select_slider(key="asked_factor").set_value("1.5").run()
    measured(page)
    page.select_slider(key="asked_factor").set_value("1").run()
    curve_questions = asked(hand, CapacityPointQuestion)
    assert curve_questions == 8 * (len(CURVE_FACTORS) + 1)  # the curve does not hang on the slider


def test_a_cancelled_measurement_stays_where_it_is_and_goes_on_when_asked(
    page, hand, run, short_curve
):
    visit(page, CAPACITY, run=run)
    press(page, "study_cancel")
    assert not data_of(page, "ask_on")
    so_far = len(hand.asked)
    page.run()
    page.run()
    assert len([each for each in hand.asked[so_far:] if each[0] == "ask"]) == 0
    press(page, "study_go_on")
    measured(page)
    assert asked(hand, DependenceQuestion) == 6 * (len(DROP_POLICIES) + 1)


def test_a_refused_measurement_is_told_in_words_and_the_page_stays(page, hand, run, short_curve):
    def refuse(question):
        raise EngineError("the worker gave no answer; ask again")

    hand.answers[DependenceQuestion] = refuse
    visit(page, CAPACITY, run=run)
    until_refused(page)
    assert metrics(page)["Dropped"]
    del hand.answers[DependenceQuestion]
    press(page, "study_go_on")
    measured(page)


def test_a_refusal_at_one_factor_does_not_silence_another(page, hand, run, short_curve):
    def refuse(question):
        raise EngineError("the worker gave no answer; ask again")

    hand.answers[DependenceQuestion] = refuse
    visit(page, CAPACITY, run=run, capacity="0.5")
    until_refused(page)
    del hand.answers[DependenceQuestion]
    so_far = asked(hand, BatchQuestion)
    page.select_slider(key="asked_factor").set_value("1.5").run()
    assert "The measurement failed" not in words(page)
    measured(page)
    assert asked(hand, BatchQuestion) == so_far + len(DROP_POLICIES)


def test_dropless_holds_causality_and_tight_capacity_does_not(page, hand, run, short_curve):
    measured(visit(page, CAPACITY, run=run, capacity="0.5", drop="probability"))
    table = next(each.value for each in page.markdown if each.value.startswith("| policy"))
    rows = {row.split("|")[1].strip(" *"): row.split("|")[2:5] for row in table.split("\n")[2:]}
    dropless = [abs(float(cell)) for cell in rows["dropless"]]
    assert max(dropless) < 1e-4
    alone, future, _ = rows["Lowest scores"]
    assert "**" in alone  # more than rounding
    assert "**" in future


def test_byte_pieces_of_the_batch_are_explained(page, hand, run, monkeypatch):
    told = []
    monkeypatch.setattr(
        "moeviz.ui.capacity.batch.byte_words", lambda seen: told.append(seen) or ["W"]
    )
    visit(page, CAPACITY, run=run)
    (text,) = data_of(page, "batch_text")
    assert told[-1] == [token for each in text["sequences"] for token in each["tokens"]]
    assert "W" in [each.value for each in page.caption]


def test_a_picked_token_is_described_and_its_sequence_is_the_one_in_detail(
    page, hand, run, short_curve
):
    visit(page, CAPACITY, run=run)
    assert "Click a token to see where it was sent." in words(page)
    batch = batch_of(hand, run)
    row = shown_sequences(batch)[2]
    token = row * 16 + 3
    measured(visit(page, CAPACITY, run=run, token=str(token)))
    said = words(page)
    assert f"position 3 of sequence {row + 1}" in said
    assert f"Preference 0: expert {batch.layers[0].chosen_index[token, 0]}, gate weight" in said
    assert chart(page, f"Largest change of a logit at each position of sequence {row + 1}")
    (text,) = data_of(page, "batch_text")
    assert text["picked"] == token


def test_a_token_that_is_reported_again_stays_picked_until_it_is_let_go(
    page, hand, run, short_curve
):
    visit(page, CAPACITY, run=run)
    picked = []
    for token in (5, 5, -1, -1):
        report(page, "batch", token=token)
        picked.append(data_of(page, "batch_text")[0]["picked"])
    assert picked == [5, 5, None, None]


def test_a_kept_step_is_asked_when_the_address_names_it(page, hand, run):
    visit(page, CAPACITY, run=run, step="0")
    assert ("ask", BatchQuestion, 0) in hand.asked


def test_while_the_run_trains_the_page_is_about_its_last_kept_step(page, hand, run):
    hand.train(run, 5)
    hand.resume(run)
    visit(page, CAPACITY, run=run)
    assert {each[2] for each in hand.asked if each[0] == "ask"} == {20}


def training(page) -> dict:
    """The line of the training at several factors."""
    return data_of(page, "run_line")[1]


def test_four_factors_are_trained_in_one_run_on_request(page, hand, run):
    visit(page, CAPACITY, run=run)
    press(page, "capacity_train")
    (made,) = (run_id for run_id in placed(hand) if run_id != run)
    arms = hand.known[made].started.arms
    assert [arm.routing.capacity_factor for arm in arms] == list(TRAINED_FACTORS)
    assert {arm.train for arm in arms} == {hand.latest(run).config.arms[0].train}
    assert ("resume", made, Until("step", 300)) in hand.asked
    assert (training(page)["run"]["id"], training(page)["trains"]) == (made, True)
    assert not any(each.key == "capacity_train" for each in page.button)
    hand.train(made, 25)
    report(page, "capacity_follows", newer=25)
    said = words(page)
    assert "| CF 0.5 |" in said
    assert "| dropless |" in said
    (follows,) = data_of(page, "follow_run")
    assert (follows["shown"], follows["answered"], follows["every_ms"]) == (25, 25, 3000)
    press_by_channel(hand, training(page)["run"], "pause")
    report(page, "capacity_line", changed={"run": made, "trains": False, "goal": 0})
    assert hand.latest(made).state == "paused"
    assert "| CF 0.5 |" in words(page)
    assert not data_of(page, "follow_run")
    assert not training(page)["trains"]
    assert any(each.key == "capacity_train" for each in page.button)


def test_the_address_leads_back_to_the_training_though_there_is_a_newer_one(page, hand, run):
    visit(page, CAPACITY)
    press(page, "capacity_train")
    trained = address(page)["trained"]
    hand.train(trained, 3)
    hand.pause(trained)
    config = capacity_run_config(hand.latest(run).config.arms[0])
    hand.train(hand.start(config, "me", paused=True), 5)
    again = Tab()
    visit(again, CAPACITY, run=run, trained=trained, trained_steps="300")
    assert "Step 3. Loss:" in words(again)
    assert address(again) == {"run": run, "trained": trained, "trained_steps": "300"}
    visit(again, CAPACITY, run=run, trained="gone")
    assert "trained=gone is not known here: it was deleted" in words(again)


def test_a_reload_shows_the_progress_of_the_training_that_goes_on(page, hand, run):
    visit(page, CAPACITY, run=run)
    page.number_input("steps_each").set_value(50).run()
    press(page, "capacity_train")
    where = address(page)
    hand.train(where["trained"], 10)
    again = Tab()
    visit(again, CAPACITY, **where)
    line = training(again)
    assert (line["run"]["id"], line["trains"], line["run"]["control"]) == (
        where["trained"],
        True,
        True,
    )
    assert (line["goal"], line["span"], line["start"]) == (50, 50, None)
    assert line["pause"] == "Cancel the training"
    assert "Step 10. Loss:" in words(again)
    assert again.number_input("steps_each").value == 50


def test_steps_that_no_training_has_are_refused_by_their_label(page, hand, run):
    visit(page, CAPACITY, run=run)
    enter(page, "steps_each", 7)
    assert "Steps must be a whole number from 20 to 5,000, got 7" in words(page)
    assert page.number_input("steps_each").value == 300


def test_the_trained_arms_differ_in_their_factor_alone(hand, run):
    arm = hand.latest(run).config.arms[0]
    config = capacity_run_config(arm)
    assert config.arms[0].name == "A"  # the lab opens runs by their arm A
    for each in config.arms:
        differs = {name for name, value in each.knobs.items() if value != arm.knobs[name]}
        assert differs <= {"capacity_factor"}


def test_every_number_of_the_trained_arms_stands_under_its_head():
    arm = TrainedAt("CF 0.5", 9, 3.25, 3.5, 0.125, math.nan, 0.75, 1.5, 2.5, 0.0625)
    head, _, row, *_ = results_table((arm,)).split("\n")
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in (head, row))
    assert dict(zip(*cells, strict=True)) == {
        "trained at": "CF 0.5", "loss": "3.250", "above dropless": "+0.125",
        "held-out loss": "3.500", "entropy": "0.750", "highest load": "2.50 × even",
        "dropped": "6.2 %",
    }  # fmt: skip


def test_a_run_of_four_arms_opens_in_the_lab(page, hand, run):
    made = hand.start(capacity_run_config(hand.latest(run).config.arms[0]), "me", paused=True)
    hand.train(made, 2)
    visit(page, LAB, run=made)
    assert "This change needs a new run" not in words(page)


def test_markup_in_a_held_out_text_is_text(page, hand):
    """The user's own text is a domain: it reaches the page as data of a component alone."""
    nasty = "<img src=x onerror=alert(1)> **bold** $x$ " * 60
    shared = {**DEFAULT_SHARED, **TINY}
    config = LabState(arms="a", shared=shared, user_text=nasty).run_config()
    run_id = hand.start(config, "me", paused=True)
    visit(page, CAPACITY, run=run_id)
    (text,) = data_of(page, "batch_text")
    assert any("onerror" in "".join(each["tokens"]) for each in text["sequences"])
    assert "onerror" not in "\n".join(each.value for each in page.markdown)


def test_a_text_of_ones_own_that_is_short_of_sequences_is_said_to_be(page, hand, run):
    visit(page, CAPACITY, run=run)
    assert "instead of" not in "\n".join(each.value for each in page.caption)
    own = " ".join(f"{number} squared is {number * number}." for number in range(30))
    shared = {**DEFAULT_SHARED, **TINY, "context_length": 80}
    config = LabState(arms="a", shared=shared, user_text=own).run_config()
    run_id = hand.start(config, "me", paused=True)
    visit(page, CAPACITY, run=run_id)
    short = batch_of(hand, run_id)
    said = f"The batch has {len(short.domain)} sequences instead of 14."
    (caption,) = [each.value for each in page.caption if each.value.startswith(said)]
    assert caption.endswith("domains: yours.")


def test_conventions_are_compared_on_the_batch_of_the_model(page, hand, run):
    visit(page, CONVENTIONS, run=run)
    values = hand.known[run].trainer.answer(ConventionsQuestion("A", {"top_k": 2}))
    rows = {row[0]: row[1] for row in chart(page, "The coefficient α of each convention")["rows"]}
    for line in loss_lines(values):
        assert line.balancer.title in rows
        assert f"| **{line.balancer.title}** | {line.value:.3f} " in words(page)
    assert rows["Load-balancing loss (Switch)"] == "0.01"
    said = words(page)
    assert "is **4.0** for layer 0 and **4.0** for layer 1" in said
    assert "For both layers pooled it is **2.0**" in said


def test_k_and_the_factor_change_the_capacity_that_libraries_give(page, hand, run):
    visit(page, CONVENTIONS, run=run, k="1")
    assert "it makes no difference whether a library counts k" in words(page)
    visit(page, CONVENTIONS, run=run, k="2", capacity="2")
    slots = {row[0]: row[2] for row in chart(page, "Capacity of an expert")["rows"]}
    tokens = len(batch_of(hand, run).tokens)
    assert float(slots["Megatron-Core"]) == 2 * 2 * tokens / 4
    assert float(slots["Switch (paper)"]) == 2 * tokens / 4
    assert "They need a factor of 4 for the same capacity." in words(page)
    assert "dropless" not in page.select_slider(key="asked_factor").options


def test_dropless_set_in_the_lab_leaves_conventions_at_their_own_factor(page, hand, run):
    visit(page, CONVENTIONS, run=run, capacity="none")
    slider = page.select_slider(key="asked_factor")
    assert slider.value == "1.25"
    assert "dropless" not in slider.options
    assert chart(page, "Capacity of an expert at a capacity factor of 1.25")


OTHER_K = "This page routes with k = 2 experts per token."


def one_expert_run(hand) -> str:
    config = LabState(arms="a", shared={**DEFAULT_SHARED, **TINY, "top_k": 1}).run_config()
    return hand.start(config, "me", paused=True)


def test_conventions_of_a_run_of_one_expert_per_token_open_at_two_and_say_so(page, hand):
    visit(page, CONVENTIONS, run=one_expert_run(hand))
    assert OTHER_K in words(page)
    assert "experts per token is k = 2 (training step 0)" in read(page)
    assert page.number_input("asked_knob_top_k").value == 2
    assert "k" not in address(page)
    page.number_input("asked_knob_top_k").set_value(1).run()
    assert address(page)["k"] == "1"
    assert OTHER_K not in words(page)
    assert "experts per token is k = 1 (training step 0)" in read(page)
    page.switch_page(WALKTHROUGH).run()
    assert "Routed otherwise" not in words(page)


@pytest.mark.parametrize("k", ["1", "2", "3"])
def test_an_address_with_a_k_opens_conventions_at_it(page, hand, k):
    visit(page, CONVENTIONS, run=one_expert_run(hand), k=k)
    assert page.number_input("asked_knob_top_k").value == int(k)
    assert OTHER_K not in words(page)
    assert f"experts per token is k = {k} (training step 0)" in read(page)
    assert address(page).get("k") == k


def test_conventions_of_a_run_of_two_experts_per_token_show_it_as_it_is(page, hand, run):
    visit(page, CONVENTIONS, run=run)
    assert page.number_input("asked_knob_top_k").value == 2
    assert OTHER_K not in words(page)


def test_a_refused_question_leaves_the_pages_standing(page, hand, run):
    def refuse(question):
        raise EngineError(str(ConfigError("model", "A", "a model with a router")))

    hand.answers |= {ConventionsQuestion: refuse, BatchQuestion: refuse}
    for path in (CONVENTIONS, CAPACITY):
        visit(page, path, run=run)
        assert "a model with a router" in words(page)


@pytest.mark.parametrize("path", [CAPACITY, CONVENTIONS])
def test_without_a_run_a_page_makes_one_that_waits_untrained(page, hand, path):
    visit(page, path)
    (run_id,) = placed(hand)
    made = hand.known[run_id]
    assert (made.state, made.trainer.step_count) == ("paused", 0)
    assert address(page)["run"] == run_id
    assert not page.error


RANDOM = "Its router picks experts at random, because it has learned nothing"
UNTRAINED = f"This model has not been trained yet (step 0). {RANDOM}."
BEFORE = f"This is the model at step 0, before its training. {RANDOM} yet."
TRAINS_ON = "Training goes on. When it ends, this page shows the trained model."


def test_an_untrained_model_is_said_to_be_until_it_trains(page, hand, trained, short_curve):
    run = hand.start(trained.started, "me", paused=True)
    visit(page, CAPACITY, run=run)
    assert f"{UNTRAINED} Press *Train 200 steps*." in words(page)
    hand.train(run, 1)
    page.run()
    assert RANDOM not in words(page)
    assert TRAINS_ON not in words(page)
    visit(page, CAPACITY, run=run, step="0")
    assert BEFORE in words(page)


def test_who_may_only_watch_an_untrained_model_is_not_told_to_train_it_here(page, hand, trained):
    visit(page, CAPACITY, run=hand.start(trained.started, "somebody else", paused=True))
    assert UNTRAINED in words(page)
    assert "Press *Train" not in words(page)


def test_while_the_model_trains_the_page_says_which_step_it_shows(page, hand, trained, short_curve):
    run = hand.start(trained.started, "me", paused=True)
    hand.resume(run, Until("step", 200))
    visit(page, CAPACITY, run=run)
    assert f"{BEFORE} {TRAINS_ON}" in words(page)
    hand.train(run, 4)
    hand.keep(run)
    hand.train(run, 3)
    page.run()
    assert f"This is the model at step 4, its last checkpoint. {TRAINS_ON}" in words(page)
    shown = metrics(page)["Dropped"]
    hand.pause(run)
    page.run()
    assert TRAINS_ON not in words(page)
    assert "This is the model at step" not in words(page)
    budget = slot_budget(batch_of(hand, run).layers[0], hand.latest(run).config.arms[0].model)
    now = f"{100 * budget.dropped / budget.assignments:.1f} %"
    assert (metrics(page)["Dropped"], shown != now) == (now, True)


def test_a_step_that_the_reader_chose_is_not_said_to_change_when_training_ends(page, hand, run):
    hand.resume(run)
    visit(page, CAPACITY, run=run, step="0")
    assert BEFORE in words(page)
    assert TRAINS_ON not in words(page)


@pytest.mark.parametrize("path", [CAPACITY, CONVENTIONS])
def test_a_knob_that_the_model_cannot_take_is_refused_by_its_label(page, hand, run, path):
    visit(page, path, run=run)
    enter(page, "asked_knob_top_k", 99)
    assert "Experts per token k must be a whole number from 1 to 8, got 99" in words(page)


@pytest.mark.parametrize("file", [CAPACITY, CONVENTIONS])
def test_no_source_is_called_the_running_models_that_no_training_step_calls(page, run, file):
    visit(page, file, run=run)
    open_doors(page, HOW)
    texts = [each.value for each in page.markdown]
    assert sources_said_computed(texts)
    assert sources_said_live(texts) <= called_in_a_training_step()


def test_the_help_of_the_drop_policy_names_each_as_the_control_and_the_address_do():
    for name, title in POLICY_TITLES.items():
        assert f"{title} ({name}): " in KNOBS["drop_policy"].help
