"""Whatever a client sends, the server asks nothing of any address but this machine's own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from moeviz.ui.components.assets import files, folder
from moeviz.ui.shared.navigation import PAGES
from tests.serving import ROOT, Server, serving

pytestmark = pytest.mark.slow

WAIT_S = 60
"""Only turns a hang into a failure."""

SCRIPTS = ("", "lab", pytest.param("walkthrough", marks=pytest.mark.slow), "runs", "memory")
PATHS = ("", *(page.address for page in PAGES if page.address), "_stcore/health", "theatre?run=x")
SOCKETS = ("_stcore/stream", "live")
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SHARED = "class.example.org"
"""The name of a shared server, which is no address of this machine to Streamlit."""

FOREIGN = ("http://evil.example", "https://evil.example:8501", "null", "http://192.0.2.1:{port}")
OWN = ("http://127.0.0.1:{port}", "http://localhost:{port}", f"https://{SHARED}")


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> Iterator[tuple[Path, pytest.MonkeyPatch]]:
    """Where processes that are started meanwhile note what they want to reach."""
    place = tmp_path_factory.mktemp("watched")
    shutil.copy(ROOT / "tests" / "outgoing.py", place / "sitecustomize.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(place))
        patch.setenv("MOEVIZ_TEST_OUTGOING", str(place / "noted"))
        patch.setenv("STREAMLIT_SERVER_ALLOWED_HOSTS", f"localhost 127.0.0.1 {SHARED}")
        yield place / "noted"


@pytest.fixture(scope="module")
def server(watched, tmp_path_factory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as made:
        assert f"watched {made.pid}\n" in watched.read_text()
        yield made


def reached(noted: Path) -> list[str]:
    return [each for each in noted.read_text().splitlines() if not each.startswith("watched")]


def answer(server: Server, path: str, headers: dict[str, str]) -> int:
    """The status of a request with these headers and no others."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    version = "1.1" if "Host" in headers else "1.0"
    request = "\r\n".join([f"GET /{path} HTTP/{version}", *lines, "", ""])
    with socket.create_connection(("127.0.0.1", server.port), WAIT_S) as line:
        line.sendall(request.encode())
        said = line.recv(4096)
    status = re.match(rb"HTTP/1\.[01] (\d{3})", said)
    assert status, said
    return int(status[1])


def senders(server: Server) -> list[dict[str, str]]:
    """Host and Origin: each alone and together, own, foreign and missing."""
    own, origins = f"127.0.0.1:{server.port}", [None, *OWN, *FOREIGN]
    given = [
        {"Host": host, "Origin": origin and origin.format(port=server.port)}
        for host in (own, f"localhost:{server.port}", SHARED, "evil.example", "192.0.2.1:80", None)
        for origin in origins
    ]
    return [{name: each for name, each in one.items() if each} for one in given]


def run_script(server: Server, address: str) -> None:
    """Draw a page as a new visitor's browser has it drawn."""
    message = BackMsg()
    message.rerun_script.page_name = address
    message.rerun_script.context_info.url = f"{server.address}/{address}"
    where, own = f"ws://127.0.0.1:{server.port}/_stcore/stream", server.address
    with connect(where, subprotocols=["streamlit"], origin=own, max_size=None) as line:
        line.send(message.SerializeToString())
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(line.recv(WAIT_S))
            if heard.WhichOneof("type") == "script_finished":
                return


def test_what_a_process_wants_to_reach_outside_is_noted(watched, tmp_path):
    """The ear hears; a datagram's socket is connected without a packet."""
    code = (
        "import socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))\n"
        "socket.getaddrinfo('192.0.2.2', 9)\n"
    )
    noted = tmp_path / "noted"
    environment = {**os.environ, "MOEVIZ_TEST_OUTGOING": str(noted)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert reached(noted) == ["socket.connect 192.0.2.1", "socket.getaddrinfo 192.0.2.2"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_reaches_nothing_outside(server, watched, path):
    statuses = {answer(server, path, each) for each in senders(server)}
    assert statuses & {200, 307}
    assert 403 in statuses
    assert reached(watched) == []


@pytest.mark.parametrize("path", SOCKETS)
def test_a_handshake_reaches_nothing_outside(server, watched, path):
    """Streamlit asks an outside service for the machine's address, to compare an origin with it."""
    own = answer(server, path, {"Host": f"127.0.0.1:{server.port}", **HANDSHAKE})
    statuses = {answer(server, path, {**each, **HANDSHAKE}) for each in senders(server)}
    shared = {"Host": SHARED, "Origin": f"https://{SHARED}", **HANDSHAKE}
    assert (own, answer(server, path, shared)) == (101, 101)
    assert 403 in statuses
    assert reached(watched) == []


def test_a_file_of_a_component_reaches_nothing_outside(server, watched):
    host = {"Host": f"127.0.0.1:{server.port}"}
    for name in files():
        assert answer(server, f"{folder()[1:]}/{name}", host) == 200, name
        foreign = {**host, "Origin": "http://evil.example"}
        assert answer(server, f"{folder()[1:]}/{name}", foreign) == 403, name
    assert reached(watched) == []


@pytest.mark.parametrize("address", SCRIPTS)
def test_a_page_that_is_drawn_reaches_nothing_outside(server, watched, address):
    run_script(server, address)
    assert reached(watched) == []
