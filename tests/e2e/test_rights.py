"""Who may act on a run, in real browsers: a phone opens a control link and keeps its right."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    button,
    press,
    run_of,
    start_run,
    visit,
    wait_for_rest,
    wait_until_drawn,
)
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(serve) -> Server:
    return serve()


@pytest.fixture
def phone(browser) -> Iterator[object]:
    """A tab of another browser."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def control_link(page) -> str:
    """The link that the lab's *Share* copies."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Copy the control link").click()
    page.get_by_text("Copied.").wait_for()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    page.get_by_role("button", name="Share").click()
    return link


def test_the_right_of_a_control_link_outlives_a_reload_and_its_token_does_not(page, phone, server):
    run = start_run(page, f"{server.address}/lab?{TINY}")
    link = control_link(page)
    token = re.search(r"control=([^&]+)", link)[1]
    addresses: list[str] = []
    phone.on("framenavigated", lambda frame: addresses.append(frame.url))
    visit(phone, link)
    for _ in range(2):
        expect(phone).to_have_url(re.compile(f"run={run}"))
        expect(phone.locator(".watching")).to_be_empty()
        press(phone, "do_pause")
        button(page, "do_play").wait_for()
        press(phone, "do_play")
        button(page, "do_pause").wait_for()
        phone.reload()
        wait_until_drawn(phone)
    for _ in range(phone.evaluate("history.length") - 1):
        phone.go_back()
    expect(phone).to_have_url("about:blank")
    assert addresses
    assert not [each for each in addresses if token in each], "no address of the tab had it"
    assert token not in (server.folder / "server.log").read_text()


def test_a_phone_keeps_its_right_to_a_fork_that_it_made_on_every_page(page, phone, server):
    run = start_run(page, f"{server.address}/lab?{TINY}&until=step:20")
    wait_for_rest(page, 20)
    visit(phone, control_link(page))
    phone.get_by_text("Go back", exact=True).click()
    phone.get_by_role("button", name="Fork from here").click()
    expect(phone).not_to_have_url(re.compile(f"run={run}"))
    fork = run_of(phone)
    phone.reload()
    wait_until_drawn(phone)
    assert run_of(phone) == fork
    press(phone, "do_step")
    wait_for_rest(phone, 1)
    visit(phone, f"{server.address}/walkthrough?run={fork}")
    expect(phone.locator(".st-key-training button")).to_be_enabled()
    watch = page.context.browser.new_context().new_page()
    visit(watch, f"{server.address}/lab?run={fork}")
    expect(watch.locator(".watching")).to_contain_text("You can only watch this run.")
    watch.context.close()
