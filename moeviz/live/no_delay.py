"""Sends small messages at once: `TCP_NODELAY` on the sockets that this process listens on.

Streamlit binds its socket without naming the protocol, and asyncio sets `TCP_NODELAY` only where
it is named. Without it the second of two small writes waits until the browser acknowledges the
first, up to 40 ms. Connections inherit the option from the listening socket. Knows nothing of what
is sent.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

_OPEN_FILES = Path("/dev/fd")


def send_at_once() -> None:
    """Set the option on each listening socket; without effect where /dev/fd does not exist."""
    for listening in _listening_sockets():
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _listening_sockets() -> Iterator[socket.socket]:
    for each in _OPEN_FILES.iterdir() if _OPEN_FILES.is_dir() else ():
        with contextlib.suppress(OSError):  # closed meanwhile
            if stat.S_ISSOCK(os.fstat(int(each.name)).st_mode):
                with socket.socket(fileno=os.dup(int(each.name))) as found:
                    if _listens(found):
                        yield found


def _listens(found: socket.socket) -> bool:
    tcp = found.family in (socket.AF_INET, socket.AF_INET6)
    return tcp and bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
