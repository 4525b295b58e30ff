"""When each saved run was last seen, in seconds that this data directory was served.

Seconds of serving, not dates: while no server runs, or while the machine sleeps, no visitor can
come back, and a clock that is set makes no run older. Knows nothing of what a run is.

    <data>/runs/seen.json: {"served_s": 5400.0, "seen_s": {<run_id>: 1800.0}}
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from moeviz.engine.saved import replace_file

FILE = "seen.json"


class SeenRuns:
    """The seconds served so far, and those at which each run was last seen."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        """Read the file; where it is missing or unreadable, every run counts as seen now.

        Args:
            path: the file, which `write` replaces.
            clock: seconds that only the passing of time moves, such as `time.monotonic`.
        """
        self._path, self._clock = path, clock
        served_s, self._seen_s = _read(path)
        self._offset_s = served_s - clock()

    @property
    def served_s(self) -> float:
        """Seconds for which this data directory was served, over all starts of a server."""
        return self._clock() + self._offset_s

    def note(self, run_ids: Iterable[str]) -> None:
        """Remember that these runs were seen now."""
        self._seen_s.update(dict.fromkeys(run_ids, self.served_s))

    def unseen_s(self, run_id: str) -> float:
        """Seconds of serving since the run was seen; 0 for one of which nothing is known."""
        return self.served_s - self._seen_s.get(run_id, self.served_s)

    def write(self, run_ids: Collection[str]) -> None:
        """Keep for the next start when these runs were seen: now, where that is not known yet.

        Where the disk takes nothing, the next start reads the last file that it took: the seconds
        served since then count for no run.
        """
        self.note(run_id for run_id in run_ids if run_id not in self._seen_s)
        self._seen_s = {run_id: self._seen_s[run_id] for run_id in run_ids}
        content = {"served_s": self.served_s, "seen_s": self._seen_s}
        with contextlib.suppress(OSError):
            replace_file(self._path, json.dumps(content).encode())


def _read(path: Path) -> tuple[float, dict[str, float]]:
    """The seconds served and the runs' marks; 0 and none where there is no such file."""
    try:
        read = json.loads(path.read_bytes())
        marks = {str(run_id): float(seen_s) for run_id, seen_s in read["seen_s"].items()}
        return float(read["served_s"]), marks
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0.0, {}
