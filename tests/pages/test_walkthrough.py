"""The routing walkthrough on a real, tiny model in the test's own process: it shows its answers."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from moeviz.analysis.inspection import expert_inspection, token_inspection
from moeviz.engine.protocol import EngineError, Until
from moeviz.live.presses import Refused
from moeviz.traces import CounterfactualQuestion, RoutesQuestion, TraceQuestion
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.capacity.training import capacity_run_config
from moeviz.ui.inspect.asking import first_run
from moeviz.ui.inspect.state import DEFAULT_TEXT
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState
from moeviz.ui.shared.navigation import LAB, WALKTHROUGH
from moeviz.ui.shared.run_names import run_title
from moeviz.ui.walkthrough.examples import EXAMPLES
from moeviz.ui.walkthrough.live import MARKS_S, REFRESH_S
from tests.pages.hand_engine import HandEngine
from tests.pages.hand_run import HandRun
from tests.pages.mounted import data_of, press_by_channel, report
from tests.pages.visit import address, enter, press, visit, words

TINY = {"n_experts": 4, "d_model": 16, "d_expert": 16, "n_heads": 2, "batch_size": 2}
TINY |= {"top_k": 2, "context_length": 16}
SHORT = "The router"


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
    """A tiny run of one arm, kept at steps 0, 3 and 6: trained once for all tests."""
    hand = HandEngine(LockstepTrainer)
    config = LabState(arms="a", shared={**DEFAULT_SHARED, **TINY}).run_config()
    run_id = hand.start(config, "somebody", paused=True)
    for _ in range(2):
        hand.train(run_id, 3)
        hand.keep(run_id)
    return hand.known[run_id]


@pytest.fixture
def run(hand, trained) -> str:
    """That run as one of the visitor's own."""
    run_id = hand.start(trained.started, "me", paused=True)
    hand.continue_from(run_id, trained)
    hand.asked.clear()
    return run_id


def show_beside(page, side: str) -> None:
    page.session_state["walkthrough_side"] = side
    page.run()


def plan_of(page) -> dict:
    (data,) = data_of(page, "routing_stage")
    return data["plan"]


def trace_of(hand, run: str, text: str = DEFAULT_TEXT, **knobs):
    return hand.known[run].trainer.answer(TraceQuestion("A", knobs, text))


def placed(hand) -> list[str]:
    """The runs that there are, without those that the start page has only prepared."""
    return [run_id for run_id, run in hand.known.items() if run.placed]


def asked_steps(hand, kind) -> list:
    return [rest[1] for what, *rest in hand.asked if what == "ask" and rest[0] is kind]


def test_without_a_run_the_page_makes_one_that_waits_untrained(page, hand):
    visit(page, WALKTHROUGH)
    (run_id,) = placed(hand)
    assert address(page) == {"run": run_id}
    assert (hand.known[run_id].state, hand.latest(run_id).step) == ("paused", 0)
    assert hand.latest(run_id).config == first_run()
    assert plan_of(page)["tokens"] == list(trace_of(hand, run_id).tokens)
    assert len(plan_of(page)["scenes"]) == 8
    said = (
        "This model has not been trained yet (step 0). Its router picks experts at random, because "
        "it has learned nothing. Press *Train 200 steps*."
    )
    assert said in words(page)


def test_a_model_is_said_to_be_untrained_only_until_it_trains(page, hand):
    visit(page, WALKTHROUGH)
    train(page, hand)
    assert "not been trained" not in words(page)
    go_on(page, hand, 5)
    pause(page, hand)
    assert "not been trained" not in words(page)


def test_who_may_only_watch_an_untrained_model_is_not_told_to_train_it(page, hand):
    run_id = hand.start(first_run(), "somebody else", paused=True)
    visit(page, WALKTHROUGH, run=run_id)
    assert "at random, because it has learned nothing" in words(page)
    assert "Press *Train" not in words(page)


def test_step_0_of_a_trained_model_is_said_to_be_before_its_training(page, hand, run):
    visit(page, WALKTHROUGH, run=run)
    assert "at random, because it has learned nothing" not in words(page)
    visit(page, WALKTHROUGH, run=run, step="0")
    said = (
        "This is the model at step 0, before its training. Its router picks experts at random, "
        "because it has learned nothing yet."
    )
    assert said in words(page)


