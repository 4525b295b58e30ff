"""Which drop policies are said to agree, against the seats that each gives in two layers."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from moeviz.analysis.capacity import BY_PLACE, policies_alike
from moeviz.config import DROP_POLICIES, ModelConfig, RoutingConfig
from moeviz.model.feed_forward import LayerRouting, MoEFeedForward
from moeviz.routing.capacity import expert_capacity
from moeviz.traces import BatchRouting, LayerSeats
from tests.made_up_studies import made_up_batch, made_up_seats
from tests.strategies import routing_configs, seeds

LAYERS = 2
LOUDER = 100.0
"""Untrained experts say little: as it is, who was dropped would seldom change the second choice."""


@dataclasses.dataclass(frozen=True)
class AlikeCase:
    """A model of two layers and so few tokens that experts are often full to the last seat."""

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
        routing, seats = dataclasses.replace(self.routing, drop_policy=policy), []
        for _ in range(LAYERS):
            y, routed = MoEFeedForward(config, generator)(x, routing)
            seats.append(seats_of(routed, routing))
            x = x + LOUDER * y
        return dataclasses.replace(made_up_batch(), routing=routing, layers=tuple(seats))

    def same_seats(self, policies: tuple[str, ...], layer: int) -> bool:
        seats = [self.batch(policy).layers[layer] for policy in policies]
        taken = [np.where(each.kept, each.expert_index, -1) for each in seats]
        return all(np.array_equal(taken[0], each) for each in taken)


def seats_of(routed: LayerRouting, routing: RoutingConfig) -> LayerSeats:
    (n_tokens, n_experts), top_k = routed.router_logits.shape, routing.top_k
    capacity = expert_capacity(n_tokens, n_experts, top_k, routing.capacity_factor)
    seats = made_up_seats(routed.chosen_index.numpy(), n_experts, capacity)
    if routed.kept is None:
        return seats
    sent = routed.expert_index.numpy()
    return dataclasses.replace(seats, expert_index=sent, kept=routed.kept.numpy())


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
def test_policies_that_are_said_to_agree_give_the_same_seats(case, policy, layer):
    for told in policies_alike(case.batch(policy), layer):
        assert case.same_seats(told, layer)


@given(alike_cases(), policies)
def test_that_nobody_can_be_sent_on_is_told_of_every_first_layer_without_groups(case, policy):
    free = dataclasses.replace(case.routing, top_k=1, n_groups=1, kept_groups=1)
    case = dataclasses.replace(case, routing=free)
    told = policies_alike(case.batch(policy), 0)
    assert any(set(BY_PLACE) <= set(each) for each in told) == case.same_seats(BY_PLACE, 0)
