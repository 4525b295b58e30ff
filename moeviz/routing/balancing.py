"""What pushes a router towards an even load: one small class per method, one registry of them.

A new method is a class here with `@register`, which carries its own words; the controls, the
sentences about a run, the command line and the tests find it in `BALANCING_METHODS`. Knows nothing
of models, optimisers or steps: the trainer adds the loss and keeps the bias.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from moeviz.routing.losses import load_balancing_loss
from moeviz.routing.registry import Explained, Registry

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

    from moeviz.config import BalanceConfig


class BalancingMethod(Explained):
    """A way to balance one layer, which does nothing until it overrides a method.

    Attributes:
        short: a title of two words, where there is no place for more.
        trained: what a model has that trains with it, after "Model A trains".
        acts, pushes: a sentence in two parts, "the selection bias" and "it lowers …"; "" for a
            method that pushes nothing.
        knobs: the fields of BalanceConfig that it reads: strengths, at 0 without effect.
    """

    short: ClassVar[str]
    trained: ClassVar[str]
    acts: ClassVar[str] = ""
    pushes: ClassVar[str] = ""
    knobs: ClassVar[tuple[str, ...]] = ()

    def auxiliary_loss(
        self,
        router_probs: Float[Tensor, "T E"],
        expert_index: Int[Tensor, "T K"],
        config: BalanceConfig,
    ) -> Float[Tensor, ""]:
        """What the layer adds to the training loss, scaled; 0 unless overridden."""
        return router_probs.new_zeros(())

    def updated_bias(
        self,
        selection_bias: Float[Tensor, " E"],
        expert_load: Float[Tensor, " E"],
        config: BalanceConfig,
    ) -> Float[Tensor, " E"]:
        """The selection bias after a step that had this load; unchanged unless overridden.

        Args:
            expert_load: shares of the step's assignments, which sum to 1.
        """
        return selection_bias


BALANCING_METHODS = Registry[BalancingMethod]("method")
register, balancing_method = BALANCING_METHODS.register, BALANCING_METHODS.named


@register
class NoBalancing(BalancingMethod):
    """No load balancing."""

    name = "none"
    title = "None"
    short = "None"
    trained = "without load balancing"
    formula = r"\mathcal{L} = \mathcal{L}_{\mathrm{CE}}"
    source = "Shazeer et al. 2017, arXiv:1701.06538, section 4: why unbalanced gates collapse"
    description = (
        "Nothing is added to the loss. An expert that gets more tokens learns more, and then gets "
        "even more tokens, so the router tends to collapse onto a few experts."
    )


@register
class SwitchLoss(BalancingMethod):
    """A loss that is smaller the more even the load is."""

    name = "switch_loss"
    title = "Load-balancing loss (Switch)"
    short = "Balance loss"
    trained = "with load balancing"
    acts = "Load balancing"
    pushes = "the load-balancing loss pushes the router away from crowded experts"
    formula = r"\mathcal{L} = \mathcal{L}_{\mathrm{CE}} + \alpha \, E \sum_i f_i P_i"
    source = "Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 4-6; f_i divided by k"
    description = (
        "Adds α · E · Σ f_i · P_i to the cross-entropy. f_i is the load of expert i (its share of "
        "the assignments), P_i its mean router probability, α the coefficient. The gradient "
        "lowers the probability of busy experts."
    )
    knobs = ("aux_coefficient",)

    def auxiliary_loss(
        self,
        router_probs: Float[Tensor, "T E"],
        expert_index: Int[Tensor, "T K"],
        config: BalanceConfig,
    ) -> Float[Tensor, ""]:
        """α · load_balancing_loss."""
        return config.aux_coefficient * load_balancing_loss(router_probs, expert_index)


@register
class LossFreeBias(BalancingMethod):
    """A bias per expert that moves a fixed step against its load, outside the gradient."""

    name = "loss_free_bias"
    title = "Selection bias (auxiliary-loss-free)"
    short = "Selection bias"
    trained = "with a selection bias"
    acts = "The selection bias"
    pushes = "it lowers the scores of crowded experts and raises those of idle ones"
    formula = r"b_i \leftarrow b_i + u \cdot \operatorname{sign}(\bar f - f_i)"
    source = "Wang et al. 2024, arXiv:2408.15664, algorithm 1; used in DeepSeek-V3"
    description = (
        "Each expert has a selection bias b. After each step b falls by u if the expert got more "
        "than an even share f̄, and rises by u if it got less. It is used to select experts, "
        "not in their gate weights, so no gradient competes with the cross-entropy."
    )
    knobs = ("bias_update_rate",)

    def updated_bias(
        self,
        selection_bias: Float[Tensor, " E"],
        expert_load: Float[Tensor, " E"],
        config: BalanceConfig,
    ) -> Float[Tensor, " E"]:
        """b_i + u · sign(mean f − f_i)."""
        fair_share = 1 / len(expert_load)  # the mean, but free of the rounding of a sum
        return selection_bias + config.bias_update_rate * (fair_share - expert_load).sign()