def test_a_visitor_who_has_a_run_is_shown_it_and_no_other_is_made(page, hand, run):
    visit(page, WALKTHROUGH)
    assert placed(hand) == [run]
    assert address(page) == {"run": run}


def test_the_capacity_labs_own_run_is_not_taken_for_the_visitors_newest(page, hand, run):
    arm = hand.latest(run).config.arms[0]
    newest = hand.start(capacity_run_config(arm), "me", paused=True)
    hand.known[newest].created_unix_s += 1
    assert hand.runs("me")[0].run_id == newest
    visit(page, WALKTHROUGH)
    assert address(page) == {"run": run}


def test_a_run_that_is_gone_is_said_to_be_and_replaced(page, hand, run):
    visit(page, WALKTHROUGH, run="gone")
    assert "run=gone is not known here: it was deleted, belongs to another server," in words(page)
    assert f"Shown instead: {run_title(hand.latest(run).config)}, at step 6." in words(page)
    assert address(page) == {"run": run}


def test_the_stage_shows_the_trace_of_the_text_as_the_model_answers_it(page, hand, run):
    visit(page, WALKTHROUGH, text=SHORT)
    plan, trace = plan_of(page), trace_of(hand, run, SHORT)
    assert plan["tokens"] == list(trace.tokens)
    assert plan["chosen"] == trace.layers[0].chosen_index.tolist()
    enter(page, "asked_layer", 1)
    assert plan_of(page)["chosen"] == trace.layers[1].chosen_index.tolist()
    assert address(page) == {"run": run, "text": SHORT, "layer": "1"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_put_into_the_box_and_onto_the_stage(page, hand, run, name):
    visit(page, WALKTHROUGH, text="nothing yet")
    assert page.selectbox("asked_example").value is None
    enter(page, "asked_example", name)
    assert page.text_area("asked_text").value == EXAMPLES[name]
    assert plan_of(page)["tokens"] == list(trace_of(hand, run, EXAMPLES[name]).tokens)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "**b** $x$ :red[y]",
        "سلام 👩‍👩‍👧 日本",
        "\x00\x1b[31m\u202e",
        " \n\t",
    ],
)
def test_any_text_is_data(page, hand, run, text):
    visit(page, WALKTHROUGH)
    page.text_area("asked_text").set_value(text).run()
    assert not page.exception
    assert plan_of(page)["tokens"] == list(trace_of(hand, run, text).tokens)
    assert text not in "\n".join(each.value for each in page.markdown)


@pytest.mark.parametrize(("text", "piece"), [("سلام", "⟨D8⟩"), ("é is known", None)])
def test_byte_pieces_are_explained_where_there_are_any(page, hand, run, text, piece):
    visit(page, WALKTHROUGH)
    page.text_area("asked_text").set_value(text).run()
    explained = [each for each in words(page).splitlines() if "single bytes" in each]
    assert len(explained) == (piece is not None)
    assert all(f"Tokens like {piece} are" in each for each in explained)


def test_an_empty_text_says_so_and_the_stage_invites(page, hand, run):
    visit(page, WALKTHROUGH)
    page.text_area("asked_text").set_value("").run()
    assert "The text is empty. Type a sentence to route it." in words(page)
    assert plan_of(page) is None
    assert not page.exception


def test_a_long_text_is_cut_and_the_page_says_what_is_shown(page, hand, run):
    visit(page, WALKTHROUGH)
    page.text_area("asked_text").set_value("7" * 12_345).run()
    assert "The model reads only the first 10,000 of 12,345 characters." in words(page)
    assert "The stage shows only the first 128 of 10,000 tokens." in words(page)
    assert len(plan_of(page)["tokens"]) == 128
    assert len(page.text_area("asked_text").value) == 12_345


def test_a_knob_holds_for_the_question_alone_and_what_it_changed_is_marked(page, hand, run):
    visit(page, WALKTHROUGH)
    before = plan_of(page)
    assert before["changed"] is None
    enter(page, "asked_knob_capacity_factor", 0.5)
    tight = trace_of(hand, run, capacity_factor=0.5).layers[0]
    newly = np.argwhere(~tight.kept).tolist()
    changed = plan_of(page)["changed"]
    assert {name for name, slots in changed.items() if slots} == {"dropped"}
    assert changed["dropped"] == newly
    said = "Only here, the routing differs from the run: Capacity factor = 0.5."
    assert said in words(page)
    assert address(page) == {"run": run, "capacity": "0.5"}
    assert hand.latest(run).config.arms[0].routing.capacity_factor is None
    press(page, "as_in_the_run")
    assert plan_of(page)["changed"]["kept"] == newly
    assert plan_of(page)["kept"] == before["kept"]
    assert address(page) == {"run": run}


