"""The seam of routers: one registry; what a router's weights teach it."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from moeviz.config import ConfigError, RoutingConfig
from moeviz.routing.names import check_names
from moeviz.routing.record import Chosen
from moeviz.routing.route import route
from moeviz.routing.routers import ROUTERS, Router, RouterInput
from moeviz.routing.routers.base import register
from moeviz.routing.selection import biased_scores, select_experts
from tests.routed import routed

EVERY = pytest.mark.parametrize("router", ROUTERS.values(), ids=lambda router: router.name)
RENORMALISED = [router for router in ROUTERS.values() if router.name != "softmax_topk"]
RENORMALISING = pytest.mark.parametrize("router", RENORMALISED, ids=lambda router: router.name)
LOGITS = torch.randn(50, 6, generator=torch.Generator().manual_seed(0)) * 2


def weights(router: Router, logits: torch.Tensor, expert_index: torch.Tensor) -> torch.Tensor:
    """(T, K) of the experts that were chosen."""
    seen, chosen = RouterInput(logits), Chosen.rectangle(expert_index)
    given = router.gate_weights(seen, router.router_scores(seen), chosen, chosen.expert)
    return chosen.by_token(given)


def gates(router: Router, logits: torch.Tensor, top_k: int, bias=None) -> torch.Tensor:
    scores = router.router_scores(RouterInput(logits))
    return weights(router, logits, select_experts(biased_scores(scores, bias), top_k))


@EVERY
def test_a_router_explains_itself_and_reads_only_knobs_that_exist(router: Router):
    fields = {each.name for each in dataclasses.fields(RoutingConfig)}
    words = (router.title, router.formula, router.source, router.used_by, router.description)
    assert all([*words, router.causal])
    assert set(router.knobs) <= fields - {"router"}


@EVERY
def test_a_router_leaves_the_state_of_others_as_it_is(router: Router):
    others = {"other": torch.arange(2)}
    assert router.after_step((), others) == others


def test_the_registry_knows_each_router_by_its_name_and_holds_the_default():
    assert list(ROUTERS) == [
        "softmax_topk", "softmax_topk_renormalised", "topk_softmax", "sigmoid_bias_groups",
    ]  # fmt: skip
    assert all(router.name == name for name, router in ROUTERS.items())
    assert RoutingConfig().router in ROUTERS
    assert len({router.title for router in ROUTERS.values()}) == len(ROUTERS)


def test_an_unknown_router_is_refused_by_name_with_the_known_ones():
    with pytest.raises(ConfigError, match="router must be one of softmax_topk, ") as refused:
        ROUTERS.named("hope")
    assert refused.value.value == "hope"


def test_names_are_checked_where_they_are_given_and_nowhere_else():
    check_names({})
    check_names({"balancer": "none", "router": "topk_softmax", "top_k": 2})
    for name in ("balancer", "router"):
        with pytest.raises(ConfigError, match=f"^{name} must be one of .*, got 'hope'$"):
            check_names({"balancer": "none", name: "hope"})


def test_a_name_is_taken_once():
    class Again(Router):
        name, order = "softmax_topk", 0

    with pytest.raises(ValueError, match="'softmax_topk' exists already"):
        register(Again)
    assert not isinstance(ROUTERS["softmax_topk"], Again)


@EVERY
def test_scores_and_weights_are_float32_even_when_the_logits_are_not(router: Router):
    logits = LOGITS.bfloat16()
    scores = router.router_scores(RouterInput(logits))
    assert scores.dtype == gates(router, logits, 2).dtype == torch.float32


@EVERY
@pytest.mark.parametrize("top_k", [1, 2, 6])
def test_renormalised_weights_sum_to_1_and_probabilities_only_with_all_experts(router, top_k):
    sums = gates(router, LOGITS, top_k).sum(-1)
    if router in RENORMALISED or top_k == 6:
        torch.testing.assert_close(sums, torch.ones(50))
    else:
        assert (sums < 1).all()


def test_the_order_of_softmax_and_top_k_makes_no_difference():
    softmax_first, top_k_first = (
        gates(ROUTERS[name], LOGITS, 3) for name in ("softmax_topk_renormalised", "topk_softmax")
    )
    torch.testing.assert_close(softmax_first, top_k_first)


@EVERY
def test_a_bias_never_reaches_the_weights(router: Router):
    bias = torch.tensor([0.0, 0.0, 5.0, 0.0, 5.0, 0.0])
    scores = router.router_scores(RouterInput(LOGITS))
    expert_index = select_experts(biased_scores(scores, bias), 2)
    assert set(expert_index.flatten().tolist()) == {2, 4}
    assert torch.equal(gates(router, LOGITS, 2, bias), weights(router, LOGITS, expert_index))


@EVERY
def test_scores_and_weights_are_those_of_the_noisy_logits(router: Router):
    seen = RouterInput(LOGITS, clean_logits=LOGITS.flip(-1))
    scores, chosen = router.router_scores(seen), Chosen.rectangle(select_experts(LOGITS, 2))
    assert torch.equal(scores, router.router_scores(RouterInput(LOGITS)))
    given = router.gate_weights(seen, scores, chosen, chosen.expert)
    assert torch.equal(chosen.by_token(given), gates(router, LOGITS, 2))
    recorded = route(seen, RoutingConfig(router=router.name))
    assert torch.equal(recorded.router_logits, LOGITS)
    assert torch.equal(recorded.clean_logits, LOGITS.flip(-1))


@EVERY
def test_the_record_holds_the_scores_and_their_distribution_without_the_bias(router: Router):
    config = RoutingConfig(router=router.name, top_k=2)
    recorded = routed(LOGITS, config, bias=torch.linspace(0, 1, 6))
    scores = router.router_scores(RouterInput(LOGITS))
    assert torch.equal(recorded.router_scores, scores)
    assert torch.equal(recorded.router_probs, router.router_probs(scores))
    torch.testing.assert_close(recorded.router_probs.sum(-1), torch.ones(50))


@EVERY
@pytest.mark.parametrize("top_k", [2, 3])
def test_a_weight_is_of_the_expert_that_an_assignment_is_sent_to(router: Router, top_k: int):
    index = select_experts(LOGITS, 2 * top_k)
    seen, chosen, sent = RouterInput(LOGITS), Chosen.rectangle(index[:, :top_k]), index[:, top_k:]
    given = router.gate_weights(seen, router.router_scores(seen), chosen, sent.flatten())
    assert torch.equal(chosen.by_token(given), weights(router, LOGITS, sent))


@EVERY
@pytest.mark.parametrize("top_k", [1, 2])
def test_no_gradient_reaches_the_bias(router: Router, top_k: int):
    logits, bias = LOGITS.clone().requires_grad_(), torch.zeros(6, requires_grad=True)
    gates(router, logits, top_k, bias).square().sum().backward()
    assert logits.grad is not None
    assert bias.grad is None


def test_a_probability_as_weight_teaches_the_router_even_with_one_expert():
    logits = LOGITS.clone().requires_grad_()
    gates(ROUTERS["softmax_topk"], logits, 1).sum().backward()
    assert (logits.grad.abs().amax(-1) > 0).all()


@RENORMALISING
def test_a_renormalised_weight_of_one_expert_is_1_and_teaches_exactly_nothing(router: Router):
    logits = LOGITS.clone().requires_grad_()
    ones = gates(router, logits, 1)
    assert torch.equal(ones, torch.ones(50, 1))
    (ones * torch.randn(50, 1, generator=torch.Generator().manual_seed(1))).sum().backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))


@RENORMALISING
def test_a_renormalised_weight_of_two_experts_teaches_the_router(router: Router):
    logits = LOGITS.clone().requires_grad_()
    gates(router, logits, 2)[:, 0].sum().backward()
    assert (logits.grad.abs().amax(-1) > 0).all()


@EVERY
def test_logits_beyond_what_float32_can_raise_e_to_leave_finite_numbers(router: Router):
    """Chosen by a bias or by re-routing, an expert may have a probability of 0."""
    logits = torch.tensor([[300.0, 0.0, -300.0], [-300.0, -300.0, -300.0], [300.0, 300.0, 300.0]])
    logits.requires_grad_()
    expert_index = torch.tensor([[1, 2]] * 3)
    for each in (
        weights(router, logits, expert_index),
        weights(router, logits, expert_index[:, 1:]),
        router.router_probs(router.router_scores(RouterInput(logits))),
    ):
        assert each.isfinite().all()
        (gradient,) = torch.autograd.grad(each.sum(), logits, retain_graph=True)
        assert gradient.isfinite().all()


def test_the_scores_of_a_sigmoid_do_not_compete_and_become_a_distribution_by_their_sum():
    router = ROUTERS["sigmoid_bias_groups"]
    scores = router.router_scores(RouterInput(torch.tensor([[0.0, 0.0], [0.0, 9.0]])))
    assert scores[:, 0].tolist() == [0.5, 0.5]
    assert router.router_probs(scores)[0].tolist() == [0.5, 0.5]
    torch.testing.assert_close(router.router_probs(scores).sum(-1), torch.ones(2))
