"""Keeps what is expensive to compute as files of numpy arrays in the cache directory.

A cache that is missing, corrupt or not writable is as good as none. Several processes may read and
write at once: a file appears whole or not at all. Knows nothing of what the arrays mean.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.data_directory import cache_directory

KEPT_FILES = 16
"""The newest files that stay: visitors choose vocabularies, and each costs megabytes."""

_FILE_NAME = "moeviz-{}.npz"
"""The names of our files, in a directory that the user chose: only these are ever deleted."""


def read_arrays(name: str) -> dict[str, NDArray[Any]] | None:
    """The arrays stored under that name, or None where there is no sound file."""
    try:
        path = cache_directory() / _FILE_NAME.format(name)
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except Exception:  # a damaged archive fails in a dozen ways, and all mean: compute it anew
        return None


def write_arrays(name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Store the arrays under that name; without effect where files cannot be written."""
    directory = cache_directory()
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            Path(temporary).replace(directory / _FILE_NAME.format(name))
        finally:
            Path(temporary).unlink(missing_ok=True)
        _forget_old(directory)


def _forget_old(directory: Path) -> None:
    dated = sorted((file.stat().st_mtime, file) for file in directory.glob(_FILE_NAME.format("*")))
    for _, file in dated[:-KEPT_FILES]:
        file.unlink(missing_ok=True)