def test_a_knob_that_this_model_cannot_take_is_refused_and_put_back(page, hand, run):
    visit(page, WALKTHROUGH)
    enter(page, "asked_knob_top_k", 5)
    assert "Experts per token k must be at most Experts E (4), got 5" in words(page)
    assert page.number_input("asked_knob_top_k").value == 2
    visit(page, WALKTHROUGH, k="8")
    assert "Experts per token k must be at most Experts E (4), got 8" in words(page)
    assert plan_of(page)["top_k"] == 2
    enter(page, "asked_knob_top_k", 99)
    assert "Experts per token k must be a whole number from 1 to 8, got 99" in words(page)


def test_noise_is_drawn_on_demand_and_the_same_each_time(page, hand, run):
    visit(page, WALKTHROUGH)
    assert not plan_of(page)["noise"]
    assert page.toggle("asked_noise").disabled  # of width 0 there is none to draw
    enter(page, "asked_knob_router_noise", 1.0)
    enter(page, "asked_noise", True)
    noisy = plan_of(page)
    assert noisy["noise"]
    enter(page, "asked_noise", False)
    enter(page, "asked_noise", True)
    assert plan_of(page)["logits"] == noisy["logits"]


def test_an_earlier_step_is_the_model_as_it_was(page, hand, run):
    visit(page, WALKTHROUGH)
    now = plan_of(page)
    page.select_slider("asked_step").set_value("3").run()
    trainer = hand.known[run].trainer
    kept = trainer.kept_model(hand.known[run].kept[3], "A")
    then = trainer.answer(TraceQuestion("A", {}, DEFAULT_TEXT), kept)
    assert plan_of(page)["chosen"] == then.layers[0].chosen_index.tolist()
    assert plan_of(page)["logits"] != now["logits"]
    assert address(page) == {"run": run, "step": "3"}
    visit(page, WALKTHROUGH, run=run, step="5")
    assert "Step 5 has no checkpoint" in words(page)
    assert plan_of(page)["logits"] == now["logits"]


def test_everything_that_an_address_asks_for_in_vain_is_named(page, hand, run):
    visit(page, WALKTHROUGH, run=run, model="Z", step="5", token="none")
    assert "token=none was refused" in words(page)
    assert "This run has no model Z with a router. Used instead: model A." in words(page)
    assert "Step 5 has no checkpoint" in words(page)


def test_what_an_address_asked_for_in_vain_is_said_until_the_next_change(page, hand, run):
    visit(page, WALKTHROUGH, run=run, token="none")
    assert "token=none was refused" in words(page)
    page.run()
    assert "token=none was refused" in words(page)
    enter(page, "asked_layer", 1)
    assert "token=none was refused" not in words(page)


def test_a_pick_on_the_stage_takes_the_notice_of_the_address_away(page, hand, run):
    visit(page, WALKTHROUGH, run=run, token="none")
    report(page, "stage", token={"token": 1})
    assert "token=none was refused" not in words(page)


def test_a_picked_token_is_explained_with_the_traces_numbers(page, hand, run):
    visit(page, WALKTHROUGH, token="3")
    trace = trace_of(hand, run)
    seen = token_inspection(trace, 0, 3)
    why, what_if = data_of(page, "bar_table")
    assert [row["label"] for row in why["rows"]] == [f"{c.expert}" for c in seen.candidates]
    assert [row["cells"][0] for row in why["rows"]] == [f"{c.score:.3f}" for c in seen.candidates]
    assert [row["strong"] for row in why["rows"]] == [True, True, False, False]
    assert why["header"] == ["Expert", "Probability", "", "Logit", "Preference"]
    assert f"it is {seen.margin:.3f} below expert" in why["caption"]
    for each in seen.assignments:
        said = f"Preference {each.preference}: **expert {each.chosen}** with gate weight "
        assert f"{said}{each.gate_weight:.3f}." in words(page)
    assert f"|y| is {100 * seen.added_share:.1f}\u202f% of |x|" in words(page)
    other = hand.known[run].trainer.answer(CounterfactualQuestion("A", {}, DEFAULT_TEXT, 0, 3))
    change = other.other_cross_entropy - other.cross_entropy
    asked = f"What if expert {other.runner_up} replaces expert {other.replaced}?"
    assert asked in what_if["caption"]
    assert f"changes by {change:+.3f} nats" in what_if["caption"]
    assert sum(row["strong"] for row in what_if["rows"]) == 1


