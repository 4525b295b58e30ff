"""The feed-forward part of a block: a Mixture of Experts, or one dense network.

Knows nothing of attention, of sequences or of training: it sees T tokens in a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from moeviz.model.experts import Dispatched, Experts, combine, dispatch
from moeviz.model.initialisation import linear, switch_std
from moeviz.routing.route import route
from moeviz.routing.routers import ROUTERS, RouterInput
from moeviz.routing.scores import add_router_noise

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int
    from torch import Tensor

    from moeviz.config import ModelConfig, RoutingConfig
    from moeviz.routing.record import Routing


@dataclass(frozen=True, slots=True, eq=False)
class LayerInput:
    """What an MoE layer may know of its T tokens beside their vectors.

    Attributes:
        token_ids, positions: of each token in the vocabulary and in its sequence.
        state: what router and balancer keep from step to step for this layer, by name.
        noise: draws the router noise; None, as in evaluation: none.
        barred: True where a token may not go: for asking "what if".
    """

    token_ids: Int[Tensor, " T"] | None = None
    positions: Int[Tensor, " T"] | None = None
    state: Mapping[str, Tensor] = field(default_factory=dict)
    noise: torch.Generator | None = None
    barred: Bool[Tensor, "T E"] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LayerPass:
    """One layer's forward pass with its intermediates, which the pass has anyway.

    Attributes:
        seen: what the router was given.
        router_input: what router and experts read.
        dispatched: the experts' rows. row_output: what the experts made of them.
        moe_output: the weighted sum, which is added to the residual.
        residual: what entered the feed-forward part, before its norm; the block knows it.
    """

    routing: Routing
    seen: RouterInput
    router_input: Float[Tensor, "T D"]
    dispatched: Dispatched
    row_output: Float[Tensor, "R D"]
    moe_output: Float[Tensor, "T D"]
    residual: Float[Tensor, "T D"] | None = None

    @property
    def expert_output(self) -> Float[Tensor, "A D"]:
        """Of each assignment before its gate weight; 0 where it was dropped."""
        kept = self.dispatched.output_of_kept(self.row_output)
        dropped = kept.new_zeros(len(self.routing.assignments.expert), kept.shape[1])
        return dropped.index_copy(0, self.dispatched.assignment, kept)


class MoEFeedForward(nn.Module):
    """y_t = Σ_{i in top-k} g_i(x_t) · FFN_i(x_t), with gate weights g of x · W_router.

    Source: Shazeer et al. 2017, arXiv:1701.06538, eq. 1, with the router of Fedus, Zoph and Shazeer
    2021, arXiv:2101.03961, eq. 1-2, unless another one is chosen.
    """

    def __init__(
        self, config: ModelConfig, generator: torch.Generator, router: str = "softmax_topk"
    ) -> None:
        super().__init__()
        std = switch_std(config.d_model)
        # W_router; which method reads its logits is `config.router` of each forward pass.
        self.router = linear(config.d_model, config.n_experts, std, generator)
        self.experts = Experts(
            config.n_experts, config.d_model, config.d_expert, config.activation, generator
        )
        own = ROUTERS.named(router).parameters(config.d_model, config.n_experts, generator)
        self.router_parameters = nn.ParameterDict(own)

    def forward(
        self, x: Float[Tensor, "T D"], config: RoutingConfig, about: LayerInput | None = None
    ) -> tuple[Float[Tensor, "T D"], LayerPass]:
        """The experts' weighted sum, 0 where all assignments were dropped, and the pass."""
        about = about or LayerInput()
        clean_logits = self.router(x)
        seen = RouterInput(
            router_logits=add_router_noise(clean_logits, config.router_noise, about.noise),
            clean_logits=clean_logits,
            x=x,
            token_ids=about.token_ids,
            positions=about.positions,
            state=about.state,
            parameters=dict(self.router_parameters.items()),
            barred=about.barred,
            own=config.own,
        )
        routing = route(seen, config)
        dispatched = dispatch(x, routing.assignments, routing.n_experts)
        row_output = self.experts(dispatched.rows, dispatched.group_ends)
        y = combine(row_output, dispatched, routing.assignments)
        return y, LayerPass(routing, seen, x, dispatched, row_output, y)


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
