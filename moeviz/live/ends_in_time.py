"""Bounds how long the server waits for its connections when it ends.

uvicorn waits without bound, and Streamlit leaves it at that: one browser that has stopped reading,
or one that connects at that moment, would keep Ctrl-C and SIGTERM from ending the server. Knows
nothing of what is served.
"""

from __future__ import annotations

import signal

import uvicorn

END_WITHIN_S = 5
"""After that what is still under way is cancelled, and the engine closes."""


def end_in_time() -> None:
    """Set the bound on the server that runs the caller; it handles this process's SIGTERM.

    For the lifespan of the app: the server is there, and has not begun to end. RuntimeError where
    another kind of server runs the app.
    """
    handler = signal.getsignal(signal.SIGTERM)
    server = getattr(handler, "__self__", None)
    if not isinstance(server, uvicorn.Server):
        raise RuntimeError(f"moeviz is served by uvicorn, not by the owner of {handler!r}")
    server.config.timeout_graceful_shutdown = END_WITHIN_S