def test_a_browser_that_names_no_side_leaves_the_picked_token_in_view(page, hand, run):
    visit(page, WALKTHROUGH, token="3")
    page.session_state["walkthrough_side"] = None
    page.run()
    assert data_of(page, "bar_table")[0]["caption"].startswith("Why these experts? Token")


def test_where_all_experts_are_chosen_there_is_no_runner_up(page, hand, run):
    visit(page, WALKTHROUGH, token="3", k="4")
    assert "Every allowed expert is chosen." in data_of(page, "bar_table")[0]["caption"]
    assert "There is no other expert to compare with." in words(page)
    assert not asked_steps(hand, CounterfactualQuestion)


def test_a_dropped_token_is_said_to_be_by_its_policy(page, hand, run):
    visit(page, WALKTHROUGH, k="1", capacity="0.5", drop="probability", token="0")
    kept = trace_of(hand, run, top_k=1, capacity_factor=0.5, drop_policy="probability").layers[0]
    lost = kept.kept[:, 0].tolist().index(False)
    visit(page, WALKTHROUGH, k="1", capacity="0.5", drop="probability", token=str(lost))
    said = "capacity slots (drop policy *Lowest scores*)."
    assert "It **drops** the token at queue position" in words(page)
    assert said in words(page)
    assert "The layer adds nothing: the token passes unchanged." in words(page)


@pytest.mark.parametrize(
    ("drop", "now", "otherwise", "full"),
    [
        ("position", "free", "free", ""),
        ("position", "full", "free", ""),
        ("position", "free", "full", " Expert {runner_up} is full and drops the token."),
        ("position", "full", "full", " Expert {runner_up} is full too and drops the token."),
        (
            "reroute",
            "free",
            "sent",
            " Expert {runner_up} is full and sends the token on to expert {sent}.",
        ),
        (
            "reroute",
            "sent",
            "sent",
            " Expert {runner_up} is full too and sends the token on to expert {sent}.",
        ),
    ],
)
def test_a_full_runner_up_is_said_to_be_and_too_only_where_the_other_is(
    page, hand, run, drop, now, otherwise, full
):
    """Of the first token of which it is so, at one of two capacities, in one of two layers."""
    answer = hand.known[run].trainer.answer

    def fate(dropped, chosen: int, sent: int) -> str:
        return "full" if dropped[-1] else "free" if sent == chosen else "sent"

    tokens = range(len(trace_of(hand, run).tokens))
    for capacity, layer, token in itertools.product((0.75, 0.5), (0, 1), tokens):
        knobs = {"top_k": 1, "capacity_factor": capacity, "drop_policy": drop}
        other = answer(CounterfactualQuestion("A", knobs, DEFAULT_TEXT, layer, token))
        found = fate(other.dropped, other.replaced, other.sent)
        if (found, fate(other.other_dropped, other.runner_up, other.other_sent)) == (
            now,
            otherwise,
        ):
            break
    else:
        raise AssertionError("no token of the text is such a case")
    where = {"capacity": str(capacity), "layer": str(layer), "token": str(token)}
    visit(page, WALKTHROUGH, k="1", drop=drop, **where)
    why = full.format(sent=other.other_sent, runner_up=other.runner_up)
    asked = f"What if expert {other.runner_up} replaces expert {other.replaced}?{why} The "
    assert asked in data_of(page, "bar_table")[1]["caption"]


def test_a_picked_expert_shows_its_queue_in_order(page, hand, run):
    visit(page, WALKTHROUGH, expert="1")
    seen = expert_inspection(trace_of(hand, run), 0, 1)
    queue, favourites = data_of(page, "bar_table")
    assert [row["label"] for row in queue["rows"]] == [f"{q.token} “{q.text}”" for q in seen.queue]
    assert [row["cells"][1] for row in queue["rows"]] == [f"{q.position}" for q in seen.queue]
    assert [row["label"] for row in favourites["rows"]] == [f.text for f in seen.favourites]
    assert f"has a load of {100 * seen.load_share:.1f}\u202f%; an even" in words(page)
    own, mean = f"{seen.norm:.2f}", f"{seen.mean_norm:.2f}"
    assert own != mean
    assert f"The norm of its weights is {own}; the mean of the layer is {mean}." in words(page)


