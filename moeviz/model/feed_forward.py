"""The feed-forward part of a block: a Mixture of Experts, or one dense network.

Knows nothing of attention, of sequences or of training: it sees T tokens in a row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F

from moeviz.model.experts import Experts
from moeviz.model.initialisation import linear, switch_std
from moeviz.routing.capacity import assign_slots, expert_capacity
from moeviz.routing.rules import routing_rule
from moeviz.routing.scores import add_router_noise
from moeviz.routing.selection import select_experts, selection_scores

if TYPE_CHECKING:
    import torch
    from jaxtyping import Bool, Float, Int
    from torch import Tensor

    from moeviz.config import ModelConfig, RoutingConfig


@dataclass(frozen=True, slots=True, eq=False)
class LayerRouting:
    """What one layer's router did with T tokens. Logits, scores and weights carry gradient.

    Attributes:
        router_logits: with the router noise, if there was any.
        router_scores: what the rule makes of them, over all E experts.
        router_probs: the scores as a distribution over all E experts.
        selection_scores: what top-k ranked: score + bias; −inf for a barred expert.
        chosen_index: the experts that top-k chose for each token, best first.
        expert_index: the expert of each assignment: the chosen one, or another after re-routing.
        gate_weights: what each of these experts' output is multiplied by.
        queue_place: the assignment's place in its expert's queue; None when nothing can be dropped.
        kept: False where the assignment was dropped; None when nothing can be dropped.
    """

    router_logits: Float[Tensor, "T E"]
    router_scores: Float[Tensor, "T E"]
    router_probs: Float[Tensor, "T E"]
    selection_scores: Float[Tensor, "T E"]
    chosen_index: Int[Tensor, "T K"]
    expert_index: Int[Tensor, "T K"]
    gate_weights: Float[Tensor, "T K"]
    queue_place: Int[Tensor, "T K"] | None
    kept: Bool[Tensor, "T K"] | None


class MoEFeedForward(nn.Module):
    """y_t = Σ_{i in top-k} g_i(x_t) · FFN_i(x_t), with gate weights g of x · W_router.

    Source: Shazeer et al. 2017, arXiv:1701.06538, eq. 1, with the router of Fedus, Zoph and Shazeer
    2021, arXiv:2101.03961, eq. 1-2, unless the routing rule is another.
    """

    def __init__(self, config: ModelConfig, generator: torch.Generator) -> None:
        super().__init__()
        std = switch_std(config.d_model)
        self.router = linear(config.d_model, config.n_experts, std, generator)
        self.experts = Experts(
            config.n_experts, config.d_model, config.d_expert, config.activation, generator
        )

    def forward(
        self,
        x: Float[Tensor, "T D"],
        routing: RoutingConfig,
        selection_bias: Float[Tensor, " E"] | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[Float[Tensor, "T D"], LayerRouting]:
        """The experts' weighted sum, 0 where all assignments were dropped, and how it was routed.

        Args:
            generator: of the router noise; None, as in evaluation: no noise.
        """
        router_logits = add_router_noise(self.router(x), routing.router_noise, generator)
        routed = route(router_logits, routing, selection_bias)
        y = self.experts(x, routed.expert_index, routed.gate_weights, routed.kept)
        return y, routed


def route(
    router_logits: Float[Tensor, "T E"],
    routing: RoutingConfig,
    selection_bias: Float[Tensor, " E"] | None = None,
    barred: Bool[Tensor, "T E"] | None = None,
) -> LayerRouting:
    """Score, select, weigh and queue: all that a router decides, from its logits alone.

    Args:
        barred: True where a token may not go, whatever its score: for asking "what if".
    """
    n_tokens, n_experts = router_logits.shape
    rule = routing_rule(routing.routing_rule)
    router_scores = rule.router_scores(router_logits)
    ranked = selection_scores(router_scores, selection_bias, routing.n_groups, routing.kept_groups)
    if barred is not None:
        ranked = ranked.masked_fill(barred, -math.inf)
    expert_index = chosen_index = select_experts(ranked, routing.top_k)
    gate_weights = rule.gate_weights(router_logits, router_scores, expert_index)
    queue_place = kept = None
    capacity = expert_capacity(n_tokens, n_experts, routing.top_k, routing.capacity_factor)
    if capacity is not None:
        own = router_scores.gather(-1, expert_index)
        assigned = assign_slots(expert_index, own, ranked, capacity, routing.drop_policy)
        queue_place, kept = assigned.queue_place, assigned.kept
        if assigned.expert_index is not chosen_index:
            expert_index = assigned.expert_index
            gate_weights = rule.gate_weights(router_logits, router_scores, expert_index)
    return LayerRouting(
        router_logits=router_logits,
        router_scores=router_scores,
        router_probs=rule.router_probs(router_scores),
        selection_scores=ranked,
        chosen_index=chosen_index,
        expert_index=expert_index,
        gate_weights=gate_weights * routing.gate_scale if routing.gate_scale != 1 else gate_weights,
        queue_place=queue_place,
        kept=kept,
    )


class DenseFeedForward(nn.Module):
    """y = act(x · W_in) · W_out with `dense_width` hidden units: one expert for every token."""

    def __init__(self, config: ModelConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.activation = config.activation
        columns = config.dense_width * (2 if config.activation == "swiglu" else 1)
        self.w_in = linear(config.d_model, columns, switch_std(config.d_model), generator)
        out_std = switch_std(config.dense_width)
        self.w_out = linear(config.dense_width, config.d_model, out_std, generator)

    def forward(self, x: Float[Tensor, "T D"]) -> Float[Tensor, "T D"]:
        """The network's output for each token."""
        hidden = self.w_in(x)
        if self.activation == "swiglu":
            gate, value = hidden.chunk(2, dim=-1)
            hidden = F.silu(gate) * value
        else:
            hidden = F.gelu(hidden)
        y: Tensor = self.w_out(hidden)
        return y
