"""Routings that are no top-k go through the layer, the loads and the stage by their lists alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from moeviz.analysis.inspection import expert_inspection, token_inspection
from moeviz.analysis.routing_stage import stage_plan
from moeviz.config import ArmConfig, ConfigError, RunConfig, ScheduledChange
from moeviz.engine.limits import Limits, check_arm
from moeviz.engine.local import LocalEngine
from moeviz.routing.routers import Router
from moeviz.traces import BatchQuestion, RoutesQuestion, TraceQuestion
from moeviz.training.arm import ArmTrainer
from moeviz.training.lockstep import LockstepTrainer
from tests.other_routers import SMALL, D, E, ExpertChoice, Opinionated, SoftMoE, TopP, arm, known
from tests.routed import experts_sum, through

KINDS = pytest.mark.parametrize("kind", [ExpertChoice, TopP, SoftMoE], ids=lambda kind: kind.name)


@pytest.fixture
def fake(kind: type[Router], monkeypatch: pytest.MonkeyPatch) -> str:
    return known(kind, monkeypatch)


def expected(layer, x: Tensor, routing) -> Tensor:
    """Soft or not: token by token and assignment by assignment."""
    each, chosen = routing.assignments, routing.assignments.chosen
    y = torch.zeros_like(x)
    for a in range(len(each.expert)):
        token, expert = int(chosen.token[a]), int(each.expert[a])
        row = x[token]
        if chosen.row is not None:
            mixed = chosen.row == chosen.row[a]
            row = (chosen.dispatch_weight[mixed, None] * x[chosen.token[mixed]]).sum(0)
        one = torch.tensor([[expert]])
        y[token] += each.weight[a] * experts_sum(layer.experts, row[None], one, torch.ones(1, 1))[0]
    return y


@KINDS
def test_the_layer_computes_the_lists_sum_forward_and_backward(fake: str):
    model = ArmTrainer(arm(fake)).model
    layer, generator = model.blocks[0].feed_forward, torch.Generator().manual_seed(1)
    x = torch.randn(10, D, generator=generator, requires_grad=True)
    y, routing = through(layer, x, arm(fake).routing)
    wanted = expected(layer, x, routing)
    torch.testing.assert_close(y, wanted, rtol=1e-4, atol=1e-5)
    direction = torch.randn(y.shape, generator=generator)
    inputs = (x, layer.router.weight, layer.experts.w_in, layer.experts.w_out)
    ours = torch.autograd.grad((y * direction).sum(), inputs, retain_graph=True)
    theirs = torch.autograd.grad((wanted * direction).sum(), inputs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.abs().max() > 0
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


@KINDS
def test_a_list_that_is_no_rectangle_says_so(fake: str):
    layer = ArmTrainer(arm(fake)).model.blocks[0].feed_forward
    _, routing = through(layer, torch.randn(10, D), arm(fake).routing)
    with pytest.raises(ValueError, match="tokens have different numbers of experts"):
        _ = routing.expert_index


@pytest.mark.parametrize("kind", [SoftMoE], ids=["fake_soft"])
def test_a_router_that_mixes_tokens_has_no_capacity_limit(fake: str):
    layer, x = ArmTrainer(arm(fake)).model.blocks[0].feed_forward, torch.randn(10, D)
    tight, routing = through(layer, x, arm(fake, capacity_factor=0.1).routing)
    assert routing.assignments.kept is None
    assert torch.equal(tight, through(layer, x, arm(fake).routing)[0])


@KINDS
def test_it_trains_and_its_loads_are_shares_of_the_list(fake: str):
    trainer = ArmTrainer(arm(fake, balancer="switch"))
    losses = [trainer.step() for _ in range(12)]
    assert losses[-1].cross_entropy < losses[0].cross_entropy
    for step in losses:
        assert step.expert_load.sum(-1) == pytest.approx([1, 1], abs=1e-5)
        assert step.window_load.shape == (2, E)
        assert np.isfinite(step.load_balancing_loss).all()
    if fake == "fake_expert_choice":  # an expert takes its number whatever the router thinks
        assert losses[-1].expert_load == pytest.approx(np.full((2, E), 1 / E))


@KINDS
def test_the_stage_shows_the_list(fake: str):
    trainer = LockstepTrainer(RunConfig((arm(fake),)))
    trace = trainer.answer(TraceQuestion("A", {}, "def add(a, b): return a + b"))
    layer = trace.layers[0]
    plan = json.loads(json.dumps(stage_plan(trace, 0)))
    each = layer.assignments
    pairs = [(t, e) for t, row in enumerate(plan["sent"]) for e in row]
    assert pairs == list(zip(each.token.tolist(), each.expert.tolist(), strict=True))
    assert len(plan["gates"]) == len(plan["tokens"]) == len(layer.residual)
    assert len({len(row) for row in plan["sent"]}) > 1 or fake == "fake_soft"
    summed = np.zeros_like(layer.moe_output)
    np.add.at(summed, each.token, each.weight[:, None] * layer.expert_output)
    np.testing.assert_allclose(summed, layer.moe_output, rtol=1e-3, atol=1e-5)
    for token in range(len(trace.tokens)):
        seen = token_inspection(trace, 0, token)
        assert [one.sent for one in seen.assignments] == plan["sent"][token]
    queues = [expert_inspection(trace, 0, expert).queue for expert in range(E)]
    assert sum(map(len, queues)) == len(each)


@KINDS
def test_other_questions_take_the_list_too(fake: str):
    trainer = LockstepTrainer(RunConfig((arm(fake),)))
    batch = trainer.answer(BatchQuestion("A", {}))
    assert batch.layers[0].expert_load.sum() == pytest.approx(1)
    routes = trainer.answer(RoutesQuestion("A", {}, "def add(a, b)"))
    assert len(routes.layers) == 2


@pytest.mark.parametrize("kind", [Opinionated])
def test_a_router_has_parameters_and_a_state_that_checkpoints_keep(fake: str):
    trainer = LockstepTrainer(RunConfig((arm(fake),)))
    for _ in range(3):
        trainer.step()
    state = trainer.state()
    (mine,) = trainer._arms.values()
    own = mine.model.blocks[1].feed_forward.router_parameters["temperature"]
    assert (own != 1).any()
    assert mine.state()["method.seen"].sum() == 3 * 2 * 2 * 16
    again = LockstepTrainer(trainer.config)
    again.restore(state)
    assert again.step()["A"].cross_entropy == trainer.step()["A"].cross_entropy
    trainer.set({"router": "softmax_topk"})
    other = LockstepTrainer(trainer.config)  # built without the router that has parameters
    other.restore(trainer.state())
    other.set({"router": fake})
    assert other.step()["A"].cross_entropy > 0


@pytest.mark.parametrize("kind", [Opinionated])
def test_a_router_with_parameters_needs_a_model_that_was_built_with_them(fake: str):
    trainer = LockstepTrainer(RunConfig((arm("softmax_topk"),)))
    with pytest.raises(ValueError, match="router must be the router that the model was built with"):
        trainer.set({"router": fake})
    assert trainer.config.arms[0].routing.router == "softmax_topk"


REFUSED = (
    r"router must be the router that the model was built with \(softmax_topk\), "
    "or one without parameters, got 'fake_own'"
)


@pytest.mark.parametrize("kind", [Opinionated])
@pytest.mark.parametrize("step", [1, 2])
def test_a_schedule_that_leads_to_parameters_that_the_model_lacks_is_refused_at_the_start(
    fake: str, step: int
):
    later = (ScheduledChange(step, {"router": fake}),)
    lacking = ArmConfig.of("A", {**SMALL, "router": "softmax_topk"}, later)
    with pytest.raises(ConfigError, match=REFUSED):
        Limits().check(RunConfig((lacking,)))
    check_arm(ArmConfig.of("A", {**SMALL, "router": fake}, later))
    check_arm(ArmConfig.of("A", {**SMALL, "dense_width": 32}, later))


@pytest.mark.parametrize("kind", [Opinionated])
def test_a_schedule_may_lead_back_to_the_router_that_the_model_was_built_with(fake: str):
    changes = (ScheduledChange(2, {"router": "softmax_topk"}), ScheduledChange(3, {"router": fake}))
    first = ArmConfig.of("A", {**SMALL, "router": fake}, changes)
    check_arm(first)
    check_arm(first.with_knobs({"router": "softmax_topk"}), 2, first)
    trainer = LockstepTrainer(RunConfig((first,)))
    routers = []
    for _ in range(3):
        trainer.step()
        routers.append(trainer.config.arms[0].routing.router)
    assert routers == [fake, "softmax_topk", fake]


@pytest.mark.parametrize("kind", [Opinionated])
def test_a_run_takes_a_router_with_parameters_only_before_its_models_are_built(
    fake: str, tmp_path: Path
):
    engine = LocalEngine("tests.fakes:CountingTrainer", directory=tmp_path, housekeeping=False)
    try:
        config = RunConfig((arm("softmax_topk"),))
        built, waiting = engine.start(config, "me", paused=True), engine.prepare(config, "me")
        for request in (engine.set, lambda run, knobs: engine.reset(run, {"A": knobs})):
            with pytest.raises(ConfigError, match=REFUSED):
                request(built, {"router": fake})
            request(waiting, {"router": fake})
            assert engine.latest(waiting).config.arms[0].routing.router == fake
            request(waiting, {"router": "softmax_topk"})
    finally:
        engine.shutdown()


@pytest.mark.parametrize("kind", [Opinionated])
def test_a_state_brings_the_parameters_of_the_router_in_force(fake: str):
    trainer = LockstepTrainer(RunConfig((arm(fake),)))
    for _ in range(2):
        trainer.step()
    other = LockstepTrainer(RunConfig((arm("softmax_topk"),)))
    other.restore(trainer.state())
    assert other.config == trainer.config
    assert other.step()["A"].cross_entropy == trainer.step()["A"].cross_entropy
