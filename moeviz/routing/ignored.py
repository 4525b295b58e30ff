"""Which knobs a step leaves unread for what the others say, and why: so that controls can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS


def ignored_knobs(knobs: Mapping[str, Any]) -> dict[str, str]:
    """The knobs without effect beside these values, each with the reason as half a sentence."""
    ignored = _unread(BALANCERS, knobs["balancer"]) | _unread(ROUTERS, knobs["router"])
    balancer = BALANCERS[knobs["balancer"]]
    if not balancer.beside_z_loss:
        why = f'"{balancer.title}" adds this loss already, with the coefficient α'
        ignored["z_loss_coefficient"] = why
    if knobs["capacity_factor"] is None:
        ignored["drop_policy"] = "without a capacity factor no token is dropped"
    if knobs["n_groups"] == 1:
        ignored["kept_groups"] = "one group of experts leaves no choice among groups"
    return ignored


def _unread(registry: Mapping[str, Any], chosen: str) -> dict[str, str]:
    """Knobs that other methods of the registry read, and the chosen one does not."""
    read_by_some = {name for method in registry.values() for name in method.reads}
    unread = read_by_some.difference(registry[chosen].reads)
    return dict.fromkeys(unread, f'"{registry[chosen].title}" does not use it')
