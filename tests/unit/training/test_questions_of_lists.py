"""Every question is answered from the list of assignments, or refused in words: any router."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch

from moeviz import traces
from moeviz.config import ArmConfig, ConfigError, RunConfig
from moeviz.routing.balancers import BALANCERS, BALANCING_LOSSES, StepRouting
from moeviz.routing.balancers.load_cv import smooth_load
from moeviz.routing.record import Assignments, Chosen
from moeviz.routing.routers import Router
from moeviz.traces import (
    BatchQuestion,
    ConventionsQuestion,
    ConventionValues,
    CounterfactualQuestion,
    Question,
    TraceQuestion,
)
from moeviz.training.arm import ArmTrainer
from moeviz.training.capacity_study import passed, study_batch
from moeviz.training.conventions import made_up_routing
from moeviz.training.lockstep import LockstepTrainer
from moeviz.training.measure import LoadWindow, measured_loads
from tests import oracles
from tests.other_routers import FAKES, E, ExpertChoice, Opinionated, SoftMoE, TopP, arm, known
from tests.routed import through

TEXT = "def add(a, b): return a + b"
QUESTIONS = [
    each
    for each in vars(traces).values()
    if isinstance(each, type) and issubclass(each, Question) and each is not Question
]


def of(*kinds: type[Router]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.name)


@pytest.fixture
def fake(kind: type[Router], monkeypatch: pytest.MonkeyPatch) -> str:
    return known(kind, monkeypatch)


def trained(config: ArmConfig) -> LockstepTrainer:
    trainer = LockstepTrainer(RunConfig((config,)))
    for _ in range(3):
        trainer.step()
    return trainer


def asked(question: type[Question], **values: object) -> Question:
    fields = {each.name for each in dataclasses.fields(question)}
    texts = {"text": TEXT, "prompts": (TEXT,)}
    said = {name: text for name, text in texts.items() if name in fields}
    return question("A", {}, **said, **values)


def answered(trainer: LockstepTrainer, question: Question) -> Any:
    """The answer, or the refusal."""
    try:
        return trainer.answer(question)
    except ConfigError as refusal:
        return refusal


@pytest.mark.parametrize("factor", [None, 0.5])
@pytest.mark.parametrize("question", QUESTIONS)
@of(*FAKES)
def test_a_question_is_answered_or_refused_in_words(fake, question, factor):
    trainer = trained(arm(fake, capacity_factor=factor))
    answer = answered(trainer, asked(question))
    if isinstance(answer, ConfigError):
        assert question is CounterfactualQuestion
        assert fake != Opinionated.name
        assert answer.field in ("token", "router")
    else:
        assert answer.step == 3


@of(TopP, Opinionated)
def test_a_counterfactual_is_read_from_the_tokens_part_of_the_list(fake: str):
    trainer = trained(arm(fake))
    layer = trainer.answer(asked(TraceQuestion)).layers[1]
    each, found = layer.assignments, 0
    for token in range(each.n_tokens):
        mine = each.of(token)
        chosen = each.chosen[mine].tolist()
        ranking = np.argsort(-layer.selection_scores[token], kind="stable").tolist()
        answer = answered(trainer, asked(CounterfactualQuestion, layer=1, token=token))
        if isinstance(answer, ConfigError):
            assert "exactly one other expert instead" in str(answer)
            continue
        found += 1
        assert answer.replaced == answer.sent == chosen[-1]
        assert answer.runner_up == answer.other_sent == ranking[len(chosen)]
        np.testing.assert_array_equal(answer.gate_weights, each.weight[mine])
        probs = layer.router_scores[token]
        others = probs[[*chosen[:-1], answer.runner_up]]
        np.testing.assert_array_equal(answer.other_gate_weights, others)
        assert answer.dropped.tolist() == answer.other_dropped.tolist() == [False] * len(chosen)
    assert found > 0


@of(ExpertChoice, SoftMoE)
def test_no_other_expert_takes_the_token_of_a_router_that_does_not_choose_by_token(fake: str):
    trainer = trained(arm(fake))
    each = trainer.answer(asked(TraceQuestion)).layers[0].assignments
    for token in range(each.n_tokens):
        with pytest.raises(ConfigError) as refusal:
            trainer.answer(asked(CounterfactualQuestion, token=token))
        assert refusal.value.field == ("router" if each.per_token[token] else "token")


@of(*FAKES)
def test_the_conventions_are_of_the_layers_own_routing(fake: str):
    trainer = trained(arm(fake))
    (mine,) = trainer._arms.values()
    probe = mine.probe()
    inputs = study_batch(probe, 0).tokens[:, :-1]
    step = StepRouting(passed(probe, inputs)[1], len(inputs))
    values: ConventionValues = trainer.answer(asked(ConventionsQuestion))
    np.testing.assert_array_equal(values.counts, step.counts)
    gradients = dict(zip(BALANCING_LOSSES, values.gradient_norm, strict=True))
    for name, value in zip(BALANCING_LOSSES, values.values, strict=True):
        balancer = BALANCERS[name]
        if not balancer.state(*step.counts.shape):
            expected = balancer.loss(step, {}).item()
            assert value == pytest.approx(expected, rel=1e-5, abs=1e-7)
    assert gradients["importance"] > 0
    to_all = fake == SoftMoE.name  # every expert is sure of every token, whatever the logits
    assert (gradients["load_cv"] == 0) == to_all


@of(ExpertChoice, TopP)
def test_capacity_is_of_the_assignments_that_the_list_has(fake: str):
    trainer = trained(arm(fake, capacity_factor=1.1, top_k=1))
    for question in (BatchQuestion, TraceQuestion):
        for layer in trainer.answer(asked(question)).layers:
            each = layer.assignments
            capacity = math.ceil(11 * len(each) / (10 * E))
            assert layer.expert_capacity == capacity
            load = np.bincount(each.chosen, minlength=E)
            np.testing.assert_array_equal(each.processed, np.minimum(load, capacity))


@of(SoftMoE)
def test_no_capacity_is_told_of_a_router_that_has_none(fake: str):
    trainer = trained(arm(fake, capacity_factor=0.5))
    for question in (BatchQuestion, TraceQuestion):
        assert [layer.expert_capacity for layer in trainer.answer(asked(question)).layers] == [
            None, None,
        ]  # fmt: skip


@of(TopP)
def test_collapse_is_measured_from_the_assignments_per_token_of_each_layer(fake: str):
    config, generator = arm(fake, top_k=3), torch.Generator().manual_seed(1)
    blocks = ArmTrainer(config).model.blocks
    scales = (0.1, 3.0)  # so that the layers have different numbers of experts per token
    routings = tuple(
        through(
            block.feed_forward, scale * torch.randn(10, 16, generator=generator), config.routing
        )[1]
        for block, scale in zip(blocks, scales, strict=True)
    )
    loads = measured_loads(routings, config.model)
    per_token = [len(each.assignments.expert) / 10 for each in routings]
    assert list(loads.top_k) == per_token
    assert per_token[0] != per_token[1]
    window = LoadWindow(2, E)
    window.append(loads)
    expected = [
        oracles.entropy_above_collapse(load, k)
        for load, k in zip(loads.expert_load.tolist(), per_token, strict=True)
    ]
    found = window.metrics(loads.top_k)["entropy_above_collapse"]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@of(ExpertChoice, SoftMoE)
def test_the_knob_k_does_not_move_the_entropy_of_a_router_that_does_not_read_it(fake: str):
    """Two of four experts a token: an even load. Soft MoE sends every token to all experts."""
    expected = 1 if fake == ExpertChoice.name else math.nan
    for top_k in (1, 3, 4):
        snapshot = ArmTrainer(arm(fake, top_k=top_k)).step()
        np.testing.assert_allclose(snapshot.entropy_above_collapse, [expected] * 2, rtol=1e-5)


def test_the_lowest_entropy_of_fewer_assignments_than_tokens_is_that_of_one_expert():
    window, load = LoadWindow(1, E), torch.tensor([[1.0, 0, 0, 0]])
    routing = made_up_routing(torch.zeros(4, E), torch.zeros(4, 1, dtype=torch.long))
    chosen = Chosen(torch.tensor([0]), torch.tensor([0]), torch.tensor([0]), n_tokens=4)
    few = Assignments(chosen, chosen.expert, torch.ones(1))
    routing = dataclasses.replace(routing, assignments=few)
    loads = measured_loads((routing,), arm("softmax_topk", n_layers=1).model)
    assert torch.equal(loads.expert_load, load)
    window.append(loads)
    assert window.metrics(loads.top_k)["entropy_above_collapse"].tolist() == [0]


@pytest.mark.parametrize(("pairs", "top_k"), [(1, 1), (3, 1), (6, 2), (7, 2)])
def test_the_smooth_load_of_a_list_takes_its_mean_number_of_experts(pairs: int, top_k: int):
    """4 tokens: the mean is rounded, and at least 1."""
    logits = torch.randn(4, E, generator=torch.Generator().manual_seed(2))
    index = torch.arange(top_k).expand(4, top_k)
    rectangle = made_up_routing(logits, index)
    token, expert = torch.arange(pairs) % 4, torch.arange(pairs) // 4
    order = token.argsort(stable=True)
    chosen = Chosen(token[order], expert[order], expert[order], n_tokens=4)
    few = Assignments(chosen, chosen.expert, torch.ones(pairs))
    listed = dataclasses.replace(rectangle, assignments=few)
    assert torch.equal(smooth_load(listed, 0.5), smooth_load(rectangle, 0.5))
