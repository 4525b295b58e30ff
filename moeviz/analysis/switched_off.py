"""Since when a model trains without the load balancing that it had. Knows configurations alone."""

from __future__ import annotations

from collections.abc import Sequence

from moeviz.config import ArmConfig
from moeviz.records import KnobMark


def off_since(arm: ArmConfig, marks: Sequence[KnobMark]) -> int | None:
    """The step after which load balancing was switched off and stayed off.

    None where the model has load balancing, never had it, or has no router.

    Args:
        arm: with the knobs in force.
        marks: the run's knob changes, in order.
    """
    if arm.model.is_dense or arm.balance.balancer != "none":
        return None
    changes = [each for each in marks if each.arm == arm.name and "balancer" in each.knobs]
    if not changes or changes[-1].knobs["balancer"] != "none":
        return None
    return changes[-1].step - 1
