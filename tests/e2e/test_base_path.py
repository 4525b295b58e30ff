"""The live pages on a server whose pages lie below a path: `server.baseUrlPath`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    knob,
    press,
    run_of,
    step_of,
    visit,
    wait_for_step,
    wait_until_drawn,
)
from tests.serving import Server, serving

pytestmark = pytest.mark.browser

BASE = "/teaching/moe"
SEARCH = re.compile("/_stcore/(health|host-config)$")
"""Streamlit's own page looks for its server by these, from the page's address upwards."""


@pytest.fixture(scope="module")
def server(browser, tmp_path_factory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), base_path=BASE) as server:
        yield server


@pytest.fixture
def astray(page, server) -> list[str]:
    """What the page asks of the server outside of its path, and what it gets no answer to."""
    found: list[str] = []

    def look(response) -> None:
        well = urlsplit(response.url).path.startswith(f"{BASE}/") and response.status < 400
        if response.url.startswith("http") and not (well or SEARCH.search(response.url)):
            found.append(f"{response.status} {response.url}")

    page.on("response", look)
    page.on("requestfailed", lambda request: found.append(f"{request.failure} {request.url}"))
    page.on("websocket", lambda socket: f"{BASE}/" in socket.url or found.append(socket.url))
    return found


@pytest.mark.parametrize("path", ["/", "/lab"])
def test_a_run_trains_takes_a_press_and_is_there_after_a_reload(page, server, astray, path):
    visit(page, f"{server.address}{path}?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    run = run_of(page)
    knob(page, "top_k").fill("2")
    knob(page, "top_k").press("Enter")
    expect(knob(page, "top_k")).to_have_attribute("aria-busy", "false")
    expect(page).to_have_url(re.compile(rf"{BASE}{path}\?.*\bk=2\b"))
    assert astray == []
    before = step_of(page)
    page.reload()
    wait_until_drawn(page)
    wait_for_step(page, before + 5)
    assert run_of(page) == run
    expect(knob(page, "top_k")).to_have_value("2")
    assert urlsplit(page.url).path == f"{BASE}{path}"


def test_the_menu_leads_from_page_to_page_inside_the_path(page, server, astray):
    visit(page, f"{server.address}/?{TINY}")
    page.get_by_role("link", name="All knobs: open in the training lab").click()
    page.locator(".right canvas").first.wait_for()
    wait_until_drawn(page)
    assert urlsplit(page.url).path == f"{BASE}/lab"
    press(page, "do_step")
    wait_for_step(page, 1)
    assert astray == []


def test_an_old_address_leads_to_its_page_inside_the_path(page, server, astray):
    visit(page, f"{server.address}/bargain?k=1")
    page.locator(".derived-numbers .number").first.wait_for()
    assert page.url == f"{server.address}/total-vs-active?k=1"
    assert astray == []
