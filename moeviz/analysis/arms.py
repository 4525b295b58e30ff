"""What distinguishes a model of a run, in a few words, and the capacity slots of its experts.

Knows configurations only: nothing of runs or of how anything is shown.
"""

from __future__ import annotations

from moeviz.config import ArmConfig
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.capacity import expert_capacity


def arm_summary(arm: ArmConfig) -> str:
    """What distinguishes this arm, in a few words."""
    if arm.model.is_dense:
        return f"no router, {arm.model.dense_width} hidden units for every token"
    method = BALANCERS[arm.balance.balancer]
    title = "no load balancing" if arm.balance.balancer == "none" else method.title
    words = [title, f"k = {arm.routing.top_k}"]
    if "aux_coefficient" in method.knobs:
        words.insert(1, f"α = {arm.balance.aux_coefficient:g}")
    if arm.routing.capacity_factor is not None:
        words.append(f"capacity {arm.routing.capacity_factor:g}")
    return ", ".join(words)


def capacity_share(arm: ArmConfig) -> float | None:
    """Room of one expert as a fraction of the T·k slots, rounded up as the model does."""
    n_tokens = arm.train.batch_size * arm.model.context_length
    routing = arm.routing
    capacity = expert_capacity(
        n_tokens, arm.model.n_experts, routing.top_k, routing.capacity_factor
    )
    return None if capacity is None else capacity / (routing.top_k * n_tokens)
