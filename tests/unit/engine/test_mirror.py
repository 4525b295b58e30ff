"""The web process's copy of a run's records."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.mirror import Mirror
from moeviz.records import COLUMNS, WINDOW_STEPS, RunHistory
from tests.fakes import CountingTrainer


def recorded(first: int, last: int, seed: int = 0) -> RunHistory:
    trainer = CountingTrainer(RunConfig((ArmConfig.of("A", {"seed": seed}),)))
    steps = [trainer.step()["A"] for _ in range(last)]
    return RunHistory.of(steps[first - 1 :])


def assert_same(one: RunHistory, other: RunHistory) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(one[name], other[name])
        assert one[name].dtype == other[name].dtype


def filled(*lengths: int) -> Mirror:
    mirror, last = Mirror(), 0
    for length in lengths:
        mirror.append(recorded(last + 1, last + length))
        last += length
    return mirror


def test_pieces_come_back_as_one_history() -> None:
    assert_same(filled(3, 1, 400, 200).history(), recorded(1, 604))


def test_since_gives_only_what_came_after() -> None:
    assert filled(50).history(since=47)["step"].tolist() == [48, 49, 50]
    assert len(filled(50).history(since=50)) == 0


def test_an_empty_mirror_has_an_empty_history_and_no_latest() -> None:
    assert len(Mirror().history()) == 0
    assert Mirror().latest is None


def test_what_is_handed_out_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        filled(5).history()["cross_entropy"][0] = 0


def test_reading_copies_nothing() -> None:
    mirror = filled(50)
    one, other = mirror.history()["expert_load"], mirror.history(since=10)["expert_load"]
    assert np.shares_memory(one, other)


def test_what_was_handed_out_stays_as_it_was_when_the_run_goes_back_and_on() -> None:
    mirror = filled(50)
    before = mirror.history()
    kept = before["cross_entropy"].copy()
    mirror.truncate(20)
    mirror.append(RunHistory.of([]))
    mirror.append(recorded(21, 60, seed=5))
    np.testing.assert_array_equal(before["cross_entropy"], kept)
    assert mirror.history()["step"].tolist() == list(range(1, 61))


def test_latest_is_the_last_record_with_plain_numbers() -> None:
    mirror = filled(7)
    latest = mirror.latest
    assert latest is not None
    assert isinstance(latest.step, int)
    assert isinstance(latest.cross_entropy, float)
    assert_same(RunHistory.of([latest]), recorded(7, 7))
    mirror.append(recorded(8, 8))
    assert mirror.latest is not None
    assert mirror.latest.step == 8
    mirror.truncate(3)
    assert mirror.latest.step == 3


@pytest.mark.parametrize("steps", [0, 7, WINDOW_STEPS, 50])
def test_the_recent_losses_are_those_of_the_last_window(steps: int) -> None:
    mirror = filled(steps)
    losses = mirror.history()["cross_entropy"].tolist() if steps else []
    assert list(mirror.recent_losses) == losses[-WINDOW_STEPS:]
    assert all(type(loss) is float for loss in mirror.recent_losses)
