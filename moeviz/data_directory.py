"""Where runs and caches lie on this machine, and a server's claim to a data directory of its own.

Two servers on one folder would clear each other's checkpoints. Knows nothing of what is in either.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_LOCK = "lock"


class DataDirectoryInUse(RuntimeError):
    """Another process serves from the data directory."""


def data_directory() -> Path:
    """What a server keeps: MOEVIZ_DATA_DIR, or the user's data directory of this system."""
    return Path(os.environ.get("MOEVIZ_DATA_DIR") or platformdirs.user_data_dir("moeviz"))


def cache_directory() -> Path:
    """What can be computed anew: MOEVIZ_CACHE_DIR, or the user's cache directory of this system."""
    return Path(os.environ.get("MOEVIZ_CACHE_DIR") or platformdirs.user_cache_dir("moeviz"))


def claim(directory: Path) -> None:
    """Claim the directory for this process until it ends, however it ends.

    A lock of the system that belongs to the process. Claiming twice has no further effect, child
    processes do not inherit the lock, and it goes when the process is killed. Where the system
    or the disk has no such locks, or nothing can be written, no process owns the directory.

    Raises:
        DataDirectoryInUse: another process has claimed it.
    """
    try:
        import fcntl
    except ImportError:  # Windows has none
        return
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never closed: closing any descriptor of the file would give the lock up.
        descriptor = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        raise DataDirectoryInUse(
            f"another moeviz keeps its runs in {directory}. Stop it, or give this one a folder of "
            "its own: set MOEVIZ_DATA_DIR to that folder's path."
        ) from None
    except OSError:
        os.close(descriptor)
