"""Questions about held-out batches, asked of a small model that is really trained."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from safetensors.torch import load

from moeviz.analysis.capacity import policies_alike
from moeviz.config import DROP_POLICIES, ArmConfig, ConfigError, RunConfig
from moeviz.data.domains import USER_DOMAIN
from moeviz.routing.balancers import BALANCERS, BALANCING_LOSSES, REFERENCE, LossBalancer
from moeviz.routing.losses import load_balancing_loss
from moeviz.traces import (
    STUDY_BATCHES,
    STUDY_SEQUENCES,
    BatchDependence,
    BatchQuestion,
    BatchRouting,
    CapacityPointQuestion,
    ConventionsQuestion,
    DependenceQuestion,
)
from moeviz.training import conventions
from moeviz.training.capacity_study import study_batch
from moeviz.training.lockstep import LockstepTrainer

SMALL = {"d_model": 16, "d_expert": 16, "context_length": 16, "batch_size": 8, "n_experts": 4}
STEPS = 150


@pytest.fixture(scope="module")
def trainer() -> LockstepTrainer:
    arms = (
        ArmConfig.of("even", {**SMALL, "top_k": 2}),
        ArmConfig.of("alone", {**SMALL, "top_k": 1, "balancer": "none"}),
    )
    made = LockstepTrainer(RunConfig(arms))
    for _ in range(STEPS):
        made.step()
    return made


def probe_of(trainer: LockstepTrainer, arm: str, **knobs):
    return trainer._arms[arm].probe().for_question(BatchQuestion(arm, knobs))


def routed(trainer: LockstepTrainer, arm: str = "even", **knobs) -> BatchRouting:
    return trainer.answer(BatchQuestion(arm, knobs))


def test_the_batches_share_no_sequence_and_have_every_domain_alike(trainer):
    probe = probe_of(trainer, "even")
    batches = [study_batch(probe, number) for number in range(STUDY_BATCHES)]
    rows = [tuple(row) for batch in batches for row in batch.tokens.tolist()]
    assert len(set(rows)) == len(rows)
    for batch in batches:
        assert batch.domain.bincount().tolist() == [STUDY_SEQUENCES] * len(probe.corpus.domains)
        assert batch.domain.tolist() != sorted(batch.domain.tolist())


def test_a_short_text_of_ones_own_gives_fewer_sequences_and_none_twice():
    text = " ".join(f"{number} squared is {number * number}." for number in range(30))
    knobs = {**SMALL, "context_length": 80, "top_k": 2, "user_text": text}
    arm = ArmConfig.of("even", knobs)
    short = LockstepTrainer(RunConfig((arm,)))
    probe = probe_of(short, "even")
    batches = [study_batch(probe, number) for number in range(STUDY_BATCHES)]
    rows = [tuple(row) for batch in batches for row in batch.tokens.tolist()]
    assert len(set(rows)) == len(rows)
    own = probe.corpus.domains.index(USER_DOMAIN)
    counts = [int((batch.domain == own).sum()) for batch in batches]
    assert counts[0] >= 1 > counts[-1]
    wanted = 2 * len(probe.corpus.domains)  # 2 · 7 · 80 tokens are as many as a batch may have
    answer = routed(short)
    assert answer.sequences_short == wanted - len(batches[0].domain) > 0
    for number in range(STUDY_BATCHES):
        assert short.answer(CapacityPointQuestion("even", {}, number)).cross_entropy > 0


def test_a_batch_is_the_same_each_time_and_a_question_changes_nothing(trainer):
    before = load(trainer.state())
    one, two = (routed(trainer, capacity_factor=1.0) for _ in range(2))
    assert one.tokens == two.tokens
    assert np.array_equal(one.cross_entropy, two.cross_entropy)
    after = load(trainer.state())
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


@pytest.mark.parametrize("batch", [-1, STUDY_BATCHES])
def test_a_batch_that_is_none_is_refused_in_words(trainer, batch):
    with pytest.raises(ConfigError, match="batch must be a whole number from 0 to 7"):
        trainer.answer(CapacityPointQuestion("even", {}, batch))


@pytest.mark.parametrize("arm", ["even", "alone"])
@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_no_expert_computes_more_than_its_slots_and_every_assignment_is_counted(
    trainer, arm, policy
):
    for layer in routed(trainer, arm, capacity_factor=0.75, drop_policy=policy).layers:
        n_assignments = layer.kept.size
        counts = np.bincount(layer.expert_index[layer.kept], minlength=4)
        assert counts.max() <= layer.expert_capacity
        assert layer.processed_load * n_assignments == pytest.approx(counts, abs=1e-3)
        assert layer.expert_load.sum() == pytest.approx(1)
        assert layer.kept.sum() < n_assignments


def test_dropless_keeps_all(trainer):
    for layer in routed(trainer, capacity_factor=None).layers:
        assert layer.kept.all()
        assert layer.expert_capacity is None
        assert np.array_equal(layer.expert_load, layer.processed_load)


def test_the_routers_load_is_uneven_where_the_load_after_drops_looks_even(trainer):
    for layer in routed(trainer, "alone", capacity_factor=0.5).layers:
        assert layer.normalised_entropy < layer.processed_entropy
        assert layer.max_violation > layer.processed_max_violation


def test_a_point_says_of_a_batch_what_its_routing_says(trainer):
    knobs = {"capacity_factor": 0.75}
    batch = routed(trainer, **knobs)
    point = trainer.answer(CapacityPointQuestion("even", knobs))
    assert point.cross_entropy == pytest.approx(batch.cross_entropy.mean(), rel=1e-6)
    for layer, dropped, padding in zip(
        batch.layers, point.dropped_fraction, point.padding_fraction, strict=True
    ):
        assert dropped == pytest.approx(1 - layer.kept.mean(), abs=1e-6)
        assert padding == pytest.approx(1 - layer.kept.sum() / (4 * layer.expert_capacity))


def test_more_slots_drop_less_and_pad_more_in_the_first_layer(trainer):
    factors = (0.25, 0.5, 1.0, 2.0, 4.0)
    points = [
        trainer.answer(CapacityPointQuestion("even", {"capacity_factor": f})) for f in factors
    ]
    for less, more in itertools.pairwise(points):
        assert more.dropped_fraction[0] <= less.dropped_fraction[0]
        assert more.padding_fraction[0] >= less.padding_fraction[0]
    assert points[-1].dropped_fraction.tolist() == [0, 0]


def test_with_slots_for_all_a_point_is_the_dropless_one(trainer):
    """A factor of E has slots for a collapse onto one expert."""
    wide, dropless = (
        trainer.answer(CapacityPointQuestion("alone", {"capacity_factor": f})) for f in (4.0, None)
    )
    assert wide.cross_entropy == pytest.approx(dropless.cross_entropy, rel=1e-5)


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize(("top_k", "factor"), [(1, 0.5), (2, 0.5), (2, 2.0), (1, None)])
def test_policies_that_are_called_alike_are_those_that_keep_the_same_assignments(
    trainer, layer, top_k, factor
):
    knobs = {"top_k": top_k, "capacity_factor": factor}
    batches = {p: routed(trainer, **knobs, drop_policy=p) for p in DROP_POLICIES}
    kept: dict[bytes, set[str]] = {}
    for policy, batch in batches.items():
        each = batch.layers[layer]
        experts = np.where(each.kept, each.expert_index, -1)
        kept.setdefault(experts.tobytes(), set()).add(policy)
    found = {frozenset(group) for group in kept.values() if len(group) > 1}
    told = {frozenset(g) for batch in batches.values() for g in policies_alike(batch, layer)}
    assert told == found


def dependence(trainer, arm: str, sequence: int = 9, **knobs) -> BatchDependence:
    return trainer.answer(DependenceQuestion(arm, knobs, sequence))


@pytest.mark.parametrize("arm", ["even", "alone"])
def test_dropless_an_output_depends_neither_on_the_batch_nor_on_later_tokens(trainer, arm):
    answer = dependence(trainer, arm, capacity_factor=None)
    assert answer.alone_change.max() < 1e-4  # sums in another order
    assert answer.leak < 1e-4
    assert answer.other_change.max() < 1e-4
    assert answer.later_change[answer.changed_from] > 1e-2  # the change itself is seen


@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_with_tight_capacity_it_depends_on_the_batch(trainer, policy):
    answers = [
        dependence(trainer, "alone", row, capacity_factor=0.5, drop_policy=policy)
        for row in range(0, 18, 3)
    ]
    assert max(each.alone_change.max() for each in answers) > 1e-2
    assert max(each.other_change.max() for each in answers) > 1e-2


def test_by_position_at_one_expert_per_token_no_output_depends_on_later_tokens(trainer):
    """A token that queues earlier is not affected by those that queue later."""
    by_position = [dependence(trainer, "alone", row, capacity_factor=0.5).leak for row in range(18)]
    by_probability = [
        dependence(trainer, "alone", row, capacity_factor=0.5, drop_policy="probability").leak
        for row in range(18)
    ]
    assert max(by_position) < 1e-4
    assert max(by_probability) > 1e-2


def test_by_position_at_two_experts_per_token_outputs_depend_on_later_tokens(trainer):
    """All assignments of preference 0 come first, also those of later tokens."""
    leaks = [dependence(trainer, "even", row, capacity_factor=0.75).leak for row in range(18)]
    assert max(leaks) > 1e-2


def test_a_sequence_that_is_none_is_refused_in_words(trainer):
    with pytest.raises(ConfigError, match="sequence must be a whole number from 0 to 17"):
        dependence(trainer, "even", 18)


def test_the_conventions_are_computed_on_the_batch_that_the_page_shows(trainer):
    values = trainer.answer(ConventionsQuestion("even", {}))
    batch = routed(trainer)
    assert values.names == BALANCING_LOSSES
    assert values.n_tokens == len(batch.tokens)
    for counts, layer in zip(values.counts, batch.layers, strict=True):
        assert counts / counts.sum() == pytest.approx(layer.expert_load)
    probe = probe_of(trainer, "even")
    inputs = study_batch(probe, 0).tokens[:, :-1]
    with torch.no_grad():
        _, passes = probe.model(inputs, probe.arm.routing, probe.method_state)
    ours = sum(
        load_balancing_loss(r.router_probs, r.chosen_index).item()
        for r in (p.routing for p in passes)
    )
    assert values.values[values.names.index(REFERENCE)] == pytest.approx(ours, rel=1e-5)


@pytest.mark.parametrize("arm", ["even", "alone"])
def test_gradients_that_differ_by_a_factor_agree_in_direction(trainer, arm):
    values = trainer.answer(ConventionsQuestion(arm, {}))
    norm = dict(zip(values.names, values.gradient_norm, strict=True))
    agreement = dict(zip(values.names, values.agreement, strict=True))
    assert norm["switch"] == pytest.approx(2 * norm["megablocks"], rel=1e-4)
    assert agreement["megablocks"] == pytest.approx(1, abs=1e-4)
    assert abs(agreement["sequence"]) < 0.999
    if arm == "alone":
        assert agreement["gshard"] == pytest.approx(1, abs=1e-4)
        assert norm["gshard"] == pytest.approx(norm["switch"], rel=1e-4)
        assert norm["importance"] < 1e-6


def test_a_loss_that_keeps_a_state_of_its_own_is_compared_too(trainer, monkeypatch):
    class MeanLoad(LossBalancer):
        name, order, title = "fake_mean_load", 999, "Fake"

        def state(self, n_layers, n_experts):
            return {"mean_load": torch.zeros(n_layers, n_experts)}

        def after_step(self, step, state, config):
            return {"mean_load": state["mean_load"] + step.counts}

        def loss(self, step, state):
            return (state["mean_load"] * step.probs.mean(dim=1)).sum()

    monkeypatch.setattr(BALANCERS, "_choices", {**BALANCERS._choices, MeanLoad.name: MeanLoad()})
    monkeypatch.setattr(conventions, "BALANCING_LOSSES", (*BALANCING_LOSSES, MeanLoad.name))
    values = trainer.answer(ConventionsQuestion("even", {}))
    assert values.names[-1] == MeanLoad.name
    assert values.values[-1] > 0
    assert values.gradient_norm[-1] > 0


def test_the_pooled_example_is_the_one_of_the_facts(trainer):
    values = trainer.answer(ConventionsQuestion("even", {}))
    assert values.example_alone.tolist() == [4.0, 4.0]
    assert values.example_pooled == 2.0


def test_a_dense_arm_has_nothing_to_answer():
    arm = ArmConfig.of("dense", {**SMALL, "dense_width": 16})
    with pytest.raises(ConfigError, match="a model with a router"):
        LockstepTrainer(RunConfig((arm,))).answer(ConventionsQuestion("dense", {}))
