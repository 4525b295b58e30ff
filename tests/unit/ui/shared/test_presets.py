"""A preset keeps its promises on a run that goes as its story says, and not on its mirror."""

from __future__ import annotations

import pytest

from moeviz.records import RunHistory
from moeviz.ui.shared.presets import BY_NAME, PRESETS
from tests.snapshots import history, snapshot

STEPS, SWITCHED_ON = 600, 300
EVEN, COLLAPSED, UNEVEN = [[0.25] * 4], [[0.97, 0.01, 0.01, 0.01]], [[0.55, 0.15, 0.15, 0.15]]
CAPPED = [[0.25, 0.15, 0.15, 0.15]]


def rescued() -> RunHistory:
    """Collapsed until something balances it."""
    loads = [COLLAPSED if step <= SWITCHED_ON + 50 else EVEN for step in range(1, STEPS + 1)]
    return RunHistory.of([snapshot(load, step=step) for step, load in enumerate(loads, 1)])


STORIES = {
    "collapse": (
        history(STEPS, COLLAPSED, cross_entropy=2.9),
        history(STEPS, EVEN, cross_entropy=2.7),
    ),
    "rescue": (history(STEPS, COLLAPSED), rescued()),
    "too_strong": (
        history(STEPS, UNEVEN, cross_entropy=2.7),
        history(STEPS, EVEN, cross_entropy=2.8),
    ),
    "loss_free": (history(STEPS, UNEVEN), history(STEPS, EVEN)),
    "tight_capacity": (history(STEPS, COLLAPSED), history(STEPS, UNEVEN, processed=CAPPED)),
    "top2": (
        history(STEPS, UNEVEN, cross_entropy=2.9),
        history(STEPS, EVEN, cross_entropy=2.7),
    ),
}
"""What arms A and B do in each story."""


def outcomes(name: str, a: RunHistory, b: RunHistory) -> list[str]:
    return [each.verdict({"A": a, "B": b}).outcome for each in BY_NAME[name].expectations]


def test_every_preset_has_a_story():
    assert set(STORIES) == {preset.name for preset in PRESETS}


@pytest.mark.parametrize("name", STORIES)
def test_a_run_that_goes_as_the_story_says_keeps_every_promise(name):
    assert set(outcomes(name, *STORIES[name])) == {"seen"}


@pytest.mark.parametrize("name", STORIES)
def test_a_run_whose_arms_change_parts_breaks_a_promise(name):
    a, b = STORIES[name]
    assert "did not happen" in outcomes(name, b, a)


def test_who_never_collapsed_was_not_rescued():
    a, _ = STORIES["rescue"]
    assert "did not happen" in outcomes("rescue", a, history(STEPS, EVEN))
