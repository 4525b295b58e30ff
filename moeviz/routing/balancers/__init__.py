"""The balancers, one file each: losses, biases, or none. Readable without torch.

A new one is a file here with one registered class; controls, sentences about a run, the command
line, the page of conventions and the tests find it in `BALANCERS`.
"""

from moeviz.routing.balancers.base import BALANCERS, Balancer, LossBalancer, StepRouting
from moeviz.routing.registry import import_all

import_all(__name__, __path__)

BALANCING_LOSSES = tuple(
    name for name, each in BALANCERS.items() if isinstance(each, LossBalancer) and each.pushes
)
"""The losses that push towards an even load: what the page of conventions compares."""

REFERENCE = "switch"
"""The one that the others are compared with, which the lab trains with by default."""

__all__ = ["BALANCERS", "BALANCING_LOSSES", "REFERENCE", "Balancer", "LossBalancer", "StepRouting"]
