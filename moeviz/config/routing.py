"""How tokens are sent to experts."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.config.errors import ConfigError
from moeviz.config.group import Validated
from moeviz.config.knob import knob

DROP_POLICIES = ("position", "probability", "random", "batch_prioritised", "reroute")

_MOST_GROUPS = 16


@dataclass(frozen=True, slots=True)
class RoutingConfig(Validated):
    """How tokens are sent to experts. Takes effect on the next step."""

    top_k: int = knob(
        "int",
        1,
        "Experts per token k",
        "k, how many experts each token is sent to. More experts per token cost more FLOPs.",
        live=True,
        low=1,
        high=8,
        url="k",
        controls="first",
        order=30,
    )
    capacity_factor: float | None = knob(
        "optional_float",
        None,
        "Capacity factor",
        "How many assignments an expert accepts, relative to an even load. "
        "1 = exactly even. Try 0.5 to see drops.",
        live=True,
        low=0.1,
        high=8.0,
        none_means="dropless",
        step=0.25,
        url="capacity",
        controls="first",
        order=40,
    )
    drop_policy: str = knob(
        "choice",
        "position",
        "Drop policy",
        "Which assignments are dropped when an expert is full. Latest tokens (position): slots are "
        "filled in the order of the tokens, all first preferences before the second ones. Lowest "
        "scores (probability): in the order of the router scores. Shuffled (random): in a fixed "
        "random order. Least certain (batch_prioritised): tokens with the highest top score come "
        "first. Re-routed (reroute): as latest tokens, but an assignment without a slot goes to "
        "the token's next-best expert; it is dropped only if no expert has a slot.",
        live=True,
        choices=DROP_POLICIES,
        url="drop",
        order=10,
    )
    router_noise: float = knob(
        "float",
        0.0,
        "Router noise",
        "Standard deviation of the Gaussian noise that training adds to router logits. It makes "
        "the router try other experts.",
        live=True,
        low=0.0,
        high=4.0,
        step=0.1,
        url="noise",
        order=30,
    )
    router: str = knob(
        "name",
        "softmax_topk",
        "Router",
        "How router logits become scores, and the chosen experts' scores become gate weights.",
        live=True,
        order=20,
        former_flags=("--routing-rule",),
        former_urls=("rule",),
        formerly="routing_rule",
        former_values={"sigmoid_topk_renormalised": "sigmoid_bias_groups"},
    )
    gate_scale: float = knob(
        "float",
        1.0,
        "Gate scale",
        "γ, a factor on all gate weights: 2.5 in DeepSeek-V3, 1 in most models.",
        live=True,
        low=0.1,
        high=16.0,
        step=0.1,
        order=60,
    )
    n_groups: int = knob(
        "int",
        1,
        "Expert groups",
        "Groups of neighbouring experts; in large models a group lies on one device. 1: no groups.",
        live=True,
        low=1,
        high=_MOST_GROUPS,
        flag="--groups",
        url="groups",
        order=70,
    )
    kept_groups: int = knob(
        "int",
        1,
        "Groups per token",
        "How many groups a token may use. A group is ranked by the sum of its two highest scores.",
        live=True,
        low=1,
        high=_MOST_GROUPS,
        order=80,
    )

    def _check_together(self) -> None:
        if self.kept_groups > self.n_groups:
            bound = f"at most {{}} ({self.n_groups})"
            raise ConfigError("kept_groups", self.kept_groups, bound, ("n_groups",))
