"""Routing against the papers' loops, for drawn routers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from moeviz.config import BalanceConfig
from moeviz.routing.balancers import BALANCERS, StepRouting
from moeviz.routing.capacity import expert_capacity
from moeviz.routing.losses import load_balancing_loss, router_z_loss
from moeviz.routing.metrics import (
    expert_load,
    load_cv,
    max_over_mean,
    max_violation,
    normalised_entropy,
)
from moeviz.routing.record import Chosen
from moeviz.routing.routers import ROUTERS, RouterInput
from moeviz.routing.scores import router_probabilities
from moeviz.routing.selection import biased_scores, select_experts
from moeviz.training.conventions import made_up_routing
from tests import oracles
from tests.strategies import RoutingCase, groupings, loads, routing_cases, seeds

near = pytest.approx


RULES = st.sampled_from(list(ROUTERS.values()))


def chosen(case: RoutingCase) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities and the experts of the largest ones."""
    probs = router_probabilities(case.router_logits)
    return probs, select_experts(probs, case.top_k)


def drawn_bias(case: RoutingCase, seed: int) -> torch.Tensor:
    return torch.randn(case.n_experts, generator=torch.Generator().manual_seed(seed))


@given(routing_cases())
def test_probabilities_are_the_softmax(case: RoutingCase):
    probs = router_probabilities(case.router_logits)
    for ours, logits in zip(probs.tolist(), case.router_logits.tolist(), strict=True):
        assert ours == near(oracles.softmax(logits), abs=1e-6)


@given(routing_cases(), RULES)
def test_what_competes_is_the_papers_and_a_distribution_over_all_experts_comes_of_it(case, rule):
    scores = rule.router_scores(RouterInput(case.router_logits))
    plain, _ = oracles.RULES[rule.name]
    expected = [plain(row) for row in case.router_logits.tolist()]
    probs = rule.router_probs(scores).tolist()
    for ours, theirs, distribution in zip(scores.tolist(), expected, probs, strict=True):
        assert ours == near(theirs, rel=1e-5, abs=1e-7)
        assert distribution == near([s / sum(theirs) for s in theirs], rel=1e-5, abs=1e-7)


@given(routing_cases(), RULES, seeds)
def test_gate_weights_are_the_papers_whichever_experts_were_chosen(case, rule, seed):
    """Chosen by a bias, as with loss-free balancing: the weights are of scores without it."""
    scores = rule.router_scores(RouterInput(case.router_logits))
    expert_index = select_experts(scores + drawn_bias(case, seed), case.top_k)
    chosen = Chosen.rectangle(expert_index)
    ours = rule.gate_weights(RouterInput(case.router_logits), scores, chosen, chosen.expert)
    ours = chosen.by_token(ours)
    _, plain = oracles.RULES[rule.name]
    for token, logits in enumerate(case.router_logits.tolist()):
        expected = plain(logits, expert_index[token].tolist())
        assert ours[token].tolist() == near(expected, rel=1e-4, abs=1e-7)


@given(routing_cases(), seeds)
def test_selection_is_the_top_k_of_p_plus_b(case: RoutingCase, seed: int):
    probs, bias = router_probabilities(case.router_logits), drawn_bias(case, seed)
    ranked = biased_scores(probs, bias)
    for ours, row in zip(ranked.tolist(), probs.tolist(), strict=True):
        assert ours == near([p + b for p, b in zip(row, bias.tolist(), strict=True)], abs=1e-6)
    expert_index = select_experts(ranked, case.top_k)
    assert expert_index.tolist() == oracles.choices(probs.tolist(), case.top_k, bias.tolist())


