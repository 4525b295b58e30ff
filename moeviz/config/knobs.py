"""All knobs of all groups, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.config.balance import BalanceConfig
from moeviz.config.errors import no_such_knob
from moeviz.config.knob import Knob, knobs_of
from moeviz.config.model import ModelConfig
from moeviz.config.routing import RoutingConfig
from moeviz.config.train import TrainConfig

GROUPS: dict[str, type] = {
    "model": ModelConfig,
    "routing": RoutingConfig,
    "balance": BalanceConfig,
    "train": TrainConfig,
}
KNOBS: dict[str, Knob] = {
    name: each for group in GROUPS.values() for name, each in knobs_of(group).items()
}
"""All knobs by name: the one table."""

FORMER_NAMES: dict[str, str] = {
    knob.formerly: name for name, knob in KNOBS.items() if knob.formerly
}
"""What a knob was called in runs, addresses and command lines of earlier versions."""


def present_knobs(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs and values by the names that they have today; others stay as they are."""
    named = {FORMER_NAMES.get(name, name): value for name, value in knobs.items()}
    return {n: KNOBS[n].present(value) if n in KNOBS else value for n, value in named.items()}


LIVE_KNOBS = tuple(name for name, knob in KNOBS.items() if knob.live)
"""Those that a running model takes."""


def knobs_with_controls(*places: str) -> tuple[str, ...]:
    """The names of the knobs whose controls stand in one of these places, in their order."""
    there = [knob for knob in KNOBS.values() if knob.controls in places]
    return tuple(knob.name for knob in sorted(there, key=lambda knob: knob.order))


def check_live(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs with checked values; ConfigError when one is unknown or needs a new run."""
    for name in knobs:
        if name not in KNOBS or not KNOBS[name].live:
            raise no_such_knob(name, LIVE_KNOBS)
    return {name: KNOBS[name].check(value) for name, value in knobs.items()}
