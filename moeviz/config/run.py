"""A run: the models that are trained side by side, each with all its knobs and its schedule."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from moeviz.config.balance import BalanceConfig
from moeviz.config.errors import ConfigError, no_such_knob
from moeviz.config.group import Validated
from moeviz.config.knobs import GROUPS, KNOBS, check_live, present_knobs
from moeviz.config.model import ModelConfig
from moeviz.config.routing import RoutingConfig
from moeviz.config.train import TrainConfig

MAX_ARMS = 4


@dataclass(frozen=True, slots=True)
class ScheduledChange:
    """Knobs that a run sets on itself at the start of a step."""

    step: int
    knobs: Mapping[str, Any]

    def __post_init__(self) -> None:
        if isinstance(self.step, bool) or not isinstance(self.step, int) or self.step < 1:
            raise ConfigError("schedule step", self.step, "a whole number of at least 1")
        check_live(self.knobs)


@dataclass(frozen=True, slots=True)
class ArmConfig:
    """One model of a run, with everything it needs to be trained."""

    name: str
    model: ModelConfig = field(default_factory=ModelConfig)
    routing: RoutingConfig = field(default_factory=RoutingConfig)
    balance: BalanceConfig = field(default_factory=BalanceConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    schedule: tuple[ScheduledChange, ...] = ()

    def __post_init__(self) -> None:
        if not self.model.is_dense and self.routing.top_k > self.model.n_experts:
            bound = f"at most {{}} ({self.model.n_experts})"
            raise ConfigError("top_k", self.routing.top_k, bound, ("n_experts",))
        if not self.model.is_dense:
            self._check_groups()

    def _check_groups(self) -> None:
        """Groups of equal size, of two experts at least, with enough of them for k."""
        experts, groups = self.model.n_experts, self.routing.n_groups
        if groups > 1 and (experts % groups or experts // groups < 2):
            bound = f"a divisor of {{}} ({experts}) with at least two experts per group"
            raise ConfigError("n_groups", groups, bound, ("n_experts",))
        if self.routing.top_k > self.experts_within_reach:
            within, kept = self.experts_within_reach, self.routing.kept_groups
            bound = f"at most {within}, the number of experts in {kept} of {groups} groups"
            raise ConfigError("top_k", self.routing.top_k, bound)

    @property
    def experts_within_reach(self) -> int:
        """How many of a layer's experts one token may choose from: those of its kept groups."""
        return self.model.n_experts // self.routing.n_groups * self.routing.kept_groups

    @classmethod
    def of(
        cls, name: str, knobs: Mapping[str, Any], schedule: tuple[ScheduledChange, ...] = ()
    ) -> Self:
        """Build from flat knob values; missing ones take their defaults."""
        for given in knobs:
            if given not in KNOBS:
                raise no_such_knob(given, KNOBS)
        groups: dict[str, Any] = {key: group.of(knobs) for key, group in GROUPS.items()}
        return cls(name=name, schedule=schedule, **groups)

    @property
    def knobs(self) -> dict[str, Any]:
        """All knob values, flat."""
        groups: list[Validated] = [getattr(self, key) for key in GROUPS]
        return {name: value for group in groups for name, value in group.knobs.items()}

    @property
    def knobs_in_turn(self) -> list[dict[str, Any]]:
        """All knob values, flat: as they are, then after each scheduled change."""
        changes = sorted(self.schedule, key=lambda change: change.step)
        after = itertools.accumulate(
            changes, lambda knobs, change: {**knobs, **change.knobs}, initial=self.knobs
        )
        return list(after)

    def with_knobs(self, changes: Mapping[str, Any]) -> ArmConfig:
        """The same arm with some knobs changed, validated anew."""
        return ArmConfig.of(self.name, {**self.knobs, **changes}, self.schedule)

    def check_schedule(self, step: int) -> None:
        """Raise ConfigError when a change scheduled after `step` would not go with the knobs."""
        arm = self
        for change in sorted(self.schedule, key=lambda change: change.step):
            if change.step > step:
                arm = arm.with_knobs(change.knobs)


Arms = str | tuple[str, ...] | None
"""One arm by its name, some, or with None all of a run."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Models that are trained side by side, step for step."""

    arms: tuple[ArmConfig, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.arms) <= MAX_ARMS:
            raise ConfigError("models", len(self.arms), f"from 1 to {MAX_ARMS} models")
        names = [arm.name for arm in self.arms]
        if len(set(names)) < len(names):
            raise ConfigError("models", names, "distinct names")

    def with_knobs(self, changes: Mapping[str, Any], arm: Arms = None) -> RunConfig:
        """The same run with live knobs changed in one arm, in some, or in all."""
        checked, named = check_live(changes), self.named(arm)
        return RunConfig(tuple(a.with_knobs(checked) if a.name in named else a for a in self.arms))

    def named(self, arm: Arms) -> tuple[str, ...]:
        """The names that are meant: one, some, or with None all; ConfigError for another name."""
        names = tuple(each.name for each in self.arms)
        meant = names if arm is None else (arm,) if isinstance(arm, str) else arm
        for name in meant:
            if name not in names:
                raise ConfigError("model", name, "one of " + ", ".join(names))
        return meant

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back to an equal config."""
        return {
            "arms": [
                {
                    "name": arm.name,
                    "knobs": arm.knobs,
                    "schedule": [{"step": c.step, "knobs": dict(c.knobs)} for c in arm.schedule],
                }
                for arm in self.arms
            ]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunConfig:
        """Read what `to_json` wrote; ConfigError for a bad value."""
        return cls(
            tuple(
                ArmConfig.of(
                    arm["name"],
                    present_knobs(arm["knobs"]),
                    tuple(
                        ScheduledChange(c["step"], present_knobs(c["knobs"]))
                        for c in arm["schedule"]
                    ),
                )
                for arm in data["arms"]
            )
        )


DENSE_NAMES = {
    "active": "Dense (FLOPs)",
    "total": "Dense (size)",
}
"""By what it equals, what the dense baseline of a run is called."""


def dense_baseline(arm: ArmConfig, equal: str, name: str) -> ArmConfig:
    """A dense model with the arm's active FLOPs, or with its total parameters.

    The router's N·d_model weights are spent on hidden units as well: with two matrices an expert,
    width = n·d_expert + N/2 makes the feed-forward layers equal (n = k or N) when N is even.
    Otherwise, and with three matrices (SwiGLU, N/3), the router's share is rounded, so that the
    two differ by less than one hidden unit.
    """
    experts = arm.routing.top_k if equal == "active" else arm.model.n_experts
    matrices = 3 if arm.model.activation == "swiglu" else 2
    width = experts * arm.model.d_expert + round(arm.model.n_experts / matrices)
    return dataclasses.replace(
        arm, name=name, model=dataclasses.replace(arm.model, dense_width=width), schedule=()
    )
