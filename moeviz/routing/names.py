"""Whether a configuration's routers and balancers are known and go with its model.

`config` lies below and has no list of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.config import ConfigError
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS, Router


def check_names(knobs: Mapping[str, Any]) -> None:
    """Raise ConfigError when `balancer` or `router` is among the knobs and unknown."""
    if "balancer" in knobs:
        BALANCERS.named(knobs["balancer"])
    if "router" in knobs:
        ROUTERS.named(knobs["router"])


def check_router(router: str, built_with: str) -> None:
    """Raise ConfigError when the router trains parameters that the model was not built with.

    Args:
        router, built_with: known names; the model has the parameters of the second.
    """
    own, built = type(ROUTERS[router]).parameters, type(ROUTERS[built_with]).parameters
    if own not in (Router.parameters, built):
        raise without_parameters(router, f" ({built_with})")


def without_parameters(router: str, built_with: str = "") -> ConfigError:
    """The refusal of a router whose parameters the model lacks."""
    bound = f"the router that the model was built with{built_with}, or one without parameters"
    return ConfigError("router", router, bound)
