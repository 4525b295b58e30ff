"""Which drop policies are said to agree, against what each keeps in two layers."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from moeviz.analysis.capacity import BY_PLACE, policies_alike
from moeviz.config import DROP_POLICIES, ModelConfig, RoutingConfig
from moeviz.model.feed_forward import MoEFeedForward
from moeviz.routing.capacity import expert_capacity
from moeviz.routing.record import Routing
from moeviz.traces import BatchRouting, LayerAssignments
from tests.made_up_studies import made_up_assignments, made_up_batch
from tests.routed import through
from tests.strategies import routing_configs, seeds

LAYERS = 2
LOUDER = 100.0
"""Untrained experts add little: without it, drops seldom change the second layer's routing."""


@dataclasses.dataclass(frozen=True)
class AlikeCase:
    """A model of two layers and so few tokens that experts are often full to the last slot."""

    n_experts: int
    n_tokens: int
    routing: RoutingConfig
    scale: float
    seed: int

    @torch.no_grad()
    def batch(self, policy: str) -> BatchRouting:
        """Through both layers, of which the first adds to what the second sees."""
        generator = torch.Generator().manual_seed(self.seed)
        config = ModelConfig(n_experts=self.n_experts, d_model=16, d_expert=16)
        x = self.scale * torch.randn(self.n_tokens, config.d_model, generator=generator)
        routing, layers = dataclasses.replace(self.routing, drop_policy=policy), []
        for _ in range(LAYERS):
            y, routed = through(MoEFeedForward(config, generator), x, routing)
            layers.append(assignments_of(routed, routing))
            x = x + LOUDER * y
        return dataclasses.replace(made_up_batch(), routing=routing, layers=tuple(layers))

    def keeps_the_same(self, policies: tuple[str, ...], layer: int) -> bool:
        routed = [self.batch(policy).layers[layer] for policy in policies]
        kept = [np.where(a.kept, a.expert, -1) for a in (each.assignments for each in routed)]
        return all(np.array_equal(kept[0], each) for each in kept)


def assignments_of(routed: Routing, routing: RoutingConfig) -> LayerAssignments:
    (n_tokens, n_experts), top_k = routed.router_logits.shape, routing.top_k
    capacity = expert_capacity(n_tokens, n_experts, top_k, routing.capacity_factor)
    layer = made_up_assignments(routed.chosen_index.numpy(), n_experts, capacity)
    if routed.kept is None:
        return layer
    each = routed.assignments
    sent = dataclasses.replace(
        layer.assignments, expert=each.expert.numpy(), kept=each.kept.numpy()
    )
    return dataclasses.replace(layer, assignments=sent)


@st.composite
def alike_cases(draw: st.DrawFn) -> AlikeCase:
    n_experts = draw(st.sampled_from([2, 3, 4, 8]))
    return AlikeCase(
        n_experts=n_experts,
        n_tokens=draw(st.integers(2, 16)),
        routing=draw(routing_configs(n_experts)),
        scale=draw(st.sampled_from([1.0, 30.0])),
        seed=draw(seeds),
    )


policies = st.sampled_from(DROP_POLICIES)


@given(alike_cases(), policies, st.sampled_from(range(LAYERS)))
def test_policies_that_are_said_to_agree_keep_the_same_assignments(case, policy, layer):
    for told in policies_alike(case.batch(policy), layer):
        assert case.keeps_the_same(told, layer)


@given(alike_cases(), policies)
def test_that_nothing_can_be_rerouted_is_said_of_every_first_layer_without_groups(case, policy):
    free = dataclasses.replace(case.routing, top_k=1, n_groups=1, kept_groups=1)
    case = dataclasses.replace(case, routing=free)
    told = policies_alike(case.batch(policy), 0)
    assert any(set(BY_PLACE) <= set(each) for each in told) == case.keeps_the_same(BY_PLACE, 0)
