"""The server ends within its time, whoever is still connected."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
import streamlit

from tests.serving import serving

pytestmark = pytest.mark.slow

SENT_S = 10
"""For the server to fill the buffers between it and a client that does not read."""


def largest_script() -> Path:
    """One of Streamlit's own files that no buffer on the way holds."""
    scripts = (Path(streamlit.__file__).parent / "static" / "static" / "js").glob("*.js")
    return max(scripts, key=lambda each: each.stat().st_size)


def stands_still(client: socket.socket) -> bool:
    """Whether nothing more arrives, looked at without reading."""
    arrived = len(client.recv(1_000_000, socket.MSG_PEEK))
    time.sleep(0.5)
    return arrived == len(client.recv(1_000_000, socket.MSG_PEEK))


def test_a_client_that_has_stopped_reading_does_not_keep_the_server_from_ending(tmp_path):
    """The server ends first here, and `serving` fails where that takes more than 30 s."""
    with socket.socket() as client, serving(tmp_path) as server:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        host = f"127.0.0.1:{server.port}"
        asked = f"GET /static/js/{largest_script().name} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        client.sendall(asked.encode())
        deadline = time.monotonic() + SENT_S
        while not stands_still(client):
            assert time.monotonic() < deadline
