"""The knobs that a run would start with again: changes by hand stay, scheduled changes do not.

Knows configurations only.
"""

from __future__ import annotations

from moeviz.config import LIVE_KNOBS, ArmConfig, ConfigError, RunConfig


def start_config(now: RunConfig, started: RunConfig, step: int) -> RunConfig:
    """The run that *Reset* would repeat: changes by hand stay, scheduled ones are undone.

    Where the changes by hand are not valid without the scheduled ones, or with these to come
    again, an arm starts as it did.

    Args:
        now: with the knobs in force after `step`. started: as the run was started.
    """
    pairs = zip(now.arms, started.arms, strict=True)
    return RunConfig(tuple(_start_arm(arm, first, step) for arm, first in pairs))


def _start_arm(now: ArmConfig, started: ArmConfig, step: int) -> ArmConfig:
    fired = [change.knobs for change in now.schedule if change.step <= step]
    values = now.knobs
    own = {n for knobs in fired for n, value in knobs.items() if values[n] == value}
    try:
        undone = now.with_knobs({name: started.knobs[name] for name in own})
        undone.check_schedule(step=0)
    except ConfigError:
        return now.with_knobs({name: started.knobs[name] for name in LIVE_KNOBS})
    return undone
