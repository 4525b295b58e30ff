"""What every router is: scores for all experts, a choice among them, weights for the chosen.

As it stands a router takes the K highest scores of a softmax. Method files override what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from moeviz.config import RoutingConfig
from moeviz.routing.registry import Explained, Registry
from moeviz.routing.scores import router_probabilities
from moeviz.routing.selection import biased_scores, select_experts

if TYPE_CHECKING:
    import torch
    from jaxtyping import Bool, Float, Int
    from torch import Tensor

    from moeviz.routing.record import Chosen, Routing


@dataclass(frozen=True, slots=True, eq=False)
class RouterInput:
    """What a router may look at: the T tokens of one layer.

    Attributes:
        router_logits: x · W_router, with router noise in training.
        clean_logits: without the noise; None: the same.
        x: (T, D) what the router's matrix and the experts read.
        token_ids, positions: of each token in the vocabulary and in its sequence.
        state: what router and balancer keep from step to step for this layer, by name.
        parameters: the router's own, by name, beside W_router.
        barred: True where a token may not go, whatever its score: for asking "what if".
        own: the values of the knobs that routers declare, by name.
    """

    router_logits: Float[Tensor, "T E"]
    clean_logits: Float[Tensor, "T E"] | None = None
    x: Float[Tensor, "T D"] | None = None
    token_ids: Int[Tensor, " T"] | None = None
    positions: Int[Tensor, " T"] | None = None
    state: Mapping[str, Tensor] = field(default_factory=dict)
    parameters: Mapping[str, Tensor] = field(default_factory=dict)
    barred: Bool[Tensor, "T E"] | None = None
    own: Mapping[str, Any] = field(default_factory=lambda: RoutingConfig().own)

    @property
    def clean(self) -> Float[Tensor, "T E"]:
        """The logits without noise."""
        return self.router_logits if self.clean_logits is None else self.clean_logits


class Router(Explained):
    """A way to score, to choose and to weigh: softmax, top-k, probabilities as they are.

    Attributes:
        formula: of the gate weights g.
        used_by: released models that route so.
        causal: whether a token's routing depends on later tokens.
        knobs: the fields of RoutingConfig that it reads, beside knobs of its own.
    """

    used_by: ClassVar[str]
    causal: ClassVar[str] = (
        "Causal when dropless: a token's experts depend on this token and those before it. With a "
        "capacity limit, other tokens of the batch can take the slots."
    )
    knobs: ClassVar[tuple[str, ...]] = (
        "top_k", "capacity_factor", "drop_policy", "router_noise", "gate_scale", "n_groups",
        "kept_groups",
    )  # fmt: skip

    def parameters(
        self, d_model: int, n_experts: int, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Initial values of what one layer's router trains beside W_router, by name."""
        return {}

    def state(self, n_layers: int, n_experts: int) -> dict[str, Tensor]:
        """What the router keeps from step to step without training it: (L, …) each, by name."""
        return {}

    def after_step(
        self, layers: tuple[Routing, ...], state: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """The state for the next step; unchanged unless overridden."""
        return dict(state)

    def router_scores(self, seen: RouterInput) -> Float[Tensor, "T E"]:
        """What competes for the selection, over all experts, in float32."""
        return router_probabilities(seen.router_logits)

    def router_probs(self, router_scores: Float[Tensor, "T E"]) -> Float[Tensor, "T E"]:
        """The scores as a distribution over all experts: what balance losses take the mean of."""
        return router_scores

    def selection_scores(
        self, router_scores: Float[Tensor, "T E"], seen: RouterInput, config: RoutingConfig
    ) -> Float[Tensor, "T E"]:
        """What `choose` goes by: score + selection bias, −inf outside a token's groups.

        `route` bars the experts of a "what if" question after it.
        """
        bias = seen.state.get("selection_bias")
        return biased_scores(router_scores, bias, config.n_groups, config.kept_groups)

    def choose(self, selection_scores: Float[Tensor, "T E"], config: RoutingConfig) -> Chosen:
        """The K experts of the highest selection scores for each token."""
        from moeviz.routing.record import Chosen  # here: the words are read without torch

        return Chosen.rectangle(select_experts(selection_scores, config.top_k))

    def gate_weights(
        self,
        seen: RouterInput,
        router_scores: Float[Tensor, "T E"],
        chosen: Chosen,
        assigned: Int[Tensor, " A"],
    ) -> Float[Tensor, " A"]:
        """What each assignment's output is multiplied by, before the gate scale.

        Args:
            assigned: the expert that each assignment is sent to: the chosen one, or another after
                re-routing.
        """
        return router_scores.gather(-1, chosen.by_token(assigned)).flatten()


ROUTERS = Registry[Router]("router")
register = ROUTERS.register
