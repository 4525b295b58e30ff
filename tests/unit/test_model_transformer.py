"""The language model: reproducible, causal where it can be, and without a memory."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from moeviz.config import ModelConfig, RoutingConfig
from moeviz.model.transformer import LanguageModel

SMALL = ModelConfig(n_experts=4, d_model=16, d_expert=16, n_heads=2, context_length=16)
DENSE = ModelConfig(d_model=16, n_heads=2, context_length=16, dense_width=24)


def model(config: ModelConfig = SMALL, seed: int = 0) -> LanguageModel:
    return LanguageModel(config, torch.Generator().manual_seed(seed))


def tokens(n_batch: int = 2, n_positions: int = 16, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 512, (n_batch, n_positions), generator=generator)


def test_one_seed_gives_one_model_and_the_global_seed_is_untouched():
    before = torch.get_rng_state()
    first, again, other = model(seed=1), model(seed=1), model(seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])
        assert "norm" in name or not torch.equal(weight, other.state_dict()[name])


def test_a_dense_twin_starts_with_the_same_weights_outside_the_feed_forward():
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
    tested(tokens(seed=5), RoutingConfig(top_k=2), generator=torch.Generator().manual_seed(0))
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
    """A surer token later in the sequence takes the seat of an earlier one: no longer causal."""
    tight = RoutingConfig(capacity_factor=0.5, drop_policy="probability")
    tested, batch = model(), tokens(1)
    changed = 0
    for token in range(64):
        other = batch.clone()
        other[0, -1] = token
        before, after = tested(batch, tight)[0], tested(other, tight)[0]
        changed += not torch.allclose(before[0, :-1], after[0, :-1], atol=1e-5)
    assert changed > 0


def test_dropping_by_position_lets_one_sequence_change_the_next():
    """The batch queues together, so who found room depends on strangers that came before."""
    tight = RoutingConfig(capacity_factor=0.5)
    tested, batch = model(), tokens(2)
    alone = batch.clone()
    alone[0] = tokens(1, seed=9)[0]
    before, after = tested(batch, tight)[0][1], tested(alone, tight)[0][1]
    assert not torch.allclose(before, after, atol=1e-5)


def test_each_layer_reports_its_routing_and_takes_its_own_bias():
    bias = torch.tensor([[10.0, 0.0, 0.0, 0.0], [0.0, 0.0, 10.0, 0.0]])
    logits, routings = model()(tokens(), RoutingConfig(), bias)
    assert logits.shape == (2, 16, 512)
    assert [routing.expert_index.unique().tolist() for routing in routings] == [[0], [2]]


def test_a_dense_model_reports_no_routing():
    assert model(DENSE)(tokens(), RoutingConfig())[1] == ()


def test_shorter_sequences_are_taken_and_longer_ones_refused():
    assert model()(tokens(n_positions=5), RoutingConfig())[0].shape == (2, 5, 512)
    with pytest.raises(RuntimeError):
        model()(tokens(n_positions=17), RoutingConfig())
