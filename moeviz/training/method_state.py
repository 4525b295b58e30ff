"""What a model's router and balancer keep from step to step beside its weights.

Knows nothing of how they use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from moeviz.config import ArmConfig
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.names import without_parameters
from moeviz.routing.routers import ROUTERS

if TYPE_CHECKING:
    from jaxtyping import Shaped
    from torch import Tensor

    from moeviz.model.transformer import LanguageModel


def fresh_state(arm: ArmConfig) -> dict[str, Shaped[Tensor, "L ..."]]:
    """(L, …) by name, before the first step; nothing for a dense model."""
    if arm.model.is_dense:
        return {}
    shape = arm.model.n_layers, arm.model.n_experts
    router, balancer = ROUTERS[arm.routing.router], BALANCERS[arm.balance.balancer]
    return router.state(*shape) | balancer.state(*shape)


def carried_state(
    state: Mapping[str, Shaped[Tensor, "L ..."]], before: ArmConfig, after: ArmConfig
) -> dict[str, Shaped[Tensor, "L ..."]]:
    """The state after a change of knobs: a router or balancer that stays keeps its own."""
    kept: set[str] = set()
    shape = after.model.n_layers, after.model.n_experts
    if before.routing.router == after.routing.router:
        kept |= ROUTERS[after.routing.router].state(*shape).keys()
    if before.balance.balancer == after.balance.balancer:
        kept |= BALANCERS[after.balance.balancer].state(*shape).keys()
    return fresh_state(after) | {name: each for name, each in state.items() if name in kept}


def check_parameters(model: LanguageModel, arm: ArmConfig) -> None:
    """Refuse a router that trains parameters which the model was not built with."""
    import torch

    if arm.model.is_dense:
        return
    router = ROUTERS.named(arm.routing.router)
    own = router.parameters(arm.model.d_model, arm.model.n_experts, torch.Generator())
    built_with = {name for name, _ in model.named_parameters()}
    for name in own:
        if f"blocks.0.feed_forward.router_parameters.{name}" not in built_with:
            raise without_parameters(arm.routing.router)
