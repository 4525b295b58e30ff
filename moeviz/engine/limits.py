"""What one server allows: named bounds on runs, and the refusals in words when one is hit.

Knows configurations and closed forms; knows nothing of workers. Runs in the web process, so that a
run that is too large is refused before anything is spent on it.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from moeviz.accounting.bounds import whole
from moeviz.accounting.lab_model import total_parameters
from moeviz.accounting.units import size
from moeviz.config import ArmConfig, RunConfig
from moeviz.data.domains import domain_names
from moeviz.engine.protocol import LimitReached
from moeviz.records import AXES
from moeviz.routing.names import check_names, check_router

_PREFIX = "MOEVIZ_"
_MIB = 2**20


def _limit(default: int, help: str, allows: str = "") -> Any:
    return dataclasses.field(default=default, metadata={"help": help, "allows": allows})


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one server. Each is overridden by the environment: MOEVIZ_MAX_STEPS=5000.

    `help` is for who runs the server; `allows` is what a refusal says that the server allows.
    """

    max_steps: int = _limit(20_000, "Steps that one run may do.", "{} steps per run")
    max_parameters_per_arm: int = _limit(
        4_000_000, "Parameters of one model.", "{} parameters per model"
    )
    max_tokens_per_step: int = _limit(
        16_384, "Training tokens of one step of one model.", "{} tokens per step and model"
    )
    history_bytes_per_run: int = _limit(
        128 * _MIB,
        "Memory for the records of one run; bounds the steps of the largest models.",
        "{} of records per run",
    )
    checkpoint_bytes_per_run: int = _limit(256 * _MIB, "Disk space for one run's checkpoints.")
    checkpoint_every_steps: int = _limit(100, "Steps between two checkpoints of a run.")
    live_runs_per_owner: int = _limit(
        4, "Runs that one owner may train at the same time.", "{} training runs per browser"
    )
    live_runs: int = _limit(
        40, "Runs that the server trains at the same time.", "{} training runs in total"
    )
    prepared_runs_per_owner: int = _limit(
        20,
        "Runs that one owner has prepared and not started; a run that no page shows any more is "
        "forgotten for a new one.",
        "{} prepared runs per browser",
    )
    prepared_runs: int = _limit(1000, "The same of all owners.", "{} prepared runs in total")
    saved_runs_per_owner: int = _limit(
        50, "Runs that one owner may keep.", "{} saved runs per browser"
    )
    disk_bytes: int = _limit(
        16 * 1024 * _MIB, "Disk space for the runs of all owners.", "{} of saved runs in total"
    )
    untrained_run_hours: int = _limit(
        1,
        "Hours of serving for which a run without a step is kept unseen; pages make such runs to "
        "show one.",
    )
    unseen_run_days: int = _limit(
        30, "Days of serving for which a trained run is kept while its owner does not come back."
    )
    workers: int = _limit(max(1, (os.cpu_count() or 2) - 1), "Worker processes.")

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            whole(each.name, getattr(self, each.name))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """The defaults, changed by MOEVIZ_<NAME> variables; ConfigError for a bad value."""
        given = os.environ if environment is None else environment
        chosen = {}
        for each in dataclasses.fields(cls):
            variable = _PREFIX + each.name.upper()
            if variable in given:
                chosen[each.name] = whole(variable, _read(given[variable]))
        return cls(**chosen)

    def check(self, config: RunConfig) -> None:
        """Raise LimitReached or ConfigError when a run of this config is not to be started."""
        for arm in config.arms:
            check_arm(arm)
            parameters = total_parameters(arm.model)
            if parameters > self.max_parameters_per_arm:
                words = f"Model {arm.name} would have {parameters:,} parameters."
                raise self.refusal("max_parameters_per_arm", words)
            tokens = arm.train.batch_size * arm.model.context_length
            if tokens > self.max_tokens_per_step:
                words = f"Model {arm.name} would train on {tokens:,} tokens per step."
                raise self.refusal("max_tokens_per_step", words)

    def steps_of(self, config: RunConfig) -> int:
        """The steps that such a run may do: max_steps, or what its records have room for."""
        return min(self.max_steps, self.history_bytes_per_run // _record_bytes(config))

    def refusal(self, name: str, why: str, what_to_do: str = "") -> LimitReached:
        """The error to raise, in sentences: why, what the server allows, what to do about it."""
        allows = type(self).__dataclass_fields__[name].metadata["allows"]
        value = getattr(self, name)
        allowed = allows.format(size(value) if "bytes" in name else f"{value:,}")
        return LimitReached(f"{why} This server allows {allowed}. {what_to_do}".rstrip())


def check_arm(arm: ArmConfig, step: int = 0, built: ArmConfig | None = None) -> None:
    """Raise ConfigError when the arm, now or by its schedule after `step`, could not be trained.

    For an unknown balancer or router, for scheduled knobs that do not go with the others, and for
    a router whose parameters the model lacks.

    Args:
        built: the arm that the model was built from; None: this one.
    """
    check_names(arm.knobs)
    for change in arm.schedule:
        check_names(change.knobs)
    arm.check_schedule(step)
    if not arm.model.is_dense:
        to_come = [change.knobs for change in arm.schedule if change.step > step]
        for knobs in (arm.knobs, *to_come):
            if "router" in knobs:
                check_router(knobs["router"], (built or arm).routing.router)


def _record_bytes(config: RunConfig) -> int:
    """Memory of one recorded step of all arms, in numbers of 4 bytes; the step itself has 8."""
    numbers = 0
    for arm in config.arms:
        sizes = {
            "L": arm.model.n_layers,
            "E": 0 if arm.model.is_dense else arm.model.n_experts,
            "domains": len(domain_names(arm.train.user_text)),
        }
        numbers += 1 + sum(math.prod(sizes[axis] for axis in axes) for axes in AXES.values())
    return 4 * numbers


def _read(text: str) -> Any:
    """The whole number, or the text as it is where it is none."""
    try:
        return int(text)
    except ValueError:
        return text
