"""The routing room and the layer as tests ask them: from logits, (T, K) arrays and a bias alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from moeviz.config import RoutingConfig
from moeviz.model.experts import Experts, combine, dispatch
from moeviz.model.feed_forward import LayerInput, MoEFeedForward
from moeviz.routing.record import Assignments, Chosen, Routing
from moeviz.routing.route import route
from moeviz.routing.routers import RouterInput
from moeviz.routing.slots import assign_slots


def state_of(bias: Tensor | None) -> dict[str, Tensor]:
    """What a layer or a model is given for a selection bias."""
    return {} if bias is None else {"selection_bias": bias}


def routed(
    logits: Tensor,
    config: RoutingConfig,
    bias: Tensor | None = None,
    barred: Tensor | None = None,
) -> Routing:
    """What the router makes of these logits."""
    return route(RouterInput(logits, state=state_of(bias), barred=barred), config)


def through(
    layer: MoEFeedForward,
    x: Tensor,
    config: RoutingConfig,
    bias: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Routing]:
    """The layer's output and its routing."""
    y, layer_pass = layer(x, config, LayerInput(state=state_of(bias), noise=generator))
    return y, layer_pass.routing


def listed(expert_index: Tensor, weights: Tensor, kept: Tensor | None = None) -> Assignments:
    """(T, K) arrays as a list."""
    chosen = Chosen.rectangle(expert_index)
    mask = None if kept is None else kept.flatten()
    return Assignments(chosen, chosen.expert, weights.flatten(), mask)


def experts_sum(
    experts: Experts, x: Tensor, expert_index: Tensor, weights: Tensor, kept: Tensor | None = None
) -> Tensor:
    """Dispatch, compute, combine."""
    assignments = listed(expert_index, weights, kept)
    sent = dispatch(x, assignments, len(experts.w_in))
    return combine(experts(sent.rows, sent.group_ends), sent, assignments)


@dataclass(frozen=True)
class SlotsByToken:
    """`Slots` as (T, K)."""

    expert_index: Tensor
    queue_place: Tensor | None
    kept: Tensor | None


def slots_by_token(
    expert_index: Tensor,
    router_scores: Tensor,
    ranked: Tensor,
    capacity: int | None,
    drop_policy: str,
) -> SlotsByToken:
    """Which assignments get a slot."""
    chosen = Chosen.rectangle(expert_index)
    slots = assign_slots(chosen, router_scores, ranked, capacity, drop_policy)
    each = (slots.expert, slots.queue_place, slots.kept)
    return SlotsByToken(*(None if one is None else chosen.by_token(one) for one in each))
