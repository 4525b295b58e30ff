"""What every balancer is: a loss on how the step was routed, and a state that moves after it.

Knows nothing of models, optimisers or steps: the trainer adds the loss and keeps the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from moeviz.config import KNOBS, BalanceConfig
from moeviz.routing.registry import Explained, Registry

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from moeviz.routing.record import Routing

State = Mapping[str, "Tensor"]


@dataclass(frozen=True, slots=True, eq=False)
class StepRouting:
    """How every layer routed the T tokens of one step: all that a balancer may see.

    Attributes:
        layers: each layer's logits, scores, assignments and weights.
        n_sequences: B; the T tokens are B sequences of the same length, one after the other.
        router_noise: standard deviation of the noise in the layers' logits.
        own: the values of the knobs that balancers declare, by name.
    """

    layers: tuple[Routing, ...]
    n_sequences: int
    router_noise: float = 0.0
    own: Mapping[str, Any] = field(default_factory=lambda: BalanceConfig().own)

    @property
    def counts(self) -> Float[Tensor, "L E"]:
        """The number of assignments of each expert, before any drop or re-routing."""
        import torch

        counted = (
            each.assignments.chosen.expert.bincount(minlength=each.n_experts)
            for each in self.layers
        )
        return torch.stack(tuple(counted)).float()

    @property
    def probs(self) -> Float[Tensor, "L T E"]:
        """The router probabilities of all layers; they carry the gradient."""
        import torch

        return torch.stack([each.router_probs for each in self.layers])


class Balancer(Explained):
    """A way to keep the load even, which does nothing until it overrides a method.

    Attributes:
        short: a title of two words, where there is no place for more.
        trained: what a model has that trains with it, after "Model A trains".
        acts, pushes: a sentence in two parts, "the selection bias" and "it lowers …"; "" for one
            that pushes nothing towards an even load.
        knobs: its strengths, at 0 without effect: fields of BalanceConfig, or knobs of its own.
        defaults: the usual strengths, from the source. They are said, not set: whoever chooses a
            balancer changes one knob.
        beside_z_loss: whether the router z-loss of `z_loss_coefficient` is added beside it.
        used_by: models and code that train with it.
        causal: what of the future it sees, and when.
        at_even, at_collapse: of a loss, its value when every expert of every layer gets the same,
            and when the same k experts of each layer get everything, in E, k and L.
    """

    short: ClassVar[str]
    trained: ClassVar[str]
    acts: ClassVar[str] = ""
    pushes: ClassVar[str] = ""
    defaults: ClassVar[Mapping[str, float]] = {}
    beside_z_loss: ClassVar[bool] = True
    used_by: ClassVar[str]
    causal: ClassVar[str] = "Causal: it changes nothing in the forward pass."
    at_even: ClassVar[str] = ""
    at_collapse: ClassVar[str] = ""

    @property
    def usually(self) -> str:
        """Its usual strengths as a sentence; "" where it has none."""
        each = (f"{KNOBS[name].symbol} = {value:g}" for name, value in self.defaults.items())
        words = ", ".join(each)
        return f"Usually {words}." if words else ""

    def state(self, n_layers: int, n_experts: int) -> dict[str, Tensor]:
        """What it keeps from step to step, saved with checkpoints: (L, …) each, by name."""
        return {}

    def auxiliary_loss(
        self, step: StepRouting, state: State, config: BalanceConfig
    ) -> Float[Tensor, ""]:
        """What it adds to the training loss, scaled; 0 unless overridden."""
        return step.layers[0].router_probs.new_zeros(())

    def after_step(
        self, step: StepRouting, state: State, config: BalanceConfig
    ) -> dict[str, Tensor]:
        """The state for the next step; unchanged unless overridden."""
        return dict(state)


class LossBalancer(Balancer):
    """A loss on how the step was routed, times the coefficient α. Most of them balance the load."""

    trained = "with load balancing"
    acts = "Load balancing"
    pushes = "its loss pushes the router away from crowded experts"
    knobs = ("aux_coefficient",)

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """The loss over all layers, unscaled: what its source multiplies by α."""
        raise NotImplementedError

    def auxiliary_loss(
        self, step: StepRouting, state: State, config: BalanceConfig
    ) -> Float[Tensor, ""]:
        """α · loss."""
        return config.aux_coefficient * self.loss(step, state)


BALANCERS = Registry[Balancer]("balancer")
register = BALANCERS.register