@pytest.mark.parametrize("picks", [{"token": "500"}, {"expert": "60"}])
def test_picks_that_this_text_or_model_lacks_are_no_picks(page, hand, run, picks):
    visit(page, WALKTHROUGH, **picks)
    (data,) = data_of(page, "routing_stage")
    assert (data["picked_token"], data["picked_expert"]) == (None, None)
    said = words(page)
    assert "Click a token on the stage" in said or "Click an expert's number" in said


def test_the_source_beside_the_stage_is_that_of_its_scene(page, hand, run):
    visit(page, WALKTHROUGH)
    assert not page.code  # words come first
    show_beside(page, "code")
    assert "`moeviz.model.transformer.LanguageModel.forward`" in words(page)
    page.session_state["walkthrough_scene"] = 4
    page.run()
    assert "`moeviz.routing.slots.assign_slots`" not in words(page)
    assert "the model gives out no capacity slots" in words(page)
    enter(page, "asked_knob_capacity_factor", 1.0)
    page.session_state["walkthrough_scene"] = 4
    page.run()
    assert "the model gives out no capacity slots" not in words(page)
    assert "`moeviz.routing.slots.assign_slots`" in words(page)
    assert any(code.value.startswith("def assign_slots(") for code in page.code)


def line_of(page) -> dict:
    (data,) = data_of(page, "run_line")
    return data


def followed(page) -> dict:
    """What the browser is told of the run that the stage follows."""
    (data,) = data_of(page, "follow_run")
    return data


def train(page, hand) -> None:
    """Press *Train 200 steps*; the browser then tells the page that the run trains."""
    line = line_of(page)
    assert (line["trains"], line["why_not"]) == (False, "")
    run, start = line["run"], line["start"]
    goal = hand.latest(run["id"]).step + start["steps"]
    press_by_channel(hand, run, "start", f"step:{goal}:{start['keep_every']}")
    report(page, "training", changed={"run": run["id"], "trains": True, "goal": goal})


def pause(page, hand) -> None:
    """Press *Pause*; the browser then tells the page that the run rests."""
    run = line_of(page)["run"]
    press_by_channel(hand, run, "pause")
    report(page, "training", changed={"run": run["id"], "trains": False, "goal": 0})


def go_on(page, hand, steps: int) -> None:
    """Train some steps; the browser then asks for the newest."""
    run = followed(page)["run"]["id"]
    hand.train(run, steps)
    report(page, "stage_follows", newer=hand.latest(run).step)


def test_training_keeps_checkpoints_on_the_way_and_the_stage_follows(page, hand, run):
    visit(page, WALKTHROUGH, run=run, step="3")
    hand.asked.clear()
    train(page, hand)
    (resumed,) = [rest for what, *rest in hand.asked if what == "resume"]
    assert resumed == [run, Until("step", 206, keep_every=20)]
    assert "step" not in address(page)
    line = line_of(page)
    assert (line["trains"], line["goal"], line["span"]) == (True, 206, 200)
    before = plan_of(page)
    go_on(page, hand, 4)
    after = plan_of(page)
    assert (before["step"], after["step"], after["moment"]) == (6, 10, "live")
    assert (followed(page)["shown"], followed(page)["answered"]) == (10, 10)
    assert after["logits"] == trained_logits(hand, run)
    assert after["story"] == before["story"]
    assert after["changed"] is None
    go_on(page, hand, 10)
    assert hand.latest(run).checkpoints == (0, 3, 6, 20)
    assert (plan_of(page)["step"], plan_of(page)["moment"]) == (20, "live")
    pause(page, hand)
    assert hand.known[run].state == "paused"
    assert (line_of(page)["trains"], line_of(page)["goal"]) == (False, 0)
    assert not data_of(page, "follow_run")


def test_a_step_that_is_reported_of_a_drawing_that_has_ended_is_no_error(
    page, hand, run, monkeypatch
):
    """Streamlit then knows no value of the component; an error would take the stage away."""
    visit(page, WALKTHROUGH)
    train(page, hand)
    hand.train(run, 4)
    for room in ("following", "training"):
        monkeypatch.setattr(f"moeviz.ui.inspect.{room}.entered", lambda key: None)
    report(page, "stage_follows", newer=10)
    assert not page.exception
    assert plan_of(page)["step"] == 10
    report(page, "training", changed={"run": run, "trains": True, "goal": 0})
    assert not page.exception


