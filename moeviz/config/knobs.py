"""All knobs of all groups, in one table: fields of the configurations, and what methods declare.

A method's own knob is declared in the method's file. `moeviz/__init__.py` imports those files
before any other module of the package, then closes the table: so whoever reads it, in any process,
finds the knobs of all methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moeviz.config.balance import BalanceConfig
from moeviz.config.errors import no_such_knob
from moeviz.config.group import OWN_KNOBS, Validated, knobs_of
from moeviz.config.knob import Knob
from moeviz.config.model import ModelConfig
from moeviz.config.routing import RoutingConfig
from moeviz.config.train import TrainConfig

GROUPS: dict[str, type[Validated]] = {
    "model": ModelConfig,
    "routing": RoutingConfig,
    "balance": BalanceConfig,
    "train": TrainConfig,
}
_CLASSES: tuple[type, ...] = tuple(GROUPS.values())
KNOBS: dict[str, Knob] = {
    name: each for group in _CLASSES for name, each in knobs_of(group).items()
}
"""All knobs by name: the one table."""

FORMER_NAMES: dict[str, str] = {
    knob.formerly: name for name, knob in KNOBS.items() if knob.formerly
}
"""What a knob was called in runs, addresses and command lines of earlier versions."""

_live = [name for name, knob in KNOBS.items() if knob.live]
_closed = False


def present_knobs(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs and values by the names that they have today; others stay as they are."""
    named = {FORMER_NAMES.get(name, name): value for name, value in knobs.items()}
    return {n: KNOBS[n].present(value) if n in KNOBS else value for n, value in named.items()}


LIVE_KNOBS: Sequence[str] = _live
"""Those that a running model takes."""


def declare_own(knob: Knob, field: str) -> None:
    """Add a knob that a single method reads.

    Its value is in `own` of the configuration whose field names the method.

    Raises:
        ValueError: when another knob has its name, its flag or its parameter.
        RuntimeError: when tables may have been made of the knobs already.
    """
    group = next(each for each in _CLASSES if field in knobs_of(each))
    if OWN_KNOBS[group].get(knob.name) == knob:  # the module is imported again, or two share it
        return
    for other in KNOBS.values():
        if knob.called & other.called:
            raise ValueError(f"the knob {knob.name!r} is called as {other.name!r} is")
    if _closed:
        raise RuntimeError(
            f"the knob {knob.name!r} is declared too late: a method with knobs of its own is a "
            "file of moeviz/routing/balancers or moeviz/routing/routers"
        )
    OWN_KNOBS[group][knob.name] = KNOBS[knob.name] = knob
    if knob.live:
        _live.append(knob.name)
    if knob.formerly:
        FORMER_NAMES[knob.formerly] = knob.name


def close_table() -> None:
    """From now on no knob is added."""
    global _closed
    _closed = True


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
