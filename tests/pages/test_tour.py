"""The tour on Start: its words and figures, its place in the address, the visitor's own text."""

from __future__ import annotations

import dataclasses
import re

import pytest

from moeviz.accounting.released import released_model
from moeviz.analysis.tour import MODEL, STEPS, recorded, tour_question
from moeviz.engine.protocol import Until
from moeviz.live.rights import rights
from moeviz.texts import strings
from moeviz.traces import TraceQuestion
from moeviz.ui.lab import tour_data
from moeviz.ui.lab.own_trace import MOST_CHARACTERS, OWNER
from moeviz.ui.lab.start_tour import KEY
from moeviz.ui.shared.navigation import LAB, START
from tests.made_up_traces import made_up_trace
from tests.pages.mounted import data_of, report
from tests.pages.visit import address, visit, words

MOST_WORDS = 25
SHOWN = strings(tour_data.__file__)
FIGURE = re.compile(r"\{\{(\w+)\}\}")


@pytest.fixture
def start(page, hand):
    """Start, as a newcomer opens it."""
    visit(page, START)
    return page


def told(page):
    (data,) = data_of(page, "_tour")
    return data


def figures(token: int) -> dict[str, str]:
    """By hand, from the record."""
    record = recorded()
    return {
        "token": record["tokens"][token].strip(),
        "expert": str(record["experts"][token][0]),
        "weight": f"{record['gate_weights'][token][0]:.2f}",
        "experts": str(len(record["scores"][token])),
        "guess": "15",
    }


@pytest.mark.parametrize("step", SHOWN["steps"], ids=lambda each: each["title"])
@pytest.mark.parametrize("token", range(len(recorded()["tokens"])))
def test_a_caption_has_at_most_25_words_whatever_token_is_followed(step, token):
    for name, text in step.items():
        said = FIGURE.sub(lambda found: figures(token)[found[1]], text)
        assert len(said.split()) <= MOST_WORDS, (name, said)


def test_the_browser_gets_the_record_and_the_templates_of_its_captions(start):
    data = told(start)
    assert data["trace"]["scores"] == recorded()["scores"]
    assert data["trace"]["text"] == data["example"]
    assert data["trace"]["tokens"][data["followed"]] == " 4"
    assert [each["caption"] for each in data["words"]["steps"]] == [
        each["caption"] for each in SHOWN["steps"]
    ]
    assert data["words"]["recorded"] == "Recorded at training step 200, layer 1"
    assert data["experts"] == len(data["colours"]) == len(recorded()["scores"][0])


def test_what_is_stored_and_used_is_counted_by_hand():
    """Router D·E, each expert two matrices D·F."""
    model = MODEL.arms[0].model
    expert = 2 * model.d_model * model.d_expert
    for cost in tour_data.costs():
        experts = cost["experts"]
        router = model.d_model * experts
        assert cost["stored"] == router + experts * expert
        assert cost["used"] == [
            router + k * expert for k in range(1, min(experts, tour_data.MOST_K) + 1)
        ]
    assert MODEL.arms[0].model.n_experts in [each["experts"] for each in tour_data.costs()]


def test_the_released_model_beside_it_is_as_its_own_file_says():
    config = released_model("DeepSeek-V3").config
    assert (config["num_experts_per_tok"], config["n_routed_experts"]) == (8, 256)
    assert config["n_shared_experts"] == 1
    said = tour_data.released().replace("\u00a0", " ")
    assert "8 of its 256 experts and a shared one" in said
    assert "37.6 B of 671 B" in said


@pytest.mark.parametrize("step", [1, 3, 5])
def test_a_step_of_the_tour_stays_in_the_address(page, hand, step):
    page.query_params["tour"] = str(step)
    visit(page, START)
    assert address(page) == {"tour": str(step)}
    assert told(page)["plain"] is True
    page.run()
    assert address(page) == {"tour": str(step)}


@pytest.mark.parametrize("step", ["0", "6", "two"])
def test_a_step_that_there_is_not_is_refused_with_its_bound(page, hand, step):
    page.query_params["tour"] = step
    visit(page, START)
    assert f"tour={step} was refused: it must be" in words(page)
    assert address(page) == {}


@pytest.mark.parametrize("query", [{"experts": "8"}, {"preset": "collapse"}, {"k": "2"}])
def test_an_address_with_knobs_or_an_experiment_is_not_plain(page, hand, query):
    page.query_params.update(query)
    visit(page, START)
    assert told(page)["plain"] is False


def test_the_lab_has_no_step_of_the_tour(page, hand):
    page.query_params["tour"] = "3"
    visit(page, START)
    visit(page, LAB)
    assert "tour" not in address(page)


def type_text(page, text: str) -> dict:
    report(page, KEY, text=text)
    return told(page)["own"]


def own_runs(hand) -> list[str]:
    return [each.run_id for each in hand.runs(OWNER)]


def test_no_model_is_trained_before_somebody_types_a_text(start, hand):
    assert told(start)["own"] is None
    assert own_runs(hand) == []


def test_the_server_trains_one_model_for_all_and_visitors_watch_it(start, hand):
    own = type_text(start, "The cat")
    (run,) = own_runs(hand)
    assert (own["text"], own["run"]["id"], own["run"]["control"]) == ("The cat", run, False)
    assert rights().right(own["run"]["token"]).kind == "watch"
    assert hand.known[run].started == MODEL
    assert ("resume", run, Until("step", STEPS)) in hand.asked
    hand.train(run, 7)
    assert type_text(start, "Another text")["run"]["id"] == run
    assert own_runs(hand) == [run]
    assert [each for each in hand.asked if each[0] == "resume"] == [
        ("resume", run, Until("step", STEPS))
    ]


def test_a_model_that_was_left_half_trained_goes_on(start, hand):
    type_text(start, "The cat")
    (run,) = own_runs(hand)
    hand.train(run, 7)
    hand.pause(run)
    type_text(start, "The cat")
    assert hand.known[run].state == "running"


def test_the_trained_model_answers_the_text(start, hand):
    questions = []

    def answered(question):
        questions.append(question)
        return dataclasses.replace(made_up_trace(3, 16, 1), step=STEPS)

    hand.answers[TraceQuestion] = answered
    type_text(start, "The cat")
    (run,) = own_runs(hand)
    hand.train(run, STEPS)
    hand.pause(run)
    own = type_text(start, "The cat")
    assert questions == [tour_question("The cat")]
    assert len(own["trace"]["tokens"]) == 3
    assert own["trace"]["step"] == STEPS
    assert "run" not in own


@pytest.mark.parametrize(
    ("text", "value"),
    [("", "no character"), (" \t", "nothing but blanks"), ("a" * 201, "201 characters")],
)
def test_a_text_that_is_empty_or_too_long_is_refused_by_field_value_and_bound(
    start, hand, text, value
):
    own = type_text(start, text)
    bound = f"1 to {MOST_CHARACTERS} characters long"
    assert own["refusal"] == f"Your own text must be {bound}, got {value}"
    assert own_runs(hand) == []
