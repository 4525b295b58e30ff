"""Records are read-only, stack into columns, and know how to be cut at a step."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from moeviz.records import (
    COLUMNS,
    RunFailure,
    RunHistory,
    StepSnapshot,
    TrainingDiverged,
    read_only,
)
from tests.snapshots import snapshot


def test_a_record_keeps_its_own_copy_that_nobody_can_write():
    load = np.array([[0.5, 0.5]])
    kept = snapshot(load)
    load[0, 0] = 9
    assert kept.window_load.tolist() == [[0.5, 0.5]]
    assert kept.window_load.dtype == np.float32
    for each in dataclasses.fields(StepSnapshot):
        value = getattr(kept, each.name)
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 0


def test_read_only_leaves_the_original_writable():
    values = np.zeros(2, dtype=np.float32)
    read_only(values)
    values[0] = 1


def test_a_history_has_a_column_a_field_and_a_row_a_step():
    history = RunHistory.of([snapshot([[0.75, 0.25]], step=s) for s in (1, 2, 3)])
    assert set(history.columns) == set(COLUMNS) == {f.name for f in dataclasses.fields(snapshot())}
    assert len(history) == 3
    assert history["step"].tolist() == [1, 2, 3]
    assert history["step"].dtype == np.int64
    assert history["window_load"].shape == (3, 1, 2)
    assert not history["window_load"].flags.writeable


def test_an_empty_history_has_every_column():
    history = RunHistory.of([])
    assert len(history) == 0
    assert all(len(history[name]) == 0 for name in COLUMNS)
    assert len(history.since(0)) == len(history.until(5)) == 0


@pytest.mark.parametrize(
    ("cut", "after", "before"),
    [
        (0, [2, 4, 6], []),
        (2, [4, 6], [2]),
        (3, [4, 6], [2]),
        (6, [], [2, 4, 6]),
        (9, [], [2, 4, 6]),
    ],
)
def test_since_excludes_its_step_and_until_includes_it(cut, after, before):
    history = RunHistory.of([snapshot(step=s) for s in (2, 4, 6)])
    assert history.since(cut)["step"].tolist() == after
    assert history.until(cut)["step"].tolist() == before
    for name in COLUMNS:
        assert len(history.since(cut)[name]) == len(after)
        assert len(history.until(cut)[name]) == len(before)


def test_a_failure_names_arm_step_and_reason_also_after_a_pickle():
    error = TrainingDiverged(RunFailure(7, "B", "the loss is nan"))
    back = pickle.loads(pickle.dumps(error.failure))
    assert back == error.failure
    assert str(error) == "model B, step 7: the loss is nan"
