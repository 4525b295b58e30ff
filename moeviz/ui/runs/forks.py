"""What compared runs have in common: a fork has its source's history up to the step of the fork.

Knows summaries and histories; nothing of how a comparison is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from moeviz.engine.protocol import RunSummary
from moeviz.records import RunHistory

Arms = Mapping[str, RunHistory]


def departures(
    compared: Mapping[str, RunSummary], runs: Sequence[RunSummary], histories: Mapping[str, Arms]
) -> dict[str, tuple[int, str]]:
    """Of each run that shares steps with an older one: the last of them, and that run's name.

    Args:
        compared: by name. runs: all that are known, through which forks of forks are related.
    """
    pasts = {name: _past(run, runs) for name, run in compared.items()}
    oldest_first = sorted(histories, key=lambda name: compared[name].created_unix_s)
    found = {}
    for i, name in enumerate(oldest_first):
        shared = {
            older: _shared(histories[name], histories[older], _related(pasts[name], pasts[older]))
            for older in oldest_first[:i]
        }
        if any(shared.values()):
            older = max(shared, key=shared.__getitem__)
            found[name] = shared[older], older
    return found


def _past(run: RunSummary, runs: Sequence[RunSummary]) -> dict[str, int]:
    """The run and those that it goes on from, each with the last step that it has of them."""
    by_id = {each.run_id: each for each in runs}
    past, step, each = {run.run_id: run.step}, run.step, run
    while each.origin is not None:
        step = min(step, each.origin.step)
        past[each.origin.run_id] = step
        if each.origin.run_id not in by_id:
            break
        each = by_id[each.origin.run_id]
    return past


def _related(one: Mapping[str, int], other: Mapping[str, int]) -> int:
    """The last step that two runs may share; 0 for unrelated ones, however alike they train."""
    return max((min(one[each], other[each]) for each in one.keys() & other.keys()), default=0)


def _shared(one: Arms, other: Arms, at_most: int) -> int:
    """The last step that all arms share: a source that was rewound has gone another way since."""
    return min([at_most, *(_alike(one[arm], other[arm]) for arm in one.keys() & other.keys())])


def _alike(one: RunHistory, other: RunHistory) -> int:
    """How many steps were trained alike, to the bit."""
    pairs = min(len(one), len(other))
    differ = one["cross_entropy"][:pairs] != other["cross_entropy"][:pairs]
    return int(np.argmax(differ)) if differ.any() else pairs
