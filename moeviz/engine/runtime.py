"""The engine of this process: one, whatever reloads modules or clears caches.

Kept on `sys`, because Streamlit drops a project's modules when a file changes and any client can
clear its caches. Knows nothing of Streamlit.
"""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from moeviz.data_directory import DataDirectoryInUse, claim, data_directory
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import Engine

_NAME = "_moeviz_engine"
_lock = threading.Lock()


def engine() -> Engine:
    """The process-wide engine, made at the first call.

    ConfigError for a bad MOEVIZ_ variable, DataDirectoryInUse where another process has its runs.
    """
    with _lock:
        running: Engine | None = getattr(sys, _NAME, None)
        if running is None:
            claim(data_directory())
            running = made = LocalEngine()
            atexit.register(made.shutdown)
            setattr(sys, _NAME, made)
        return running


def claim_or_end() -> None:
    """Make the data directory this server's; where it is another's, end with exit code 2.

    For the start of a server, before anything is loaded.
    """
    try:
        claim(data_directory())
    except DataDirectoryInUse as error:
        sys.stderr.write(f"moeviz: {error}\n")
        sys.exit(2)


@contextmanager
def opened_engine() -> Iterator[Engine]:
    """The engine for as long as a server runs: its workers end and its runs are saved with it.

    Then it is forgotten: whoever needs one later gets another.
    """
    opened = engine()
    try:
        yield opened
    finally:
        with _lock:
            opened.shutdown()
            atexit.unregister(opened.shutdown)
            setattr(sys, _NAME, None)
