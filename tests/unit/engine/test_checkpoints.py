"""The checkpoint ring: bounded, evenly thinned, never half written."""

from __future__ import annotations

import errno
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeviz.engine.checkpoints import CheckpointRing, checkpoint_path


def files(directory: Path) -> set[int]:
    return {int(path.stem) for path in directory.iterdir()}


@settings(max_examples=20)
@given(count=st.integers(1, 120), room=st.integers(3, 12))
def test_a_ring_stays_in_its_budget_and_keeps_the_first_and_the_newest(
    tmp_path_factory: pytest.TempPathFactory, count: int, room: int
) -> None:
    directory = tmp_path_factory.mktemp("ring")
    ring = CheckpointRing(directory, (), budget_bytes=room * 10)
    for step in range(count):
        ring.save(step * 100, b"0123456789")
    assert files(directory) == set(ring.steps)
    assert len(ring.steps) == min(count, room)
    assert ring.steps[0] == 0
    assert ring.steps[-1] == (count - 1) * 100


@settings(max_examples=20)
@given(count=st.integers(20, 200), room=st.integers(4, 12))
def test_thinning_leaves_no_gap_much_larger_than_an_even_one(
    tmp_path_factory: pytest.TempPathFactory, count: int, room: int
) -> None:
    ring = CheckpointRing(tmp_path_factory.mktemp("ring"), (), budget_bytes=room)
    for step in range(count):
        ring.save(step, b"x")
    steps = ring.steps
    widest = max(after - before for before, after in itertools.pairwise(steps))
    even = (count - 1) / (room - 1)
    assert widest <= 3 * even + 2


def test_a_state_larger_than_the_budget_is_not_kept(tmp_path: Path) -> None:
    ring = CheckpointRing(tmp_path, (), budget_bytes=5)
    ring.save(0, b"0123456789")
    assert ring.steps == ()
    assert files(tmp_path) == set()


def test_two_large_states_leave_only_the_newer(tmp_path: Path) -> None:
    ring = CheckpointRing(tmp_path, (), budget_bytes=15)
    ring.save(0, b"0123456789")
    ring.save(100, b"0123456789")
    assert ring.steps == (100,)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    ring = CheckpointRing(tmp_path, (), budget_bytes=100)
    ring.save(7, b"state")
    assert ring.read(7) == b"state"


def test_a_ring_removes_files_that_are_no_longer_valid(tmp_path: Path) -> None:
    for step in (0, 100, 200):
        checkpoint_path(tmp_path, step).write_bytes(b"x")
    (tmp_path / "300.4711").write_bytes(b"half")
    ring = CheckpointRing(tmp_path, (0, 100, 150), budget_bytes=100)
    assert ring.steps == (0, 100)
    assert files(tmp_path) == {0, 100}


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    ring = CheckpointRing(tmp_path, (), budget_bytes=100)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        ring.save(1, b"state")
    assert list(tmp_path.iterdir()) == []
    assert ring.steps == ()
