"""Control links: the right stays with the browser, the token ends with the answer to the link."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from moeviz.config import ArmConfig, RunConfig
from moeviz.live.control_links import ControlLinks
from moeviz.live.gate import BROWSER_COOKIE, Gate
from moeviz.live.rights import Rights
from tests.pages.hand_engine import HandEngine
from tests.unit.live.conftest import RIGHTS

ME, PHONE = "ab" * 16, "cd" * 16


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(f"page at {request.url.path}, asked with {request.url.query}")


@pytest.fixture
def hand() -> HandEngine:
    return HandEngine()


@pytest.fixture
def run_id(hand: HandEngine) -> str:
    return hand.prepare(RunConfig((ArmConfig.of("A", {}),)), ME)


@pytest.fixture
def client(hand: HandEngine) -> TestClient:
    """A browser without a name, at a server with the app's middleware."""
    middleware = [
        Middleware(Gate, hosts=("localhost",), path="/base"),
        Middleware(ControlLinks, engine=lambda: hand, rights=lambda: RIGHTS),
    ]
    routes = [Route("/{path:path}", page, methods=["GET", "POST"])]
    app = Starlette(routes=routes, middleware=middleware)
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


def link(run_id: str, **more: str) -> str:
    return "/base/lab?" + urlencode({"control": RIGHTS.token(run_id, "control"), **more})


def test_a_new_browser_gets_a_name_and_the_right_with_one_answer(client, hand, run_id):
    answer = client.get(link(run_id))
    assert (answer.status_code, answer.headers["location"]) == (303, f"?run={run_id}")
    (name,) = re.findall(
        rf"{BROWSER_COOKIE}=([0-9a-f]{{32}}); .*HttpOnly", answer.headers["set-cookie"]
    )
    assert hand.may_control(run_id, name)
    assert not hand.may_control(run_id, PHONE)
    assert hand.known[run_id].owner == ME


def test_a_browser_keeps_its_name(client, hand, run_id):
    answer = client.get(link(run_id), headers={"cookie": f"{BROWSER_COOKIE}={PHONE}"})
    assert "set-cookie" not in answer.headers
    assert hand.may_control(run_id, PHONE)


def test_the_token_is_in_nothing_that_a_browser_keeps(client, run_id):
    answer = client.get(link(run_id))
    token = RIGHTS.token(run_id, "control")
    assert token not in str(answer.headers)
    assert token not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_it_leads_to_the_page_that_it_names_with_its_other_parameters(client, run_id):
    answer = client.get(link(run_id, run="another", text="a b&c=d", empty=""))
    seen = client.get(client.base_url.join("/base/lab" + answer.headers["location"]))
    assert seen.text == f"page at /base/lab, asked with run={run_id}&text=a+b%26c%3Dd&empty="


def test_a_path_that_looks_like_a_host_leads_nowhere_else(client, run_id):
    answer = client.get("http://localhost//evil.example?" + link(run_id).partition("?")[2])
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("?")


@pytest.mark.parametrize("kind", ["to watch", "another server's", "nonsense", "empty"])
def test_a_token_that_gives_no_right_is_the_pages_to_refuse(client, hand, run_id, kind):
    token = {
        "to watch": RIGHTS.token(run_id, "watch"),
        "another server's": Rights(b"another server's secret, 32 byte").token(run_id, "control"),
        "nonsense": "<b>x</b>",
        "empty": "",
    }[kind]
    query = urlencode({"control": token})
    answer = client.get(f"/base/lab?{query}", headers={"cookie": f"{BROWSER_COOKIE}={PHONE}"})
    assert answer.text == f"page at /base/lab, asked with {query}"
    assert not hand.may_control(run_id, PHONE)


def test_a_link_to_a_deleted_run_leads_to_the_page_that_says_so(client, hand, run_id):
    hand.delete(run_id)
    assert client.get(link(run_id)).headers["location"] == f"?run={run_id}"


@pytest.mark.parametrize("path", ["/base/lab", "/base/lab?k=2&controls=1", "/base/lab?control"])
def test_another_address_is_a_page(client, path):
    assert client.get(path).text.startswith("page at /base/lab")


def test_only_who_opens_the_link_gets_the_right(client, hand, run_id):
    answer = client.post(link(run_id), headers={"cookie": f"{BROWSER_COOKIE}={PHONE}"})
    assert answer.status_code == 200
    assert not hand.may_control(run_id, PHONE)


def test_a_foreign_site_gets_nobody_the_right(client, hand, run_id):
    headers = {"cookie": f"{BROWSER_COOKIE}={PHONE}", "origin": "http://evil.example"}
    assert client.get(link(run_id), headers=headers).status_code == 403
    assert not hand.may_control(run_id, PHONE)
