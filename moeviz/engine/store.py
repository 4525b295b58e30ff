"""Runs on disk: one private directory a run, written so that a reader sees a whole file or none.

    <data>/runs/<run_id>/config.json, history.npz, status.json, checkpoints/<step>.safetensors

Knows files and records; knows nothing of workers. One server process owns a data directory: see
`data_directory.claim`.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from moeviz.engine.checkpoints import checkpoint_path
from moeviz.engine.protocol import RunSummary, UnknownRun, UnreadableRun
from moeviz.engine.saved import SavedRun, read_run, read_summary, write_run
from moeviz.engine.unreadable import CannotRead, unreadable_run

_RUN_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_REMOVED = ".removed-"


def new_run_id() -> str:
    """128 random bits: the id cannot be guessed, and knowing it allows watching the run."""
    return secrets.token_urlsafe(16)


class RunStore:
    """The runs in one data directory. Safe for threads, one writer a run.

    Attributes:
        root: the private directory that holds one directory a run.
    """

    def __init__(self, directory: Path) -> None:
        self.root = directory / "runs"
        with contextlib.suppress(OSError):
            for leftover in self.root.glob(f"{_REMOVED}*"):
                shutil.rmtree(leftover, ignore_errors=True)
        self._unreadable: dict[str, tuple[str, UnreadableRun]] = {}
        self._summaries = self._read_summaries()

    def checkpoints(self, run_id: str) -> Path:
        """Where the run's checkpoints are."""
        return self._path(run_id) / "checkpoints"

    def kept(self, run_id: str, steps: Iterable[int]) -> tuple[int, ...]:
        """Those of the steps whose checkpoint is there: a worker that died may have dropped one."""
        directory = self.checkpoints(run_id)
        return tuple(step for step in steps if checkpoint_path(directory, step).exists())

    def checkpoint(self, run_id: str, step: int) -> bytes:
        """One kept state; raises OSError."""
        return checkpoint_path(self.checkpoints(run_id), step).read_bytes()

    def save(self, run: SavedRun) -> None:
        """Write what is kept of the run; raises OSError."""
        path = self._path(run.run_id)
        for private in (self.root, path, self.checkpoints(run.run_id)):
            private.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_run(path, run)
        self._summaries[run.run_id] = (run.owner, run.summary)
        self._unreadable.pop(run.run_id, None)

    def load(self, run_id: str) -> SavedRun:
        """Read a run; raises UnknownRun when there is none, or none that can be read.

        One that cannot be read is listed so from then on.
        """
        path = self._path(run_id)
        try:
            run = read_run(path)
        except CannotRead as error:
            if not path.exists():
                raise UnknownRun(f"there is no run {run_id!r}") from error
            self._summaries.pop(run_id, None)
            self._note_unreadable(path, error)
            raise UnknownRun(f"this run cannot be read. {error}") from error
        return replace(run, checkpoints=self.kept(run_id, run.checkpoints))

    @property
    def summaries(self) -> dict[str, RunSummary]:
        """The lines of all saved runs, by run id."""
        return {run_id: summary for run_id, (_, summary) in list(self._summaries.items())}

    def copy_checkpoints(self, source: str, target: str, until: int) -> None:
        """Give the target the source's checkpoints up to a step. OSError.

        Linked where the file system can: a checkpoint is never changed in place.
        """
        directory = self.checkpoints(target)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self.checkpoints(source).glob("*.safetensors"):
            if path.stem.isdecimal() and int(path.stem) <= until:
                with contextlib.suppress(FileNotFoundError):
                    _link(path, directory / path.name)

    def delete(self, run_id: str) -> None:
        """Remove the run's files. Where the disk does not let go of them, the run stays."""
        self.erase(self.withdraw(run_id))

    def withdraw(self, run_id: str) -> Path:
        """Take the run out of the store, at once; returns what `erase` is to remove.

        Its directory is renamed, so that a worker can write nothing more there.
        """
        path = self._path(run_id)
        removed = path.with_name(f"{_REMOVED}{secrets.token_hex(8)}")
        with contextlib.suppress(OSError):
            path.rename(removed)
        if not path.exists():
            self._summaries.pop(run_id, None)
            self._unreadable.pop(run_id, None)
        return removed

    def erase(self, withdrawn: Path) -> None:
        """Remove the files of a run that was withdrawn; may take long."""
        shutil.rmtree(withdrawn, ignore_errors=True)

    def owned(self, owner: str) -> list[RunSummary]:
        """The owner's saved runs, in no order."""
        return [summary for of, summary in list(self._summaries.values()) if of == owner]

    def unreadable(self, owner: str) -> list[UnreadableRun]:
        """The saved runs that cannot be read, of this owner or of an unknown one, in no order.

        Without those whose directory was removed by hand.
        """
        found = [run for of, run in list(self._unreadable.values()) if of in (owner, "")]
        return [run for run in found if (self.root / run.run_id).exists()]

    def can_read(self, run_id: str) -> bool:
        """Whether the run is none of those that cannot be read."""
        return run_id not in self._unreadable

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._summaries

    def used_bytes(self) -> int:
        """Disk space of all runs."""
        return sum(_size(path) for path in self.root.glob("*/**/*"))

    def _path(self, run_id: str) -> Path:
        """The run's directory; UnknownRun for anything that is not a run id, such as a path."""
        if not _RUN_ID.fullmatch(run_id):
            raise UnknownRun(f"{run_id[:22]!r} is not a run")
        return self.root / run_id

    def _read_summaries(self) -> dict[str, tuple[str, RunSummary]]:
        """Owner and summary by run id; notes the runs that cannot be read."""
        found = {}
        with contextlib.suppress(OSError):
            for path in filter(lambda each: _RUN_ID.fullmatch(each.name), self.root.iterdir()):
                try:
                    found[path.name] = read_summary(path)
                except CannotRead as error:
                    self._note_unreadable(path, error)
        return found

    def _note_unreadable(self, path: Path, why: CannotRead) -> None:
        """List it so, unless it holds nothing that could be lost, or is gone."""
        if not _is_empty(path):
            with contextlib.suppress(OSError):
                self._unreadable[path.name] = unreadable_run(path, why)


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(source, target)


def _is_empty(path: Path) -> bool:
    """Whether a crash left the directory without a file; not where it cannot be looked into."""
    try:
        return not any(each.is_file() for each in [*path.iterdir(), *path.glob("checkpoints/*")])
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
