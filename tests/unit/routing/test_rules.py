"""The seam of routing rules: one registry; what a rule's weights teach the router."""

from __future__ import annotations

import pytest
import torch

from moeviz.config import ConfigError, RoutingConfig
from moeviz.routing.names import check_names
from moeviz.routing.rules import ROUTING_RULES, RoutingRule, register, routing_rule
from moeviz.routing.selection import select_experts, selection_scores

RULES = pytest.mark.parametrize("rule", ROUTING_RULES.values(), ids=lambda rule: rule.name)
RENORMALISED = [rule for rule in ROUTING_RULES.values() if rule.name != "softmax_topk"]
RENORMALISING = pytest.mark.parametrize("rule", RENORMALISED, ids=lambda rule: rule.name)
LOGITS = torch.randn(50, 6, generator=torch.Generator().manual_seed(0)) * 2


def gates(rule: RoutingRule, logits: torch.Tensor, top_k: int, bias=None) -> torch.Tensor:
    scores = rule.router_scores(logits)
    expert_index = select_experts(selection_scores(scores, bias), top_k)
    return rule.gate_weights(logits, scores, expert_index)


@RULES
def test_a_rule_explains_itself(rule: RoutingRule):
    assert all([rule.title, rule.formula, rule.source, rule.used_by, rule.description])


def test_the_registry_knows_each_rule_by_its_name_and_holds_the_default():
    assert list(ROUTING_RULES) == [
        "softmax_topk",
        "softmax_topk_renormalised",
        "topk_softmax",
        "sigmoid_topk_renormalised",
    ]
    assert all(rule.name == name for name, rule in ROUTING_RULES.items())
    assert RoutingConfig().routing_rule in ROUTING_RULES
    assert len({rule.title for rule in ROUTING_RULES.values()}) == len(ROUTING_RULES)


def test_an_unknown_rule_is_refused_by_name_with_the_known_ones():
    with pytest.raises(ConfigError, match="routing_rule must be one of softmax_topk, ") as refused:
        routing_rule("hope")
    assert refused.value.value == "hope"


def test_names_are_checked_where_they_are_given_and_nowhere_else():
    check_names({})
    check_names({"method": "none", "routing_rule": "topk_softmax", "top_k": 2})
    for name in ("method", "routing_rule"):
        with pytest.raises(ConfigError, match=f"^{name} must be one of .*, got 'hope'$"):
            check_names({"method": "none", name: "hope"})


def test_a_name_is_taken_once():
    class Again(RoutingRule):
        name = "softmax_topk"

    with pytest.raises(ValueError, match="'softmax_topk' exists already"):
        register(Again)
    assert not isinstance(ROUTING_RULES["softmax_topk"], Again)


@RULES
def test_scores_and_weights_are_float32_even_when_the_logits_are_not(rule: RoutingRule):
    logits = LOGITS.bfloat16()
    assert rule.router_scores(logits).dtype == gates(rule, logits, 2).dtype == torch.float32


@RULES
@pytest.mark.parametrize("top_k", [1, 2, 6])
def test_renormalised_weights_sum_to_1_and_probabilities_only_with_all_experts(rule, top_k):
    sums = gates(rule, LOGITS, top_k).sum(-1)
    if rule in RENORMALISED or top_k == 6:
        torch.testing.assert_close(sums, torch.ones(50))
    else:
        assert (sums < 1).all()


def test_the_order_of_softmax_and_top_k_makes_no_difference():
    softmax_first, top_k_first = (
        gates(routing_rule(name), LOGITS, 3)
        for name in ("softmax_topk_renormalised", "topk_softmax")
    )
    torch.testing.assert_close(softmax_first, top_k_first)


@RULES
def test_a_bias_never_reaches_the_weights(rule: RoutingRule):
    bias = torch.tensor([0.0, 0.0, 5.0, 0.0, 5.0, 0.0])
    scores = rule.router_scores(LOGITS)
    expert_index = select_experts(selection_scores(scores, bias), 2)
    assert set(expert_index.flatten().tolist()) == {2, 4}
    unbiased = rule.gate_weights(LOGITS, scores, expert_index)
    assert torch.equal(gates(rule, LOGITS, 2, bias), unbiased)


@RULES
@pytest.mark.parametrize("top_k", [1, 2])
def test_no_gradient_reaches_the_bias(rule: RoutingRule, top_k: int):
    logits, bias = LOGITS.clone().requires_grad_(), torch.zeros(6, requires_grad=True)
    gates(rule, logits, top_k, bias).square().sum().backward()
    assert logits.grad is not None
    assert bias.grad is None


def test_a_probability_as_weight_teaches_the_router_even_with_one_expert():
    logits = LOGITS.clone().requires_grad_()
    gates(routing_rule("softmax_topk"), logits, 1).sum().backward()
    assert (logits.grad.abs().amax(-1) > 0).all()


@RENORMALISING
def test_a_renormalised_weight_of_one_expert_is_1_and_teaches_exactly_nothing(rule: RoutingRule):
    logits = LOGITS.clone().requires_grad_()
    weights = gates(rule, logits, 1)
    assert torch.equal(weights, torch.ones(50, 1))
    (weights * torch.randn(50, 1, generator=torch.Generator().manual_seed(1))).sum().backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))


@RENORMALISING
def test_a_renormalised_weight_of_two_experts_teaches_the_router(rule: RoutingRule):
    logits = LOGITS.clone().requires_grad_()
    gates(rule, logits, 2)[:, 0].sum().backward()
    assert (logits.grad.abs().amax(-1) > 0).all()


@RULES
def test_logits_beyond_what_float32_can_raise_e_to_leave_finite_numbers(rule: RoutingRule):
    """Chosen by a bias or by re-routing, an expert may have a probability of 0."""
    logits = torch.tensor([[300.0, 0.0, -300.0], [-300.0, -300.0, -300.0], [300.0, 300.0, 300.0]])
    logits.requires_grad_()
    scores = rule.router_scores(logits)
    expert_index = torch.tensor([[1, 2]] * 3)
    for weights in (
        rule.gate_weights(logits, scores, expert_index),
        rule.gate_weights(logits, scores, expert_index[:, 1:]),
        rule.router_probs(scores),
    ):
        assert weights.isfinite().all()
        (gradient,) = torch.autograd.grad(weights.sum(), logits, retain_graph=True)
        assert gradient.isfinite().all()


def test_the_scores_of_a_sigmoid_do_not_compete_and_become_a_distribution_by_their_sum():
    rule = routing_rule("sigmoid_topk_renormalised")
    scores = rule.router_scores(torch.tensor([[0.0, 0.0], [0.0, 9.0]]))
    assert scores[:, 0].tolist() == [0.5, 0.5]
    assert rule.router_probs(scores)[0].tolist() == [0.5, 0.5]
    torch.testing.assert_close(rule.router_probs(scores).sum(-1), torch.ones(2))
