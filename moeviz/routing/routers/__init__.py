"""The routers, one file each: how scores, choice and weights are made. Readable without torch.

A new one is a file here with one registered class; controls, explanations, the command line and the
tests find it in `ROUTERS`.
"""

from moeviz.routing.registry import import_all
from moeviz.routing.routers.base import ROUTERS, Router, RouterInput

import_all(__name__, __path__)

__all__ = ["ROUTERS", "Router", "RouterInput"]
