"""The benchmark of the verdicts counts what its table says."""

from __future__ import annotations

from benchmarks.verdicts import FROM, STEPS, Share, row, share_of
from moeviz.records import RunHistory
from tests.snapshots import snapshot

EVEN, UNEVEN, COLLAPSED = [0.25] * 4, [0.55, 0.15, 0.15, 0.15], [0.97, 0.01, 0.01, 0.01]


def test_only_late_steps_are_counted_and_the_worst_layer_gives_the_word():
    """The first half collapses; of the second, every layer is even in two thirds."""
    records = [
        snapshot([COLLAPSED if step <= FROM else EVEN, UNEVEN if 400 < step <= 500 else EVEN],
                 step=step)
        for step in range(1, STEPS + 1)
    ]  # fmt: skip
    history = RunHistory.of(records)
    assert share_of("balanced", history) == Share(2 / 3, 2, True)
    assert share_of("collapsed", history) == Share(0.0, 2, True)


def test_other_borders_give_other_words():
    """MaxVio is 0.75: balanced by the usual borders."""
    records = [snapshot([[0.4375, *[0.1875] * 3]], step=step) for step in range(1, STEPS + 1)]
    history = RunHistory.of(records)
    assert share_of("balanced", history) == Share(1.0, 0, True)
    assert share_of("balanced", history, (0.5, 0.7)) == Share(0.0, 0, False)


def test_a_row_has_median_and_range():
    shares = [Share(0.2, 0, False), Share(0.5, 4, True), Share(1.0, 1, True)]
    assert row("a model", "balanced", shares) == (
        "| a model | balanced | 50% (20% to 100%) | 1 (at most 4) | 2 of 3 |"
    )
