"""The engine of this process: one, whatever reloads modules or clears caches.

Kept on `sys`, because Streamlit drops a project's modules when a file changes and any client can
clear its caches. Knows nothing of Streamlit.
"""

from __future__ import annotations

import atexit
import sys
import threading

from moeviz.data_directory import claim, data_directory
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