def test_a_run_that_another_page_lets_train_is_followed_and_the_step_shown_stays(page, hand, run):
    visit(page, WALKTHROUGH, run=run, step="3")
    hand.resume(run)
    report(page, "training", changed={"run": run, "trains": True, "goal": 0})
    assert address(page)["step"] == "3"
    assert (line_of(page)["trains"], line_of(page)["goal"]) == (True, 0)
    assert plan_of(page)["step"] == 3
    assert not data_of(page, "follow_run")


def test_who_does_not_own_the_run_may_watch_it_alone_and_is_told_why(page, hand, run):
    hand.known[run].owner = "somebody else"
    visit(page, WALKTHROUGH, run=run)
    line = line_of(page)
    assert (line["run"]["id"], line["run"]["control"]) == (run, False)
    assert line["why_not"] == (
        "You can only watch this run. To act on it, open a control link from its owner. Or start "
        "your own run under More."
    )
    with pytest.raises(Refused, match="You can only watch this run"):
        press_by_channel(hand, line["run"], "start", "step:300")
    assert hand.known[run].state == "paused"
    assert plan_of(page)["tokens"]


def test_a_run_that_is_deleted_elsewhere_gives_way_to_another(page, hand, run):
    visit(page, WALKTHROUGH)
    hand.delete(run)
    report(page, "training", changed={"run": run, "trains": False, "goal": 0})
    assert address(page)["run"] in hand.known
    assert line_of(page)["run"]["id"] == address(page)["run"] != run


def trained_logits(hand, run: str) -> list:
    return trace_of(hand, run).layers[0].router_logits.astype(float).round(3).tolist()


def test_a_held_step_is_a_kept_one_that_can_be_asked_anything_while_the_model_trains(
    page, hand, run
):
    visit(page, WALKTHROUGH, token="3")
    train(page, hand)
    go_on(page, hand, 5)
    assert plan_of(page)["step"] == 11
    assert page.button("hold_step").label == "Hold step 6"
    press(page, "hold_step")
    assert address(page)["step"] == "6"
    assert not data_of(page, "follow_run")
    hand.train(run, 4)
    hand.keep(run)
    page.run()
    assert (plan_of(page)["step"], plan_of(page)["moment"]) == (6, "")
    hand.asked.clear()
    page.text_area("asked_text").set_value(SHORT).run()
    enter(page, "asked_knob_top_k", 1)
    assert (plan_of(page)["step"], plan_of(page)["top_k"]) == (6, 1)
    assert plan_of(page)["tokens"] == list(trace_of(hand, run, SHORT).tokens)
    assert set(asked_steps(hand, TraceQuestion)) == {6}
    press(page, "follow_model")
    assert "step" not in address(page)
    assert (plan_of(page)["step"], plan_of(page)["moment"][:4]) == (15, "live")
    assert page.button("hold_step").label == "Hold step 15"
    pause(page, hand)
    assert "hold_step" not in page.session_state


def test_nothing_is_held_before_a_trained_step_is_kept(page, hand):
    visit(page, WALKTHROUGH)
    train(page, hand)
    assert page.button("hold_step").disabled


def test_marks_of_another_setting_are_left_to_be_read_while_the_model_trains(
    page, hand, run, monkeypatch
):
    visit(page, WALKTHROUGH)
    train(page, hand)
    hand.train(run, 2)
    enter(page, "asked_knob_capacity_factor", 0.5)
    marked = plan_of(page)
    assert marked["changed"]["dropped"]
    assert marked["trained_since"] == 2
    assert 0.9 * MARKS_S < followed(page)["every_ms"] / 1000 <= MARKS_S
    go_on(page, hand, 2)
    assert followed(page)["answered"] == marked["step"] + 2
    assert plan_of(page)["step"] == marked["step"]
    assert plan_of(page)["changed"] == marked["changed"]
    later = time.monotonic() + MARKS_S
    monkeypatch.setattr("moeviz.ui.walkthrough.live.time.monotonic", lambda: later)
    report(page, "stage_follows", newer=marked["step"] + 3)
    assert followed(page)["every_ms"] == 1000 * REFRESH_S
    assert plan_of(page)["step"] == marked["step"] + 2
    assert plan_of(page)["story"] == marked["story"]


