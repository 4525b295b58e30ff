"""What of a request to a run is refused, in words, before anything is done for it.

Knows runs and configurations; nothing of workers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from moeviz.accounting.units import size
from moeviz.config import LIVE_KNOBS, ArmConfig, Arms, ConfigError, RunConfig
from moeviz.engine.limits import Limits, check_arm
from moeviz.engine.protocol import EngineError, Until
from moeviz.engine.registry import Registry
from moeviz.engine.run import Run
from moeviz.engine.start_config import start_config


def with_any_knobs(config: RunConfig, knobs: Mapping[str, Any]) -> RunConfig:
    """The run with knobs of all arms changed, those of the model too."""
    arms = (ArmConfig.of(arm.name, {**arm.knobs, **knobs}, arm.schedule) for arm in config.arms)
    return RunConfig(tuple(arms))


def checked_reset(
    run: Run, knobs: Mapping[str, Mapping[str, Any]] | None
) -> Mapping[str, Mapping[str, Any]]:
    """By arm, the live knobs that a run goes back to step 0 with; ConfigError for bad ones.

    None: those that were changed by hand as they are, scheduled changes undone.
    """
    if knobs is None:
        again = start_config(run.config, run.initial, run.stands)
        knobs = {arm.name: {each: arm.knobs[each] for each in LIVE_KNOBS} for arm in again.arms}
    config = run.initial
    for arm, values in knobs.items():
        config = config.with_knobs(values, arm)
    _check_arms(run, config, 0)
    return knobs


def check_knobs(run: Run, knobs: Mapping[str, Any], arm: Arms) -> None:
    """Raise ConfigError when the run cannot take these live knobs."""
    _check_arms(run, run.config.with_knobs(knobs, arm), run.step)


def _check_arms(run: Run, config: RunConfig, step: int) -> None:
    """Check each arm with its model: that of a prepared run is still to be built."""
    models = config if run.prepared else run.initial
    for arm, built in zip(config.arms, models.arms, strict=True):
        check_arm(arm, step, built)


def check_not_failed(run: Run) -> None:
    """Raise EngineError when the run has stopped for good."""
    if run.failure:
        raise EngineError(f"this run {run.reason}; rewind it to an earlier checkpoint")


def check_until(run: Run, until: Until | None) -> None:
    """Raise ConfigError for a condition that a run at this step cannot reach."""
    if until and not math.isfinite(until.value):
        raise ConfigError("until", until.value, "a finite number")
    if until and until.kind == "step" and until.value <= run.stands:
        raise ConfigError("until step", int(until.value), f"above the present step {run.stands}")


def check_kept(run: Run, step: int) -> None:
    """Raise EngineError when the run cannot go back to this step."""
    if step != 0 and step not in run.checkpoints:
        kept = ", ".join(str(each) for each in run.checkpoints) or "none"
        raise EngineError(f"step {step} has no checkpoint; steps with a checkpoint: {kept}")


def check_can_train(run: Run, limits: Limits) -> None:
    """Raise EngineError when the run has failed, LimitReached when it has done all its steps."""
    check_not_failed(run)
    most = limits.steps_of(run.initial)
    if run.stands >= most:
        if most == limits.max_steps:
            raise limits.refusal("max_steps", f"This run has done {run.stands:,} steps.")
        words = f"The records of this run are full after {run.stands:,} steps."
        raise limits.refusal("history_bytes_per_run", words)


def check_disk(registry: Registry, limits: Limits, owner: str) -> None:
    """Raise LimitReached when the owner, or the server, may keep no further run."""
    kept = sum(not run.untrained for run in registry.summaries(owner))
    if kept >= limits.saved_runs_per_owner:
        words = f"This browser has {kept:,} saved runs."
        raise limits.refusal("saved_runs_per_owner", words, "Delete one first.")
    used = registry.store.used_bytes()
    if used >= limits.disk_bytes:
        raise limits.refusal("disk_bytes", f"All saved runs take {size(used)}.")
