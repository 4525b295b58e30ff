"""The benchmark of the phenomena measures what its claims say."""

from __future__ import annotations

import pytest

from benchmarks.phenomena import EARLY, STEPS, outcome
from moeviz.records import RunHistory
from tests import oracles
from tests.snapshots import snapshot

EVEN, UNEVEN, COLLAPSED = [0.25] * 4, [0.55, 0.15, 0.15, 0.15], [0.97, 0.01, 0.01, 0.01]


def test_the_layer_that_fell_is_followed_to_the_end_whatever_the_others_do():
    loads = {EARLY - 1: [UNEVEN, COLLAPSED, EVEN], STEPS: [EVEN, UNEVEN, COLLAPSED]}
    records = [
        snapshot(loads[EARLY - 1 if step < EARLY else STEPS], step=step)
        for step in range(1, STEPS + 1)
    ]
    seen = outcome(RunHistory.of(records))
    assert (seen.collapsed_early, seen.verdict) == (True, "collapsed")
    assert seen.lowest == pytest.approx(oracles.normalised_entropy(COLLAPSED), abs=1e-6)
    assert seen.fallen_at_end == pytest.approx(oracles.normalised_entropy(UNEVEN), abs=1e-6)
    assert seen.at_end == pytest.approx(oracles.normalised_entropy(COLLAPSED), abs=1e-6)
