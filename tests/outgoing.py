"""Notes each outside address that a process wants to reach, and those of its children.

Copied into a folder as `sitecustomize.py`, which Python imports at its start where PYTHONPATH names
that folder. Writes to the file that `MOEVIZ_TEST_OUTGOING` names. Knows nothing of the app.
"""

from __future__ import annotations

import os
import sys

_INSIDE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "")
_WHERE = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}
"""Where in an event's arguments the address or the host stands."""


def _note(event: str, given: tuple[object, ...]) -> None:
    if event not in _WHERE:
        return
    address = given[_WHERE[event]]
    if event.startswith("socket.get"):
        host = address
    elif isinstance(address, tuple):
        host = address[0]
    else:  # a file's name, or an end that is already connected
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host not in (None, *_INSIDE):
        os.write(_file, f"{event} {host}\n".encode())


_file = os.open(os.environ["MOEVIZ_TEST_OUTGOING"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(_file, f"watched {os.getpid()}\n".encode())
sys.addaudithook(_note)