@given(st.integers(2, 16), st.integers(1, 8), st.data())
def test_groups_bar_all_but_the_experts_of_the_best(n_experts, n_tokens, data):
    n_groups, kept_groups = data.draw(groupings(n_experts))
    generator = torch.Generator().manual_seed(data.draw(seeds))
    scores = torch.rand(n_tokens, n_experts, generator=generator)
    if data.draw(st.booleans()):
        scores = scores.round()  # as of saturated sigmoids: many equals, and the first of them wins
    bias = torch.randn(n_experts, generator=generator) * data.draw(st.sampled_from([0.0, 0.5]))
    ranked = biased_scores(scores, bias, n_groups, kept_groups)
    biased = (scores + bias).tolist()
    assert ranked.tolist() == [
        oracles.within_kept_groups(row, n_groups, kept_groups) for row in biased
    ]
    room = n_experts // n_groups * kept_groups
    assert (ranked.isfinite().sum(-1) == room).all()
    top_k = data.draw(st.integers(1, room))
    expert_index = select_experts(ranked, top_k)
    assert expert_index.tolist() == [oracles.top_k(row, top_k) for row in ranked.tolist()]
    size = n_experts // n_groups
    assert all(len({i // size for i in row}) <= kept_groups for row in expert_index.tolist())


@given(routing_cases())
def test_taking_all_experts_takes_each_once(case: RoutingCase):
    probs = router_probabilities(case.router_logits)
    expert_index = select_experts(probs, case.n_experts)
    assert (expert_index.sort(-1).values == torch.arange(case.n_experts)).all()
    sums = probs.gather(-1, expert_index).sum(-1)
    assert sums.tolist() == near([1.0] * len(expert_index), abs=1e-5)


@given(routing_cases(), seeds)
def test_relabelling_experts_relabels_choices(case: RoutingCase, seed: int):
    probs, expert_index = chosen(case)
    order = torch.randperm(case.n_experts, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(order[select_experts(probs[:, order], case.top_k)], expert_index)


@given(
    st.integers(1, 300),
    st.integers(1, 64),
    st.integers(1, 8),
    st.decimals("0.1", "8", places=2, allow_nan=False),
)
def test_capacity_is_the_fewest_slots_that_hold_the_share(tokens, experts, k, factor):
    ours = expert_capacity(tokens, experts, k, float(factor))
    assert ours == oracles.capacity(tokens, experts, k, str(factor))


@given(routing_cases())
def test_the_balance_loss_is_the_papers(case: RoutingCase):
    probs, expert_index = chosen(case)
    expected = oracles.load_balancing_loss(probs.tolist(), expert_index.tolist())
    assert load_balancing_loss(probs, expert_index).item() == near(expected, rel=1e-5)


@given(routing_cases(max_tokens=8))
def test_the_balance_loss_has_a_gradient_unless_the_load_is_even(case: RoutingCase):
    logits = case.router_logits.clone().requires_grad_()
    probs = router_probabilities(logits)
    expert_index = select_experts(probs, case.top_k)
    load_balancing_loss(probs, expert_index).backward()
    f = expert_load(expert_index, case.n_experts)
    pulls_apart = (probs * (f - (probs * f).sum(-1, keepdim=True)).abs()).max() > 1e-3
    assert logits.grad is not None
    if pulls_apart:
        assert logits.grad.abs().max() > 0
    if torch.allclose(f, f.mean().expand_as(f)):
        assert logits.grad.abs().max() < 1e-6


@given(routing_cases())
def test_the_z_loss_is_the_papers(case: RoutingCase):
    expected = oracles.router_z_loss(case.router_logits.tolist())
    assert router_z_loss(case.router_logits).item() == near(expected, rel=1e-4, abs=1e-6)


@given(routing_cases(), st.floats(0, 1), seeds)
def test_the_bias_sign_is_the_papers(case: RoutingCase, rate: float, seed: int):
    _, expert_index = chosen(case)
    step = StepRouting((made_up_routing(case.router_logits, expert_index),), 1)
    bias = torch.randn(1, case.n_experts, generator=torch.Generator().manual_seed(seed))
    config = BalanceConfig(bias_update_rate=rate)
    moved = BALANCERS["bias_sign"].after_step(step, {"selection_bias": bias}, config)
    expected = oracles.bias_sign(bias[0].tolist(), step.counts[0].tolist(), rate)
    assert moved["selection_bias"][0].tolist() == near(expected, abs=1e-6)


@given(routing_cases())
def test_the_load_is_the_share_of_slots(case: RoutingCase):
    _, expert_index = chosen(case)
    ours = expert_load(expert_index, case.n_experts)
    assert ours.tolist() == near(oracles.load(expert_index.tolist(), case.n_experts))


@given(loads())
def test_metrics_are_the_papers(load: list[float]):
    f = torch.tensor(load)
    assert normalised_entropy(f).item() == near(oracles.normalised_entropy(load), abs=1e-5)
    assert max_violation(f).item() == near(oracles.max_violation(load), abs=1e-5)
    assert max_over_mean(f).item() == near(oracles.max_violation(load) + 1, abs=1e-5)
    assert load_cv(f).item() == near(oracles.coefficient_of_variation(load), abs=1e-5)
