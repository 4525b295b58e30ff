"""Messages as bytes over a connection, with the project's classes named by this module itself.

Plain pickle looks a class up in `sys.modules` and refuses it after Streamlit's hot reload has put
another of the same name there; the engine outlives such reloads, so here a fixed table names them.
Knows the messages; knows nothing of who sends them.
"""

from __future__ import annotations

import io
import pickle
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from moeviz import config, records, traces
from moeviz.engine import messages, protocol

_CLASSES: dict[str, type] = {
    f"{module.__name__}.{name}": each
    for module in (config, records, traces, protocol, messages)
    for name, each in vars(module).items()
    # Declared there; `traces` is a package, whose classes are declared in its files.
    if isinstance(each, type) and f"{each.__module__}.".startswith(f"{module.__name__}.")
}
_NAMES = {each: name for name, each in _CLASSES.items()}

Sent = TypeVar("Sent")
Received = TypeVar("Received")


class Line(Generic[Sent, Received]):
    """One end of a connection."""

    def __init__(self, descriptor: int) -> None:
        self._connection: Connection[bytes, bytes] = Connection(descriptor)

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether something has arrived or the other end is closed; None waits for it."""
        return self._connection.poll(timeout)

    def send(self, message: Sent) -> None:
        """Raises OSError when the other end is closed."""
        packed = io.BytesIO()
        _Packer(packed, protocol=pickle.HIGHEST_PROTOCOL).dump(message)
        self._connection.send_bytes(packed.getbuffer())

    def recv(self) -> Received:
        """The next message; raises EOFError or OSError when the other end is closed."""
        message: Received = _Unpacker(io.BytesIO(self._connection.recv_bytes())).load()
        return message

    def close(self) -> None:
        """The other end sees it."""
        self._connection.close()


class _Packer(pickle.Pickler):
    def persistent_id(self, each: Any) -> str | None:
        return _NAMES.get(each) if isinstance(each, type) else None


class _Unpacker(pickle.Unpickler):
    def persistent_load(self, name: str) -> type:
        return _CLASSES[name]
