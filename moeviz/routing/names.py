"""Whether a configuration's names are known: `config` lies below and has no list of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.routing.balancing import balancing_method
from moeviz.routing.rules import routing_rule


def check_names(knobs: Mapping[str, Any]) -> None:
    """Raise ConfigError when `method` or `routing_rule` is among the knobs and unknown."""
    if "method" in knobs:
        balancing_method(knobs["method"])
    if "routing_rule" in knobs:
        routing_rule(knobs["routing_rule"])
