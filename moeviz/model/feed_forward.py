"""The feed-forward part of a block: a Mixture of Experts, or one dense network.

Knows nothing of attention, of sequences or of training: it sees T tokens in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F

from moeviz.model.experts import Experts
from moeviz.model.initialisation import linear, switch_std
from moeviz.routing.capacity import expert_capacity, kept_slots
from moeviz.routing.scores import add_router_noise, router_probabilities
from moeviz.routing.selection import select_experts

if TYPE_CHECKING:
    import torch
    from jaxtyping import Bool, Float, Int
    from torch import Tensor

    from moeviz.config import ModelConfig, RoutingConfig


@dataclass(frozen=True, slots=True, eq=False)
class LayerRouting:
    """What one layer's router did with T tokens. Logits, probabilities and weights carry gradient.

    Attributes:
        router_logits: with the router noise, if there was any.
        router_probs: softmax over all E experts.
        expert_index: the experts chosen for each token, best first.
        gate_weights: what each chosen expert's output is multiplied by.
        kept: False where the slot found no room; None when nothing can be dropped.
    """

    router_logits: Float[Tensor, "T E"]
    router_probs: Float[Tensor, "T E"]
    expert_index: Int[Tensor, "T K"]
    gate_weights: Float[Tensor, "T K"]
    kept: Bool[Tensor, "T K"] | None


class MoEFeedForward(nn.Module):
    """y_t = Σ_{i in top-k} p_i(x_t) · FFN_i(x_t), with p = softmax(x · W_router).

    Source: Shazeer et al. 2017, arXiv:1701.06538, eq. 1, with the router of Fedus, Zoph and Shazeer
    2021, arXiv:2101.03961, eq. 1-2.
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
        """The experts' weighted sum, 0 for a token that found no room, and how it was routed.

        Args:
            generator: of the router noise; None, as in evaluation: no noise.
        """
        n_tokens, n_experts = len(x), self.router.out_features
        router_logits = add_router_noise(self.router(x), routing.router_noise, generator)
        router_probs = router_probabilities(router_logits)
        expert_index, gate_weights = select_experts(router_probs, routing.top_k, selection_bias)
        capacity = expert_capacity(n_tokens, n_experts, routing.top_k, routing.capacity_factor)
        kept = None
        if capacity is not None:
            kept = kept_slots(expert_index, gate_weights, n_experts, capacity, routing.drop_policy)
        y = self.experts(x, expert_index, gate_weights, kept)
        return y, LayerRouting(router_logits, router_probs, expert_index, gate_weights, kept)


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
