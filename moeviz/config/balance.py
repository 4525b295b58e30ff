"""What keeps the load of the experts even."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.config.group import Validated
from moeviz.config.knob import knob


@dataclass(frozen=True, slots=True)
class BalanceConfig(Validated):
    """What keeps the experts evenly used. Takes effect on the next step.

    `balancer` names a class of `moeviz.routing.balancers`, which refuses an unknown one: this room
    lies below and does not know the list. So does `router` one of `moeviz.routing.routers`.
    """

    balancer: str = knob(
        "name",
        "switch",
        "Balancing",
        "What pushes the router towards an even load.",
        live=True,
        controls="first",
        order=10,
        former_flags=("--method",),
        former_urls=("method",),
        formerly="method",
        former_values={"switch_loss": "switch", "loss_free_bias": "bias_sign"},
    )
    aux_coefficient: float = knob(
        "float",
        0.01,
        "Balance coefficient α",
        "α, the weight of the load-balancing loss. 0: no effect. 0.01 is usual; 1 hurts the "
        "cross-entropy.",
        live=True,
        low=0.0,
        high=10.0,
        steps="1-2-5",
        step=0.01,
        flag="--aux",
        url="alpha",
        controls="first",
        order=20,
    )
    bias_update_rate: float = knob(
        "float",
        0.003,
        "Bias update rate u",
        "u, how far each expert's selection bias moves per step. Larger values react faster and "
        "overshoot.",
        live=True,
        low=0.0,
        high=1.0,
        steps="1-2-5",
        step=0.001,
        flag="--bias-rate",
        url="bias_rate",
        order=40,
    )
    z_loss_coefficient: float = knob(
        "float",
        1e-3,
        "Router z-loss",
        "Weight of the mean squared log-sum-exp of the router logits; 0.001 as in ST-MoE. It keeps "
        "logits small; it does not balance.",
        live=True,
        low=0.0,
        high=1.0,
        steps="1-2-5",
        step=0.001,
        flag="--z-loss",
        url="z",
        order=50,
    )
