"""Questions to the models of a whole run, through its trainer."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
import torch

from moeviz.config import ArmConfig, ConfigError, RunConfig
from moeviz.data.corpus import load_corpus
from moeviz.records import COLUMNS, RunHistory
from moeviz.traces import (
    MAX_TRACED_CHARACTERS,
    MAX_TRACED_TOKENS,
    Counterfactual,
    CounterfactualQuestion,
    Routes,
    RoutesQuestion,
    RoutingTrace,
    TraceQuestion,
)
from moeviz.training.lockstep import LockstepTrainer

SMALL = {"d_model": 16, "d_expert": 16, "batch_size": 4, "context_length": 16, "n_experts": 4}
ROUTED = {**SMALL, "top_k": 2, "capacity_factor": 1.0, "router_noise": 0.3}
CONFIG = RunConfig(
    (
        ArmConfig.of("A", {**ROUTED, "balancer": "bias_sign", "bias_update_rate": 0.02}),
        ArmConfig.of("dense", {**SMALL, "dense_width": 32}),
    )
)
TEXT = "The router sends each token to the experts that score best. 7 + 8 = 15; ja, zwölf."
TOKENIZER = load_corpus(512).tokenizer
QUESTIONS = (
    TraceQuestion("A", {}, TEXT),
    TraceQuestion("A", {"router_noise": 2.0, "top_k": 1}, TEXT, noise_seed=4),
    RoutesQuestion("A", {"router": "sigmoid_bias_groups"}, TEXT),
    CounterfactualQuestion("A", {"capacity_factor": None}, TEXT, layer=1, token=5),
)


def trained(steps: int) -> LockstepTrainer:
    trainer = LockstepTrainer(CONFIG)
    for _ in range(steps):
        trainer.step()
    return trainer


@pytest.fixture(scope="module")
def at_rest() -> LockstepTrainer:
    """A run that no test trains on."""
    return trained(8)


def trace(trainer: LockstepTrainer, text: str = TEXT, **more: Any) -> RoutingTrace:
    return trainer.answer(TraceQuestion("A", more.pop("knobs", {}), text, **more))


def assert_same(one: Any, other: Any) -> None:
    """Two records, equal to the last bit."""
    assert type(one) is type(other)
    for each in dataclasses.fields(one):
        ours, theirs = getattr(one, each.name), getattr(other, each.name)
        if each.name == "layers":
            for layer, same in zip(ours, theirs, strict=True):
                assert_same(layer, same)
        elif dataclasses.is_dataclass(ours):
            assert_same(ours, theirs)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=each.name)


def parts(state: bytes) -> tuple[Any, bytes]:
    """A safetensors file's header, whose metadata have no fixed order, and all of its numbers."""
    end = 8 + int.from_bytes(state[:8], "little")
    return json.loads(state[8:end]), state[end:]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_a_kept_state_answers_as_the_run_did_at_that_step(question):
    trainer = trained(3)
    kept, then = trainer.state(), trainer.answer(question)
    trainer.set({"top_k": 1, "capacity_factor": None, "gate_scale": 2.0})
    for _ in range(3):
        trainer.step()
    assert then.step == 3
    assert_same(trainer.answer(question, trainer.kept_model(kept, "A")), then)
    now = trainer.answer(question)
    assert now.step == 6
    if not isinstance(question, RoutesQuestion):
        assert not np.array_equal(now.logits, then.logits)


def test_a_kept_state_answers_with_its_own_bias_and_knobs():
    trainer = trained(3)
    kept = trainer.state()
    trainer.set({"balancer": "none", "top_k": 1})
    assert trace(trainer).routing.top_k == 1
    assert not any(layer.selection_bias.any() for layer in trace(trainer).layers)
    then = trainer.answer(QUESTIONS[0], trainer.kept_model(kept, "A"))
    assert then.routing == CONFIG.arms[0].routing
    assert all(layer.selection_bias.any() for layer in then.layers)


