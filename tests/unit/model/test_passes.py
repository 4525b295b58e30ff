"""Sequences of unequal length, noise and barred choices in a model's forward taken apart."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from moeviz.config import DROP_POLICIES, ArmConfig, ModelConfig, RoutingConfig
from moeviz.data.corpus import load_corpus
from moeviz.model.transformer import Barred
from moeviz.routing.routers import ROUTERS, base
from moeviz.training import tracing
from moeviz.training.assignment_list import assignment_list
from moeviz.training.probe import Probe
from tests import oracles
from tests.routed import state_of
from tests.traced_models import lively_model

CONFIG = ModelConfig(n_experts=6, n_layers=3, d_model=16, d_expert=16, vocab_size=300)
MODEL = lively_model(CONFIG, seed=1)
BIAS = 0.2 * torch.randn(3, 6, generator=torch.Generator().manual_seed(2))
NO_BIAS = torch.zeros(3, 6)
TOKENS = torch.randint(300, (100,), generator=torch.Generator().manual_seed(3))
RAGGED = torch.split(TOKENS, CONFIG.context_length)
ALL_RULES = pytest.mark.parametrize("rule", list(ROUTERS))


def traced(model, sequences, routing, bias, noise=None, barred=None):
    """As the training room asks a model about a text."""
    arm = ArmConfig("A", model=CONFIG, routing=routing)
    return tracing.traced(
        Probe(0, arm, model, state_of(bias), load_corpus(300)), sequences, noise, barred
    )


def same(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


@ALL_RULES
def test_tokens_of_a_shorter_sequence_are_as_if_it_stood_alone(rule: str):
    routing = RoutingConfig(top_k=2, router=rule)
    logits, passes = traced(MODEL, RAGGED, routing, BIAS)
    assert [len(each) for each in RAGGED] == [64, 36]
    with torch.no_grad():
        alone = [MODEL(each[None], routing, state_of(BIAS)) for each in RAGGED]
    same(logits, torch.cat([own[0] for own, _ in alone]))
    for layer, each in enumerate(passes):
        index = torch.cat([own[layer].routing.expert_index for _, own in alone])
        assert torch.equal(each.routing.expert_index, index)


@pytest.mark.parametrize("lengths", [(64, 36), (36, 64), (1, 64, 35), (7,)])
@pytest.mark.parametrize("factor", [None, 0.5])
def test_it_does_not_matter_what_the_shorter_ones_are_filled_up_with(monkeypatch, lengths, factor):
    sequences = torch.split(TOKENS[: sum(lengths)], lengths)
    routing = RoutingConfig(top_k=2, capacity_factor=factor, drop_policy="probability")
    as_is = traced(MODEL, sequences, routing, BIAS)
    pad, filled = torch.nn.utils.rnn.pad_sequence, []

    def pad_with_another(*args, **kwargs):
        filled.append(pad(*args, **kwargs, padding_value=299))
        return filled[-1]

    monkeypatch.setattr(torch.nn.utils.rnn, "pad_sequence", pad_with_another)
    other = traced(MODEL, sequences, routing, BIAS)
    assert (filled[0] == 299).sum() >= len(lengths) * max(lengths) - sum(lengths)
    assert torch.equal(as_is[0], other[0])
    for one, two in zip(as_is[1], other[1], strict=True):
        assert torch.equal(one.moe_output, two.moe_output)
        assert torch.equal(places_of(one, routing), places_of(two, routing))


def places_of(layer_pass, routing: RoutingConfig) -> Tensor:
    """Also where nothing can be dropped."""
    each = assignment_list(layer_pass.routing, routing)
    return torch.tensor(each.rectangular(each.queue_place))


def test_all_sequences_share_the_experts_queues_and_nothing_else_does():
    routing = RoutingConfig(top_k=2, capacity_factor=0.6)
    _, passes = traced(MODEL, RAGGED, routing, BIAS)
    for each in passes:
        index, places_of_all = each.routing.expert_index, each.routing.queue_place
        assert (each.routing.kept == (places_of_all < oracles.capacity(100, 6, 2, "0.6"))).all()
        for expert in range(6):
            places = places_of_all[index == expert].sort().values
            assert places.tolist() == list(range(len(places)))
        before = index[:64, 0].bincount(minlength=6)
        assert (places_of_all[64:, 0] >= before[index[64:, 0]]).all()
    assert not all(each.routing.kept.all() for each in passes)


def test_a_second_sequence_changes_the_first_only_through_the_queues():
    for factor, unchanged in ((None, True), (0.5, False)):
        routing = RoutingConfig(top_k=2, capacity_factor=factor, drop_policy="probability")
        alone, _ = traced(MODEL, RAGGED[:1], routing, BIAS)
        beside, _ = traced(MODEL, RAGGED, routing, BIAS)
        assert torch.allclose(alone, beside[:64], rtol=0, atol=1e-6) is unchanged


@pytest.mark.parametrize("factor", [0.1, 0.5])
@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_a_dropped_slot_has_no_output_and_adds_nothing(policy: str, factor: float):
    routing = RoutingConfig(top_k=3, capacity_factor=factor, drop_policy=policy)
    _, passes = traced(MODEL, RAGGED, routing, NO_BIAS)
    for each in passes:
        dropped = ~each.routing.kept
        assert dropped.any()
        assert not each.expert_output[dropped.flatten()].any()
        assert each.expert_output[~dropped.flatten()].any(dim=-1).all()
        assert not each.moe_output[dropped.all(dim=-1)].any()


def noise_of(sigma: float, seed: int | None) -> Tensor:
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    routing = RoutingConfig(top_k=2, router_noise=sigma)
    _, passes = traced(MODEL, RAGGED, routing, BIAS, generator)
    return torch.stack([each.routing.router_logits - each.routing.clean_logits for each in passes])


def test_noise_is_drawn_anew_in_each_layer_and_scaled_by_sigma():
    noise = noise_of(0.5, seed=5)
    assert torch.equal(noise, noise_of(0.5, seed=5))
    assert not torch.allclose(noise, noise_of(0.5, seed=6))
    assert not torch.allclose(noise[0], noise[1])
    drawn = torch.empty(100, 6).normal_(generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(noise[0], 0.5 * drawn, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("sigma", "seed"), [(0.0, 5), (0.5, None), (0.0, None)])
def test_there_is_no_noise_without_a_generator_or_without_a_sigma(sigma, seed):
    assert not noise_of(sigma, seed).any()


def barred_by_hand(monkeypatch, routing: RoutingConfig, sequence: Tensor, barred: Barred) -> Tensor:
    """Logits of the model's own forward with the selection's −inf put in from outside."""
    original, layers = base.biased_scores, []

    def scores(*args, **kwargs):
        ranked = original(*args, **kwargs).clone()
        if len(layers) == barred.layer:
            ranked[barred.token, barred.expert] = -math.inf
        layers.append(ranked)
        return ranked

    with monkeypatch.context() as patched, torch.no_grad():
        patched.setattr(base, "biased_scores", scores)
        logits, _ = MODEL(sequence[None], routing, state_of(BIAS))
    assert len(layers) == 3
    return logits[0]


@ALL_RULES
@pytest.mark.parametrize("policy", ["position", "probability", "reroute"])
@pytest.mark.parametrize("factor", [None, 0.5])
@pytest.mark.parametrize("groups", [(1, 1), (3, 2)])
def test_a_barred_expert_is_one_that_the_selection_cannot_see(
    monkeypatch, rule, policy, factor, groups
):
    routing = RoutingConfig(
        top_k=2,
        capacity_factor=factor,
        drop_policy=policy,
        router=rule,
        n_groups=groups[0],
        kept_groups=groups[1],
    )
    sequence = RAGGED[0]
    logits, passes = traced(MODEL, [sequence], routing, BIAS)
    for layer, token in ((0, 0), (1, 20), (2, 63)):
        expert = int(passes[layer].routing.chosen_index[token, -1])
        barred = Barred(layer, token, expert)
        other, others = traced(MODEL, [sequence], routing, BIAS, barred=barred)
        same(other, barred_by_hand(monkeypatch, routing, sequence, barred))
        assert expert not in others[layer].routing.expert_index[token]
        assert not torch.equal(
            others[layer].routing.expert_index, passes[layer].routing.expert_index
        )
        if factor is None:
            same(other[:token], logits[:token])
            assert (other[token] - logits[token]).abs().max() > 1e-4


@pytest.mark.parametrize("rule", [rule for rule in ROUTERS if rule != "softmax_topk"])
def test_where_weights_are_normalised_to_bar_is_a_router_logit_of_minus_infinity(rule: str):
    """Softmax as it is differs: there the barred expert's probability is left with nobody."""
    routing, layer, token = RoutingConfig(top_k=2, router=rule), 1, 20
    logits, passes = traced(MODEL, RAGGED[:1], routing, NO_BIAS)
    expert = int(passes[layer].routing.chosen_index[token, -1])

    def minus_infinity(_module, _inputs, router_logits: Tensor) -> Tensor:
        changed = router_logits.clone()
        changed[token, expert] = -math.inf
        return changed

    router = MODEL.blocks[layer].feed_forward.router
    hook = router.register_forward_hook(minus_infinity)
    try:
        with torch.no_grad():
            by_hand, _ = MODEL(RAGGED[0][None], routing, state_of(NO_BIAS))
    finally:
        hook.remove()
    other, _ = traced(MODEL, RAGGED[:1], routing, NO_BIAS, barred=Barred(layer, token, expert))
    same(other, by_hand[0])
    assert not torch.allclose(other, logits, atol=1e-4)


def test_a_barred_choice_leaves_other_sequences_and_earlier_layers_alone():
    routing = RoutingConfig(top_k=2)
    logits, passes = traced(MODEL, RAGGED, routing, BIAS)
    expert = int(passes[1].routing.chosen_index[70, -1])
    other, others = traced(MODEL, RAGGED, routing, BIAS, barred=Barred(1, 70, expert))
    assert torch.equal(passes[0].moe_output, others[0].moe_output)
    changed = (other - logits).abs().amax(dim=-1) > 1e-6
    assert not changed[:70].any()
    assert changed[70]


def test_a_trace_leaves_no_gradient_and_no_grown_graph():
    logits, passes = traced(MODEL, RAGGED, RoutingConfig(top_k=2), BIAS)
    assert not logits.requires_grad
    assert not passes[0].routing.gate_weights.requires_grad
    assert all(each.grad is None for each in MODEL.parameters())
