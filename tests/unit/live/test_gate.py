"""Foreign hosts and origins end at the door; browsers get a name and the headers."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from moeviz.live.gate import BROWSER_COOKIE, STREAMLIT_INLINE_SCRIPT, Gate

HOSTS = ("localhost", "lab.example.org", "*.class.example.org")
NAME = "0123456789abcdef" * 2


async def page(_: Request) -> HTMLResponse:
    return HTMLResponse("<p>page</p>")


async def seen(request: Request) -> JSONResponse:
    return JSONResponse(dict(request.headers))


async def echo(socket) -> None:
    await socket.accept()
    await socket.send_json(dict(socket.headers))
    await socket.close()


@pytest.fixture
def client() -> TestClient:
    gate = Middleware(Gate, hosts=HOSTS, path="/base")
    routes = [Route("/", page), Route("/seen", seen), WebSocketRoute("/ws", echo)]
    return TestClient(Starlette(routes=routes, middleware=[gate]), base_url="http://localhost")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://localhost.evil.example",
        "http://localhost:9",
        "nonsense",
        "http://[",
        "http://[localhost",
    ],
)
def test_a_foreign_origin_ends_at_the_handshake(client, origin):
    assert client.get("/", headers={"origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("ws://localhost/ws", headers={"origin": origin}),
    ):
        pass
    assert closed.value.code == 1008


@pytest.mark.parametrize(
    "host", ["evil.example", "class.example.org", "localhost@evil.example", "[", ""]
)
def test_a_foreign_host_ends_at_the_door(client, host):
    assert client.get("/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:8501", "LAB.example.org", "a.class.example.org"])
def test_own_hosts_are_answered(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


def test_the_own_origin_passes_and_streamlit_does_not_see_it(client):
    assert "origin" not in client.get("/seen", headers={"origin": "http://localhost"}).json()
    with client.websocket_connect(
        "ws://localhost/ws", headers={"origin": "http://localhost"}
    ) as socket:
        assert "origin" not in socket.receive_json()


def test_a_new_browser_gets_a_name_and_keeps_it(client):
    given = client.get("/").headers["set-cookie"]
    assert re.match(rf"{BROWSER_COOKIE}=[0-9a-f]{{32}}; ", given)
    for part in ("HttpOnly", "SameSite=Lax", "Path=/base"):
        assert part in given
    assert "Secure" not in given
    again = client.get("/", headers={"cookie": f"{BROWSER_COOKIE}={NAME}"})
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("other", ['a={"x":1}', "foo", "a[b]=1"])
def test_an_odd_cookie_of_another_app_hides_no_name(client, other):
    again = client.get("/", headers={"cookie": f"{other}; {BROWSER_COOKIE}={NAME}"})
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("forged", ["x", NAME.upper(), NAME + "0", ""])
def test_a_name_of_another_form_is_replaced(client, forged):
    given = client.get("/", headers={"cookie": f"{BROWSER_COOKIE}={forged}"})
    assert BROWSER_COOKIE in given.headers["set-cookie"]


def test_only_a_page_names_a_browser(client):
    assert "set-cookie" not in client.get("/seen").headers


def test_every_answer_forbids_frames_and_foreign_scripts(client):
    headers = client.get("/seen").headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'self' blob: 'sha256-" in headers["content-security-policy"]


def test_the_allowed_inline_script_is_the_installed_ones():
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert [f"'sha256-{each}'" for each in hashes] == [STREAMLIT_INLINE_SCRIPT]
