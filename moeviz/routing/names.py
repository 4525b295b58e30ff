"""Whether a configuration's names are known: `config` lies below and has no list of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS


def check_names(knobs: Mapping[str, Any]) -> None:
    """Raise ConfigError when `balancer` or `router` is among the knobs and unknown."""
    if "balancer" in knobs:
        BALANCERS.named(knobs["balancer"])
    if "router" in knobs:
        ROUTERS.named(knobs["router"])
