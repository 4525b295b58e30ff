"""Experts touched by batches of a really trained model, against a plain loop over its routes."""

from __future__ import annotations

import itertools
import statistics

import pytest
import torch

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.distinct import distinct_experts
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.lab_model import lab_architecture
from moeviz.config import ArmConfig, ConfigError, RoutingConfig, RunConfig
from moeviz.traces import DECODED_SEQUENCES, DistinctExperts, DistinctExpertsQuestion
from moeviz.training.decoding import decoded_sequences
from moeviz.training.lockstep import LockstepTrainer

SMALL = {"d_model": 16, "d_expert": 16, "context_length": 16, "batch_size": 8, "n_experts": 8}


@pytest.fixture(scope="module")
def trainer() -> LockstepTrainer:
    arms = (
        ArmConfig.of("even", {**SMALL, "top_k": 2, "capacity_factor": 0.5}),
        ArmConfig.of("alone", {**SMALL, "top_k": 1, "balancer": "none"}),
    )
    made = LockstepTrainer(RunConfig(arms))
    for _ in range(100):
        made.step()
    return made


def asked(trainer: LockstepTrainer, arm: str, **knobs) -> DistinctExperts:
    return trainer.answer(DistinctExpertsQuestion(arm, knobs))


@pytest.mark.parametrize(("arm", "top_k"), [("even", 2), ("alone", 1)])
def test_what_is_touched_is_what_a_loop_over_the_routes_finds(trainer, arm, top_k):
    probe = trainer._arms[arm].probe()
    tokens = decoded_sequences(probe)
    with torch.no_grad():
        _, passes = probe.model(tokens, RoutingConfig(top_k=top_k), probe.method_state)
    answer = asked(trainer, arm)
    for layer, each in enumerate(passes):
        routes = each.routing.chosen_index.view(*tokens.shape, top_k).tolist()
        for column, size in enumerate(answer.batch_sizes.tolist()):
            counts = [
                len({e for sequence in routes[first : first + size] for e in sequence[position]})
                for first in range(0, len(routes), size)
                for position in range(tokens.shape[1])
            ]
            assert len(counts) == answer.steps[column]
            assert answer.touched[layer, column] == pytest.approx(statistics.mean(counts), rel=1e-6)


def test_a_short_text_of_ones_own_puts_no_sequence_in_twice():
    own = ArmConfig.of("A", {**SMALL, "user_text": "the " * 137})
    probe = LockstepTrainer(RunConfig((own,)))._arms["A"].probe()
    rows = {tuple(row) for row in decoded_sequences(probe).tolist()}
    assert len(probe.corpus.domains) == 7
    assert len(rows) == DECODED_SEQUENCES


def test_batch_sizes_double_up_to_all_sequences_and_one_token_touches_k(trainer):
    answer = asked(trainer, "even")
    assert answer.batch_sizes.tolist() == [1, 2, 4, 8, 16, 32, DECODED_SEQUENCES]
    assert answer.touched[:, 0].tolist() == [2.0, 2.0]
    for less, more in itertools.pairwise(answer.touched.T):
        assert (less <= more).all()


def test_a_position_routes_the_same_when_it_is_decoded_as_the_last_one(trainer):
    probe = trainer._arms["even"].probe()
    tokens = decoded_sequences(probe)
    dropless = RoutingConfig(top_k=2)
    with torch.no_grad():
        _, whole = probe.model(tokens, dropless, probe.method_state)
        _, step = probe.model(tokens[:, :5], dropless, probe.method_state)
    for long, short in zip(whole, step, strict=True):
        last = long.routing.chosen_index.view(*tokens.shape, 2)[:, 4]
        assert torch.equal(last, short.routing.chosen_index.view(-1, 5, 2)[:, -1])


def test_a_collapsed_router_touches_fewer_than_uniform_routing_would(trainer):
    answer = asked(trainer, "alone")
    expected = [distinct_experts(8, 1, size) for size in answer.batch_sizes.tolist()]
    assert (answer.touched[:, 2:].mean(axis=0) < expected[2:]).all()


def test_what_is_touched_makes_a_step_of_the_lab_model_cheaper(trainer):
    answer = asked(trainer, "alone")
    architecture = lab_architecture(trainer._arms["alone"].probe().arm.model, 1)
    serving = Serving(architecture, HARDWARE["H100 SXM"])
    measured = decode_step(serving, 16, float(answer.touched[:, 4].mean()))
    assert measured.expert_bytes < decode_step(serving, 16).expert_bytes


def test_knobs_of_the_question_hold_and_a_dense_arm_has_nothing_to_answer(trainer):
    assert asked(trainer, "alone", top_k=3).touched[:, 0].tolist() == [3.0, 3.0]
    dense = ArmConfig.of("dense", {**SMALL, "dense_width": 16})
    with pytest.raises(ConfigError, match="a model with a router"):
        asked(LockstepTrainer(RunConfig((dense,))), "dense")