def test_another_text_has_no_marks_to_be_read_and_is_followed_at_once(page, hand, run):
    visit(page, WALKTHROUGH)
    train(page, hand)
    hand.train(run, 2)
    page.text_area("asked_text").set_value(EXAMPLES["JSON"]).run()
    asked_at = plan_of(page)["step"]
    assert plan_of(page)["moment"] == "live"
    go_on(page, hand, 2)
    assert plan_of(page)["step"] == asked_at + 2


def test_the_strips_stand_there_once_a_trained_step_is_kept(page, hand):
    visit(page, WALKTHROUGH)
    assert not data_of(page, "route_strips")
    assert not asked_steps(hand, RoutesQuestion)
    assert "There is only the model of step 0 yet" in words(page)
    train(page, hand)
    hand.train(address(page)["run"], 40)
    pause(page, hand)
    (data,) = data_of(page, "route_strips")
    assert data["plan"]["steps"] == [0, 20, 40]
    assert "There is only the model of step 0 yet" not in words(page)
    assert "of layer 0 of model A: in another layer or model, the same number is" in words(page)


def test_scrubbing_asks_every_checkpoint_once(page, hand, run):
    visit(page, WALKTHROUGH)
    assert asked_steps(hand, RoutesQuestion) == [0, 3, 6]
    (data,) = data_of(page, "route_strips")
    assert data["plan"]["steps"] == [0, 3, 6]
    assert data["step"] == 6
    trainer = hand.known[run].trainer
    for place, step in enumerate([0, 3, 6]):
        kept = trainer.kept_model(hand.known[run].kept[step], "A")
        routes = trainer.answer(RoutesQuestion("A", {}, DEFAULT_TEXT), kept)
        first = [strip[place] for strip in data["plan"]["first"]]
        assert first == routes.expert_index[0, :, 0].tolist()
    enter(page, "asked_layer", 1)
    assert asked_steps(hand, RoutesQuestion) == [0, 3, 6]
    enter(page, "asked_knob_top_k", 1)
    assert asked_steps(hand, RoutesQuestion) == [0, 3, 6] * 2


def test_scrubbing_a_dead_engine_asks_once_and_keeps_what_is_known(page, hand, run):
    answer = hand.known[run].trainer.answer

    def die(question):
        if len(asked_steps(hand, RoutesQuestion)) > 1:
            raise EngineError("the worker gave no answer; ask again")
        return answer(question)

    hand.answers[RoutesQuestion] = die
    visit(page, WALKTHROUGH)
    assert asked_steps(hand, RoutesQuestion) == [0, 3]
    assert "The model of step 3 gave no answer." in words(page)
    (data,) = data_of(page, "route_strips")
    assert len(data["plan"]["steps"]) == 1


def test_a_step_and_a_token_of_the_strips_are_shown_on_the_stage(page, hand, run):
    visit(page, WALKTHROUGH)
    report(page, "strips", step={"step": 3})
    assert (address(page)["step"], plan_of(page)["step"]) == ("3", 3)
    report(page, "strips", token={"token": 2})
    assert address(page)["token"] == "2"
    assert data_of(page, "bar_table")[0]["caption"].startswith("Why these experts? Token")
    report(page, "strips", step={"step": 6})
    assert "step" not in address(page)
    assert plan_of(page)["step"] == 6


def test_what_is_picked_on_the_stage_stands_beside_it(page, hand, run):
    visit(page, WALKTHROUGH)
    report(page, "stage", expert={"expert": 2})
    assert data_of(page, "bar_table")[0]["caption"].startswith("Queue of expert 2,")
    report(page, "stage", token={"token": 1})
    assert data_of(page, "bar_table")[0]["caption"].startswith("Why these experts? Token")
    report(page, "stage", token={"token": None})
    assert not data_of(page, "bar_table")
    assert address(page) == {"run": run, "expert": "2"}