@pytest.mark.parametrize("balancer", ["none", "switch", "bias_sign"])
def test_a_question_under_another_balancer_is_answered_as_the_run_would_after_the_change(balancer):
    """A balancer that stays keeps its selection bias; another one starts without it."""
    trainer = trained(3)
    asked = trace(trainer, knobs={"balancer": balancer})
    trainer.set({"balancer": balancer}, "A")
    then = trace(trainer)
    assert any(layer.selection_bias.any() for layer in then.layers) == (balancer == "bias_sign")
    assert_same(asked, then)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_asking_changes_nothing(question):
    asked, unasked = trained(3), trained(3)
    kept = asked.state()
    model = asked.kept_model(kept, "A")
    for each in (None, model, model):
        asked.answer(question, each)
    assert_same(asked.answer(question, model), asked.answer(question))
    assert parts(asked.state()) == parts(kept)
    assert asked.config == unasked.config
    steps = [(asked.step(), unasked.step()) for _ in range(3)]
    for arm in ("A", "dense"):
        one, other = (RunHistory.of([step[i][arm] for step in steps]) for i in (0, 1))
        for column in COLUMNS:
            np.testing.assert_array_equal(one[column], other[column], err_msg=column)


def test_the_global_generator_is_neither_read_nor_moved(at_rest):
    before = torch.get_rng_state()
    first = trace(at_rest, noise_seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(999)
    assert_same(first, trace(at_rest, noise_seed=1))


def test_a_questions_knobs_hold_for_it_alone(at_rest):
    changed = trace(at_rest, knobs={"top_k": 3, "capacity_factor": None})
    assert changed.routing.top_k == 3
    assert changed.layers[0].expert_index.shape[1] == 3
    assert changed.layers[0].expert_capacity is None
    assert changed.routing.router_noise == 0.3
    assert trace(at_rest).routing == at_rest.config.arms[0].routing == CONFIG.arms[0].routing


def test_the_answer_is_the_records_own_and_cannot_be_written_to():
    trainer = trained(1)
    before = trace(trainer)
    bias = before.layers[0].selection_bias.copy()
    trainer.step()
    np.testing.assert_array_equal(before.layers[0].selection_bias, bias)
    with pytest.raises(ValueError, match="read-only"):
        before.logits[0, 0] = 1


def what_if(layer: int = 0, token: int = 0, text: str = TEXT, **knobs: Any):
    return CounterfactualQuestion("A", knobs, text, layer, token)


@pytest.mark.parametrize(
    ("question", "field", "value", "bound"),
    [
        (TraceQuestion("A", {"top_q": 1}, TEXT), "knob", "top_q", "one of top_k, capacity_factor"),
        (TraceQuestion("A", {"n_experts": 8}, TEXT), "knob", "n_experts", "one of top_k"),
        (TraceQuestion("A", {"top_k": 5}, TEXT), "top_k", 5, "at most n_experts (4)"),
        (TraceQuestion("A", {"top_k": 9}, TEXT), "top_k", 9, "a whole number from 1 to 8"),
        (TraceQuestion("A", {"router": "x"}, TEXT), "router", "x", "one of softmax"),
        (TraceQuestion("A", {"router": []}, TEXT), "router", [], "a name of"),
        (TraceQuestion("A", {}, TEXT, -1), "noise_seed", -1, "a whole number from 0 to 2,147,483,"),
        (TraceQuestion("A", {}, TEXT, 2**70), "noise_seed", 2**70, "a whole number from 0"),
        (TraceQuestion("dense", {}, TEXT), "model", "dense", "a model with a router"),
        (TraceQuestion("B", {}, TEXT), "model", "B", "one of A, dense"),
        (TraceQuestion("A", {}, ""), "text", "", "not empty"),
        (RoutesQuestion("A", {}, ""), "text", "", "not empty"),
        (what_if(text=""), "text", "", "not empty"),
        (what_if(layer=2), "layer", 2, "a whole number from 0 to 1"),
        (what_if(layer=-1), "layer", -1, "a whole number from 0 to 1"),
        (what_if(token=2, text="a b"), "token", 2, "a whole number from 0 to 1"),
        (what_if(token=-1, text="a b"), "token", -1, "a whole number from 0 to 1"),
        (what_if(top_k=4), "top_k", 4, "below 4, the experts that a token may go to"),
        (what_if(n_groups=2), "top_k", 2, "below 2, the experts that a token may go to"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_field_value_and_bound(
    at_rest, question, field, value, bound
):
    def ask(state: bytes | None) -> None:
        model = None if state is None else at_rest.kept_model(state, question.arm)
        at_rest.answer(question, model)

    for state in (None, at_rest.state()):
        with pytest.raises(ConfigError) as refusal:
            ask(state)
        assert refusal.value.field == field
        assert refusal.value.value == value
        assert refusal.value.bound.startswith(bound)


@pytest.mark.parametrize(
    "text",
    [
        "\N{FIRE}\N{ZERO WIDTH JOINER}\N{WOMAN} Zwölf café naïve",
        "\N{RIGHT-TO-LEFT OVERRIDE}שלום عالم",
        "<script>alert('**x**')</script> $\\frac{1}{2}$ :material/home: [a](b)",
        " \n\t\0\N{ZERO WIDTH SPACE}\n",
        "x",
    ],
    ids=["emoji", "right-to-left", "markup", "blanks", "one letter"],
)
def test_any_text_comes_back_as_it_is(at_rest, text):
    answer = trace(at_rest, text)
    assert TOKENIZER.decode(answer.token_ids.tolist()) == text
    assert answer.n_tokens == len(answer.token_ids) == len(answer.tokens)
    assert answer.tokens == tuple(answer.vocabulary[i] for i in answer.token_ids)
    assert answer.sequence.tolist() == [i // 16 for i in range(len(answer.tokens))]
    assert answer.logits.shape == (len(answer.tokens), 512)


def test_half_a_surrogate_pair_is_a_question_mark(at_rest):
    assert TOKENIZER.decode(trace(at_rest, "a \ud83d b").token_ids.tolist()) == "a ? b"


def test_a_long_text_is_cut_and_says_what_of(at_rest):
    text = "Übung macht den Meister 🙂 " * 800
    looked_at = text[:MAX_TRACED_CHARACTERS]
    answer = trace(at_rest, text)
    assert len(answer.tokens) == len(answer.logits) == MAX_TRACED_TOKENS
    assert answer.token_ids.tolist() == TOKENIZER.encode(looked_at)[:MAX_TRACED_TOKENS].tolist()
    assert answer.n_tokens == len(TOKENIZER.encode(looked_at)) > MAX_TRACED_TOKENS
    assert answer.n_tokens < len(TOKENIZER.encode(text))


def test_text_at_the_bounds_is_not_cut(at_rest):
    text = "x" * MAX_TRACED_CHARACTERS
    assert trace(at_rest, text).n_tokens == len(text)
    short = "x" * MAX_TRACED_TOKENS
    assert trace(at_rest, short).n_tokens == len(trace(at_rest, short).tokens) == len(short)


def test_noise_is_that_of_its_seed_with_the_runs_sigma(at_rest):
    noise = [layer.router_noise for layer in trace(at_rest, noise_seed=1).layers]
    again = [layer.router_noise for layer in trace(at_rest, noise_seed=1).layers]
    other = [layer.router_noise for layer in trace(at_rest, noise_seed=2).layers]
    np.testing.assert_array_equal(noise, again)
    assert not np.array_equal(noise, other)
    doubled = trace(at_rest, noise_seed=1, knobs={"router_noise": 0.6}).layers
    np.testing.assert_allclose(doubled[0].router_noise, 2 * noise[0], atol=1e-5)
    clean = trace(at_rest).layers[0].router_logits
    np.testing.assert_array_equal(trace(at_rest, noise_seed=1).layers[0].router_logits, clean)


def test_without_a_seed_or_without_a_sigma_the_noise_is_zero(at_rest):
    quiet = trace(at_rest, noise_seed=1, knobs={"router_noise": 0.0})
    for answer in (trace(at_rest), quiet):
        assert not any(layer.router_noise.any() for layer in answer.layers)
    assert_same(dataclasses.replace(trace(at_rest), routing=quiet.routing), quiet)


@pytest.mark.parametrize("knobs", [{}, {"capacity_factor": None}, {"top_k": 1, "gate_scale": 2.5}])
def test_routes_are_the_traces_choices(at_rest, knobs):
    answer: Routes = at_rest.answer(RoutesQuestion("A", knobs, TEXT))
    layers = trace(at_rest, knobs=knobs).layers
    np.testing.assert_array_equal(answer.expert_index, [each.expert_index for each in layers])
    assert answer.step == 8


@pytest.mark.parametrize("factor", [None, 0.5])
@pytest.mark.parametrize("token", [0, 15, 16])
@pytest.mark.parametrize("layer", [0, 1])
def test_the_runner_up_is_the_best_that_was_not_chosen_and_takes_the_last_ones_place(
    at_rest, factor, token, layer
):
    knobs = {"capacity_factor": factor}
    answer: Counterfactual = at_rest.answer(what_if(layer, token, **knobs))
    as_is = trace(at_rest, knobs=knobs)
    record = as_is.layers[layer]
    ranking = sorted(range(4), key=lambda i: -record.selection_scores[token, i])
    assert [answer.replaced, answer.runner_up] == ranking[1:3]
    np.testing.assert_array_equal(answer.gate_weights, record.gate_weights[token])
    probs = record.router_scores[token]
    np.testing.assert_array_equal(answer.other_gate_weights, probs[[ranking[0], ranking[2]]])
    np.testing.assert_array_equal(answer.dropped, ~record.kept[token])
    assert answer.other_dropped.any() <= (factor is not None)
    np.testing.assert_array_equal(answer.logits, as_is.logits[token])
    assert (answer.step, answer.layer, answer.token) == (8, layer, token)


def test_where_the_last_choice_is_sent_is_what_the_trace_and_the_free_slots_say(at_rest):
    knobs = {"top_k": 1, "capacity_factor": 1.0, "drop_policy": "reroute"}
    record = trace(at_rest, knobs=knobs).layers[0]
    answers = [at_rest.answer(what_if(0, t, **knobs)) for t in range(len(record.kept))]
    for token, answer in enumerate(answers):
        assert answer.sent == record.expert_index[token, -1]
        assert answer.replaced_was_full == (answer.sent != answer.replaced)
        nowhere_to_go = bool(answer.other_dropped[-1])  # with one expert barred, all may be full
        sent_on = answer.other_sent != answer.runner_up
        assert answer.runner_up_was_full == (sent_on or nowhere_to_go)
        assert not (sent_on and nowhere_to_go)
        assert answer.other_sent != answer.replaced  # barred for this token
    assert {each.replaced_was_full for each in answers} == {True, False}
    assert {each.runner_up_was_full for each in answers} == {True, False}


def test_cross_entropy_is_of_the_true_next_token_and_unknown_for_the_last(at_rest):
    as_is = trace(at_rest)
    last = len(as_is.tokens) - 1
    for token in (0, 15, last - 1):
        answer = at_rest.answer(what_if(0, token))
        following = as_is.token_ids[token + 1]
        for logits, nats in (
            (answer.logits, answer.cross_entropy),
            (answer.other_logits, answer.other_cross_entropy),
        ):
            total = math.log(np.exp(logits.astype(float)).sum())
            assert nats == pytest.approx(total - logits[following], abs=1e-4)
        assert answer.cross_entropy != answer.other_cross_entropy
    ended = at_rest.answer(what_if(0, last))
    assert math.isnan(ended.cross_entropy)
    assert math.isnan(ended.other_cross_entropy)
