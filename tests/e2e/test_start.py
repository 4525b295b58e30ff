"""What the start page and the live channel promise, in a real browser on real training."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    button,
    knob,
    press,
    run_of,
    step_of,
    visit,
    wait_for_step,
    wait_until_drawn,
)
from tests.serving import served_again, serving

pytestmark = pytest.mark.browser

PRESSED = """([selector, times, gap]) => new Promise(async (resolve) => {
    const found = (root) => root.querySelector(selector) ?? [...root.querySelectorAll("*")]
        .map((host) => host.shadowRoot && found(host.shadowRoot)).find(Boolean);
    const node = found(document), shown = [];
    for (let i = 0; i < times; i++) {
        node.click();
        shown.push([node.getAttribute("aria-checked"), node.getAttribute("aria-busy")]);
        await new Promise((wait) => setTimeout(wait, gap));
    }
    resolve(shown); })"""
"""What a switch shows right after each of several presses."""


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def switch(page, model: str):
    return page.get_by_role("switch", name=re.compile(f"^Load balancing.*model {model}$"))


def verdict(page, model: int):
    return page.locator(".model-note h4").nth(model)


def test_off_it_collapses_and_one_press_cures_it(page, address):
    visit(page, address)
    expect(switch(page, "A")).to_have_attribute("aria-checked", "false")
    expect(switch(page, "B")).to_have_attribute("aria-checked", "true")
    press(page, "do_start")
    expect(verdict(page, 0)).to_have_text(re.compile("^Collapsed"), timeout=TRAINING_MS)
    sentence = page.locator(".model-note .sentence").nth(0)
    expect(sentence).to_contain_text("Nothing pushes the router to use the others.")
    switch(page, "A").click()
    expect(switch(page, "A")).to_have_attribute("aria-checked", "true")
    expect(verdict(page, 0)).to_have_text(re.compile("^Balanced"), timeout=TRAINING_MS)
    expect(page).to_have_url(re.compile("[?&]method=switch_loss"))


def test_before_the_start_a_switch_says_how_it_will_start(page, address):
    visit(page, f"{address}/?{TINY}")
    switch(page, "A").click()
    expect(switch(page, "A")).to_have_attribute("aria-busy", "false")
    expect(switch(page, "A")).to_have_attribute("aria-checked", "true")
    expect(page).to_have_url(re.compile("method=switch_loss"))
    page.reload()
    wait_until_drawn(page)
    expect(switch(page, "A")).to_have_attribute("aria-checked", "true")
    press(page, "do_start")
    wait_for_step(page, 5)
    expect(switch(page, "A")).to_have_attribute("aria-checked", "true")


def test_a_switch_shows_each_press_at_once_and_takes_it_as_a_focused_button(page, address):
    visit(page, f"{address}/?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    shown = page.evaluate(PRESSED, [".balance-switch", 5, 50])
    assert [checked for checked, _ in shown] == ["true", "false", "true", "false", "true"]
    assert {busy for _, busy in shown} == {"true"}
    expect(switch(page, "A")).to_have_attribute("aria-busy", "false")
    expect(switch(page, "A")).to_have_attribute("aria-checked", "true")
    switch(page, "A").focus()
    page.keyboard.press("Enter")
    expect(switch(page, "A")).to_have_attribute("aria-checked", "false")


def test_other_experts_start_a_new_run_and_say_so(page, address):
    visit(page, f"{address}/?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    first = run_of(page)
    expect(page.locator('.knob[data-knob="n_experts"]')).to_contain_text("starts a new run")
    knob(page, "n_experts").fill("4")
    knob(page, "n_experts").press("Enter")
    expect(page).to_have_url(re.compile("experts=4"))
    expect(page).not_to_have_url(re.compile(first))
    wait_for_step(page, 5)
    expect(page.locator(".load-bars .processed")).to_have_count(2 * 4)


WATCH_VALUE = """(field) => {
  window.values = [field.value];
  const look = () => {
    if (field.value !== window.values.at(-1)) window.values.push(field.value);
    requestAnimationFrame(look);
  };
  look();
}"""
"""Keeps all that a field shows, frame by frame."""


@pytest.mark.parametrize("pause_ms", [60, 150, 300])
def test_experts_pressed_fast_while_training_lose_nothing_and_train_on(page, address, pause_ms):
    visit(page, f"{address}/?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    field = knob(page, "n_experts")
    before = int(field.input_value())
    field.evaluate(WATCH_VALUE)
    for _ in range(5):
        page.get_by_role("button", name="More: Experts E").click()
        page.wait_for_timeout(pause_ms)
    expect(page).to_have_url(re.compile(f"experts={before + 5}(&|$)"))
    wait_for_step(page, 5)
    assert page.evaluate("window.values") == [str(before + each) for each in range(6)]
    expect(page.locator(".load-bars .processed")).to_have_count(2 * (before + 5))


def test_a_key_that_is_held_starts_once(page, address):
    visit(page, f"{address}/?{TINY}")
    button(page, "do_start").wait_for()
    page.mouse.click(5, 500)
    for _ in range(8):
        page.keyboard.down(" ")
        page.wait_for_timeout(250)  # a record comes between two of them
    page.keyboard.up(" ")
    button(page, "do_pause").wait_for()
    wait_for_step(page, step_of(page) + 5)


@pytest.mark.parametrize("text", ["1e3", "2.9", "-1", "9", "two", "<b>2</b>"])
def test_a_number_that_is_none_is_refused_at_its_field(page, address, text):
    visit(page, f"{address}/?{TINY}")
    field = knob(page, "top_k")
    field.fill(text)
    field.press("Enter")
    refusal = "Experts per token k must be a whole number from 1 to 8, got"
    expect(page.locator('.knob[data-knob="top_k"]')).to_contain_text(refusal)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value(text)


def test_an_empty_capacity_factor_is_dropless_and_its_buttons_lead_on(page, address):
    visit(page, f"{address}/?{TINY}")
    field = knob(page, "capacity_factor")
    expect(field).to_have_attribute("placeholder", "dropless")
    expect(field).to_have_value("")
    page.get_by_role("button", name="More: Capacity factor").click()
    expect(field).to_have_value("1")
    expect(page).to_have_url(re.compile("capacity=1"))
    field.fill("")
    field.press("Enter")
    expect(page).not_to_have_url(re.compile("capacity="))


def test_two_tabs_and_a_phone_with_a_control_link_agree(page, browser, address):
    visit(page, f"{address}/lab?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    watch = browser.new_context().new_page()
    visit(watch, f"{address}/lab?run={run_of(page)}")
    expect(button(watch, "do_pause")).to_be_disabled()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Copy the control link").click()
    page.get_by_text("Copied.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    visit(phone, link)
    expect(phone).to_have_url(re.compile(f"run={run_of(page)}"))
    expect(phone).not_to_have_url(re.compile("control="))
    knob(phone, "top_k").fill("2")
    knob(phone, "top_k").press("Enter")
    for each in (page, watch, phone):
        expect(knob(each, "top_k")).to_have_value("2")
    expect(watch.locator(".watching")).to_contain_text("You can only watch this run.")
    expect(phone.locator(".watching")).to_be_empty()
    press(phone, "do_pause")
    button(page, "do_play").wait_for()
    phone.context.close()
    watch.context.close()


def test_a_server_that_is_gone_is_said_and_its_return_shows_what_it_has(page, tmp_path):
    """The same port again: the page comes back by itself."""
    with serving(tmp_path) as server:
        visit(page, f"{server.address}/lab?{TINY}&until=step:20")
        press(page, "do_start")
        page.get_by_text("reached step 20").wait_for(timeout=TRAINING_MS)
        status = server.folder / "data" / "runs" / run_of(page) / "status.json"
        page.wait_for_timeout(2_000)  # what rests is saved within a second
        assert json.loads(status.read_text())["step"] == 20
        os.kill(server.pid, signal.SIGKILL)
        gone = page.get_by_text("The connection to the server is gone.")
        gone.wait_for()
        expect(button(page, "do_play")).to_be_disabled()
        expect(page.get_by_role("button", name="set model B apart").first).to_be_disabled()
        expect(page.get_by_label("How long Start trains")).to_be_disabled()
        expect(page.get_by_role("button", name="Go back", exact=True)).to_be_disabled()
        with served_again(server):
            gone.wait_for(state="hidden")
            expect(button(page, "do_play")).to_be_enabled()
            assert step_of(page) == 20


@pytest.mark.parametrize("path", ["/", "/lab"])
def test_steps_that_a_killed_server_has_not_saved_are_said_to_be_lost(page, tmp_path, path):
    with serving(tmp_path) as server:
        visit(page, f"{server.address}{path}?{TINY}")
        press(page, "do_start")
        wait_for_step(page, 5)
        os.kill(server.pid, signal.SIGKILL)
        page.get_by_text("The connection to the server is gone.").wait_for()
        with served_again(server):
            lost = "The server restarted. The run begins again at step 0"
            expect(page.locator(".said")).to_contain_text(lost)
            expect(page.locator(".standing")).to_have_text("Not started")
            press(page, "do_start")
            wait_for_step(page, 5)
            expect(page.locator(".said")).to_be_empty()


def test_a_run_that_a_killed_server_only_prepared_is_prepared_anew(page, tmp_path):
    with serving(tmp_path) as server:
        visit(page, f"{server.address}/lab?{TINY}")
        expect(button(page, "do_start")).to_be_enabled()
        os.kill(server.pid, signal.SIGKILL)
        page.get_by_text("The connection to the server is gone.").wait_for()
        with served_again(server):
            expect(button(page, "do_start")).to_be_enabled()
            press(page, "do_start")
            wait_for_step(page, 5)
            expect(page.locator(".said")).to_be_empty()


def test_a_run_that_the_server_has_no_more_is_said_to_be_gone_and_another_is_there(page, tmp_path):
    with serving(tmp_path) as server:
        visit(page, f"{server.address}/?{TINY}")
        press(page, "do_start")
        wait_for_step(page, 5)
        gone = run_of(page)
        os.kill(server.pid, signal.SIGKILL)
        shutil.rmtree(server.folder / "data" / "runs" / gone)
        with served_again(server):
            said = "The server does not know this run any more"
            expect(page.locator(".said")).to_contain_text(said, timeout=TRAINING_MS)
            press(page, "do_start")
            wait_for_step(page, 5)
            assert run_of(page) != gone


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_stage_fits_the_screen(browser, address, scheme, width, height):
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    tab = context.new_page()
    visit(tab, address)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1280:
        notes = tab.locator(".model-note").first.bounding_box()
        assert notes["y"] + notes["height"] <= height
    for each in ("A", "B"):
        box = switch(tab, each).bounding_box()
        assert box["height"] >= 24
    context.close()
