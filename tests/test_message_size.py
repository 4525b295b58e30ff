"""A message that is too large ends its socket when it is announced, before the server has it."""

from __future__ import annotations

import struct
import tomllib
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.serving import ROOT, Server, serving

pytestmark = pytest.mark.slow

WAIT_S = 60
"""Only turns a hang into a failure."""

_SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
LIMIT_BYTES = _SETTINGS["server"]["maxMessageSize"] * 1_000_000
TOO_BIG, POLICY = 1009, 1008
TEXT, BINARY, GOES_ON, LAST = 0x1, 0x2, 0x0, 0x80


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(params=[("live", TEXT), ("_stcore/stream", BINARY)], ids=["live", "streamlit"])
def line(request, server) -> Iterator[tuple[ClientConnection, int]]:
    """Each of the server's two sockets, and the kind of message that it hears."""
    path, kind = request.param
    protocols = ["streamlit"] if kind == BINARY else None
    where = f"ws://127.0.0.1:{server.port}/{path}"
    with connect(where, subprotocols=protocols, max_size=None) as made:
        yield made, kind


def announce(line: ClientConnection, first: int, length: int, sent: int = 0) -> None:
    """Send the head of a frame, and so many bytes of it: zeros, with a mask of zeros."""
    line.socket.sendall(bytes([first, 0xFF]) + struct.pack("!Q", length) + bytes(4 + sent))


def end_of(line: ClientConnection) -> int:
    """The code with which the server closes the socket."""
    with pytest.raises(ConnectionClosed) as closed:
        list(iter(lambda: line.recv(WAIT_S), None))
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_one_that_is_announced_too_large_is_not_waited_for(line):
    made, kind = line
    announce(made, LAST | kind, LIMIT_BYTES + 1)
    assert end_of(made) == TOO_BIG


def test_parts_that_are_together_too_large_are_not_waited_for(line):
    made, kind = line
    announce(made, kind, LIMIT_BYTES - 1, LIMIT_BYTES - 1)
    announce(made, LAST | GOES_ON, 2)
    assert end_of(made) == TOO_BIG


def test_one_within_the_limit_is_heard(server):
    """And refused by the channel in its own words: it hears 4096 characters at most."""
    with connect(f"ws://127.0.0.1:{server.port}/live", max_size=None) as made:
        made.send("x" * LIMIT_BYTES)
        assert end_of(made) == POLICY