def test_the_walkthrough_follows_the_run_that_the_lab_has_started(page, hand, run):
    visit(page, WALKTHROUGH)
    visit(page, LAB)
    (stage,) = data_of(page, "lab_stage")
    started = stage["run"]["id"]
    assert started != run
    visit(page, WALKTHROUGH)
    assert address(page)["run"] == run  # the lab's is only prepared
    visit(page, LAB)
    press_by_channel(hand, stage["run"], "step")
    visit(page, WALKTHROUGH)
    assert address(page)["run"] == started
    assert page.selectbox("asked_arm").value == "B"
    assert address(page) == {"run": started}
    enter(page, "asked_arm", "A")
    assert address(page) == {"run": started, "model": "A"}


def test_of_two_models_b_is_shown_unless_the_address_names_a(page, hand):
    config = LabState(shared={**DEFAULT_SHARED, **TINY}).run_config()
    both = hand.start(config, "me", paused=True)
    for query, name in (
        ({}, "B"),
        ({"model": "A"}, "A"),
        ({"arm": "A"}, "A"),
        ({"model": "B"}, "B"),
    ):
        visit(page, WALKTHROUGH, run=both, text=SHORT, **query)
        assert page.selectbox("asked_arm").value == name
        trace = hand.known[both].trainer.answer(TraceQuestion(name, {}, SHORT))
        logits = trace.layers[0].router_logits.astype(float).round(3).tolist()
        assert plan_of(page)["logits"] == logits


def side_words(page, scene: int) -> str:
    page.session_state["walkthrough_scene"] = scene
    page.run()
    return words(page)


def test_the_panel_opens_on_the_scene_in_words_with_the_leading_tokens_numbers(page, hand, run):
    visit(page, WALKTHROUGH, k="2")
    plan = plan_of(page)
    lead, trace = plan["lead"], trace_of(hand, run)
    seen = token_inspection(trace, 0, lead)
    said = side_words(page, 0)
    assert f"The token that goes first: “{plan['tokens'][lead]}”, position {lead}." in said
    assert "an expert's number" not in said.lower()
    best, worst = seen.candidates[0], seen.candidates[-1]
    said = side_words(page, 1)
    assert f"Its highest probability is {best.score:.2f}, for expert {best.expert}." in said
    assert f"Its lowest is {worst.score:.2f}, for expert {worst.expert}." in said
    said = side_words(page, 2)
    assert "It goes to experts {} and {}.".format(*plan["chosen"][lead]) in said
    assert "An expert's number holds for one layer of one model." in said
    weights = [
        f"{w:.2f} for expert {e}"
        for w, e in zip(plan["gates"][lead], plan["sent"][lead], strict=True)
    ]
    assert f"Its gate weights: {' and '.join(weights)}." in side_words(page, 3)
    assert f"position {plan['place'][lead][0] + 1} in the queue of" in side_words(page, 4)
    assert "It is computed by experts" in side_words(page, 5)
    assert f"Its sum has the weights {' and '.join(weights)}." in side_words(page, 6)
    assert f"is {100 * seen.added_share:.0f}\u202f% of the length" in side_words(page, 7)


def test_a_picked_token_is_the_one_that_the_words_are_about(page, hand, run):
    visit(page, WALKTHROUGH, token="2")
    show_beside(page, "words")
    assert f"“{plan_of(page)['tokens'][2]}”, position 2." in words(page)


def test_a_dropped_token_is_said_to_be_in_the_words_too(page, hand, run):
    visit(page, WALKTHROUGH, k="1", capacity="0.5")
    kept = plan_of(page)["kept"]
    lost = kept.index([False])
    visit(page, WALKTHROUGH, k="1", capacity="0.5", token=str(lost))
    show_beside(page, "words")
    assert "has no slot, so the token is dropped there." in side_words(page, 4)
    assert "No expert computes it: every assignment was dropped." in side_words(page, 5)


def test_words_in_pieces_are_explained_where_there_are_any(page, hand, run):
    visit(page, WALKTHROUGH, text="The router sends 42 zyxwvut")
    plan = plan_of(page)
    assert [0, 1, "The"] not in plan["words"]
    (start, end, word), *others = plan["words"]
    said = words(page)
    assert "".join(plan["tokens"][start:end]).strip() == word
    assert f"“{word}” is in {end - start} pieces, and {len(others)} more words are split" in said
    size = hand.latest(run).config.arms[0].model.vocab_size
    assert f"The tokenizer knows only {size:,} tokens" in said
    assert "Every digit is a token of its own" in said
    visit(page, WALKTHROUGH, text="a + b")
    assert plan_of(page)["words"] == []
    assert "The tokenizer knows" not in words(page)
