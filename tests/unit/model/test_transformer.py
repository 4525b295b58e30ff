"""The language model: reproducible, causal where it can be, and without a memory."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch.nn import functional as F

from moeviz.config import ModelConfig, RoutingConfig
from moeviz.model.transformer import LanguageModel
from tests import oracles

SMALL = ModelConfig(n_experts=4, d_model=16, d_expert=16, n_heads=2, context_length=16)
DENSE = ModelConfig(d_model=16, n_heads=2, context_length=16, dense_width=24)


def model(config: ModelConfig = SMALL, seed: int = 0) -> LanguageModel:
    return LanguageModel(config, torch.Generator().manual_seed(seed))


def tokens(n_batch: int = 2, n_positions: int = 16, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 512, (n_batch, n_positions), generator=generator)


def plain_logits(tested: LanguageModel, sequence: torch.Tensor, activation: str) -> oracles.Matrix:
    """A dense model as plain loops: pre-norm blocks, each adding to what it was given."""
    weights = {name: weight.tolist() for name, weight in tested.state_dict().items()}

    def matrix(name: str) -> oracles.Matrix:
        return torch.tensor(weights[name]).t().tolist()

    def norm(name: str, x: oracles.Matrix) -> oracles.Matrix:
        epsilon = torch.finfo(torch.float32).eps
        return [oracles.rms_norm(row, weights[name], epsilon) for row in x]

    def plus(x: oracles.Matrix, y: oracles.Matrix) -> oracles.Matrix:
        return [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(x, y, strict=True)]

    x = plus(
        [weights["embedding"][token] for token in sequence.tolist()],
        weights["positions"][: len(sequence)],
    )
    for layer, block in enumerate(tested.blocks):
        name, width = f"blocks.{layer}.", len(x[0])
        qkv = torch.tensor(matrix(name + "attention.qkv.weight")).split(width, dim=1)
        read = oracles.causal_attention(
            norm(name + "attention_norm.weight", x),
            *(part.tolist() for part in qkv),
            block.attention.n_heads,
        )
        out, w_in, w_out = (
            matrix(name + part)
            for part in (
                "attention.out.weight",
                "feed_forward.w_in.weight",
                "feed_forward.w_out.weight",
            )
        )
        x = plus(x, [oracles.times(row, out) for row in read])
        normed = norm(name + "feed_forward_norm.weight", x)
        x = plus(x, [oracles.feed_forward(row, w_in, w_out, activation) for row in normed])
    return [oracles.times(row, matrix("head.weight")) for row in norm("norm.weight", x)]


@pytest.mark.parametrize("activation", ["gelu", "swiglu"])
def test_a_dense_model_is_the_transformer_of_the_papers(activation: str):
    config = dataclasses.replace(DENSE, activation=activation)
    tested, batch = model(config), tokens(2, 7)
    with torch.no_grad():  # larger than at the start, so that no part is too small to be missed
        for weight in tested.parameters():
            weight.normal_(std=0.5, generator=torch.Generator().manual_seed(weight.numel()))
    logits, _ = tested(batch, RoutingConfig())
    for ours, sequence in zip(logits, batch, strict=True):
        expected = torch.tensor(plain_logits(tested, sequence, activation))
        torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-3)


def test_an_moe_model_of_equal_experts_that_are_all_chosen_is_the_dense_model():
    """Everything around the feed-forward is the same, so the two differ in nothing."""
    dense, moe = model(dataclasses.replace(DENSE, dense_width=16)), model()
    with torch.no_grad():
        for mixed, single in zip(moe.blocks, dense.blocks, strict=True):
            for name in ("w_in", "w_out"):
                weights = getattr(mixed.feed_forward.experts, name)
                one = getattr(single.feed_forward, name).weight.normal_(
                    std=0.5, generator=torch.Generator().manual_seed(1)
                )
                weights.copy_(one.t().expand_as(weights))
    logits, _ = moe(tokens(), RoutingConfig(top_k=4))
    torch.testing.assert_close(logits, dense(tokens(), RoutingConfig())[0], rtol=1e-3, atol=1e-4)


def test_one_seed_gives_one_model_and_the_global_seed_is_untouched():
    before = torch.get_rng_state()
    first, again, other = model(seed=1), model(seed=1), model(seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])
        assert "norm" in name or not torch.equal(weight, other.state_dict()[name])


@pytest.mark.parametrize("activation", ["gelu", "swiglu"])
def test_routers_and_feed_forwards_start_at_a_tenth_of_the_usual_variance(activation: str):
    shape = ModelConfig(n_experts=64, d_model=64, d_expert=128, activation=activation)
    moe = model(shape).blocks[1].feed_forward
    dense = model(dataclasses.replace(shape, dense_width=256)).blocks[1].feed_forward
    inputs_of = {moe.router.weight: 64, moe.experts.w_in: 64, moe.experts.w_out: 128}
    inputs_of |= {dense.w_in.weight: 64, dense.w_out.weight: 256}
    for weight, inputs in inputs_of.items():
        assert weight.var().item() == pytest.approx(0.1 / inputs, rel=0.1)


def test_a_dense_baseline_starts_with_the_same_weights_outside_the_feed_forward():
    moe, dense = model().state_dict(), model(DENSE).state_dict()
    shared = [name for name in moe if ".feed_forward." not in name]
    assert shared == [name for name in dense if ".feed_forward." not in name]
    assert all(torch.equal(moe[name], dense[name]) for name in shared)


@pytest.mark.parametrize("config", [SMALL, DENSE], ids=["moe", "dense"])
def test_an_untrained_model_guesses_evenly(config: ModelConfig):
    batch = tokens(16)
    logits, _ = model(config)(batch, RoutingConfig())
    loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), batch[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(config.vocab_size), rel=0.01)


@pytest.mark.parametrize("config", [SMALL, DENSE], ids=["moe", "dense"])
def test_a_model_never_remembers(config: ModelConfig):
    tested = model(config)
    state = {name: value.clone() for name, value in tested.state_dict().items()}
    attributes = [sorted(vars(module)) for module in tested.modules()]
    first, _ = tested(tokens(), RoutingConfig(router_noise=1.0))
    tested(tokens(seed=5), RoutingConfig(top_k=2), noise=torch.Generator().manual_seed(0))
    again, _ = tested(tokens(), RoutingConfig(router_noise=1.0))
    assert torch.equal(first, again)
    assert attributes == [sorted(vars(module)) for module in tested.modules()]
    assert all(torch.equal(value, state[name]) for name, value in tested.state_dict().items())


def test_train_and_eval_mode_are_the_same():
    tested = model()
    assert torch.equal(
        tested.train()(tokens(), RoutingConfig())[0], tested.eval()(tokens(), RoutingConfig())[0]
    )


@pytest.mark.parametrize("config", [SMALL, DENSE], ids=["moe", "dense"])
@pytest.mark.parametrize("changed", [1, 8, 15])
def test_changing_a_token_leaves_earlier_logits_alone_when_dropless(config, changed):
    batch = tokens(1)
    other = batch.clone()
    other[0, changed] = (batch[0, changed] + 1) % 512
    tested, routing = model(config), RoutingConfig(top_k=2)
    before, after = tested(batch, routing)[0], tested(other, routing)[0]
    torch.testing.assert_close(before[0, :changed], after[0, :changed])
    assert not torch.allclose(before[0, changed:], after[0, changed:])


def test_dropping_by_probability_lets_a_later_token_change_an_earlier_one():
    """A surer token later in the sequence takes the slot of an earlier one: no longer causal."""
    tight = RoutingConfig(capacity_factor=0.5, drop_policy="probability")
    tested, batch = model(), tokens(1).repeat(64, 1)
    batch[:, -1] = torch.arange(64)
    earlier = [tested(sequence[None], tight)[0][0, :-1] for sequence in batch]
    assert not all(torch.allclose(earlier[0], each, atol=1e-5) for each in earlier)


def test_dropping_by_position_lets_one_sequence_change_the_next():
    """The batch queues together, so who found room depends on strangers that came before."""
    tested, tight, sequence = model(), RoutingConfig(capacity_factor=1.0), tokens(1)
    before = [torch.cat([tokens(1, seed=seed), sequence]) for seed in range(1, 33)]
    second = [tested(batch, tight)[0][1] for batch in before]
    assert not all(torch.allclose(second[0], each, atol=1e-5) for each in second)


def test_a_sequence_is_none_of_its_neighbours_business_when_dropless():
    tested, routing, sequence = model(), RoutingConfig(top_k=2), tokens(1)
    alone = tested(sequence, routing)[0][0]
    beside = tested(torch.cat([tokens(1, seed=1), sequence]), routing)[0][1]
    torch.testing.assert_close(alone, beside)


def test_each_layer_reports_its_routing_and_takes_its_own_bias():
    bias = torch.tensor([[10.0, 0.0, 0.0, 0.0], [0.0, 0.0, 10.0, 0.0]])
    logits, passes = model()(tokens(), RoutingConfig(), {"selection_bias": bias})
    assert logits.shape == (2, 16, 512)
    assert [each.routing.expert_index.unique().tolist() for each in passes] == [[0], [2]]


def test_a_dense_model_reports_no_routing():
    assert model(DENSE)(tokens(), RoutingConfig())[1] == ()


def test_shorter_sequences_are_taken_and_longer_ones_refused():
    assert model()(tokens(n_positions=5), RoutingConfig())[0].shape == (2, 5, 512)
    with pytest.raises(RuntimeError):
        model()(tokens(n_positions=17), RoutingConfig())
