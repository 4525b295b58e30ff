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

from moeviz.analysis.narration import narrate
from moeviz.config import ArmConfig
from moeviz.records import WINDOW_STEPS
from moeviz.routing.balancers import BALANCERS
from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    button,
    knob,
    press,
    run_of,
    shifts_seen,
    step_at_rest,
    step_of,
    values_passed,
    visit,
    visit_whole,
    wait_for_step,
    wait_until_drawn,
    watch_shifts,
    watch_values,
)
from tests.serving import served_again, serving, workers
from tests.snapshots import history

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
    return page.get_by_role("switch", name=f"Load balancing, model {model}", exact=True)


def verdict(page, model: int):
    return page.locator(".model-note h3").nth(model)


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
    expect(page).to_have_url(re.compile("[?&]balancer=switch"))


def test_the_opening_says_what_the_models_are_whatever_is_turned(page, address):
    visit(page, f"{address}/?{TINY}")
    opening = page.locator(".learning")
    expect(opening).to_contain_text("A trains without load balancing, B with it (α = 0.01).")
    expect(opening).to_contain_text("Each has 16 experts and sends a token to 1 of them")
    expect(opening).to_contain_text("Changed in both: Model width = 16")
    switch(page, "B").click()
    expect(opening).to_contain_text("Both train without load balancing.")
    page.get_by_role("button", name="More: Experts per token").click()
    page.get_by_role("button", name="More: Capacity factor").click()
    expect(opening).to_contain_text("sends a token to 2 of them, with capacity factor 1.")
    press(page, "do_start")
    wait_for_step(page, 5)
    switch(page, "A").click()
    expect(opening).to_contain_text("A trains with load balancing (α = 0.01), B without it.")
    expect(page).not_to_have_url(re.compile("preset=none"))


def test_under_each_model_stands_how_well_it_predicts_and_what_it_writes(page, address):
    visit(page, f"{address}/?{TINY}")
    facts, said = page.locator(".model-note .facts"), page.locator(".said-of-texts")
    untrained = "At step 0 the model has learned nothing yet."
    expect(facts).to_have_text([untrained, untrained], use_inner_text=True)
    expect(said).to_have_text("At step 0 the models have learned nothing yet.")
    own = page.get_by_label("Your own line")
    own.fill("One <b>line</b>")
    own.press("Enter")
    press(page, "do_start")
    expect(said).to_have_text(re.compile(r"^At step \d+"), timeout=TRAINING_MS)
    first = said.inner_text()
    for model in range(2):
        written = page.locator(".model-texts").nth(model).locator("li")
        expect(written).to_have_text(
            [
                re.compile(f"^“{re.escape(prompt)}” → “.+”$")
                for prompt in ("2 + 2 =", "def ", "One <b>line</b>")
            ]
        )
        expect(facts.nth(model)).to_have_text(
            re.compile(
                r"Load spread as over [\d.]+ of 16 experts \(layer 1\)\s+"
                r"[\d.]+\s%\s+of the stored weights received no token in \d+ steps\s+"
                r"Guesses the next token right [\d.]+\s% of the time \(held-out text\)"
            ),
            use_inner_text=True,
        )
    expect(said).not_to_have_text(first, timeout=TRAINING_MS)
    press(page, "do_pause")
    at_rest = step_at_rest(page)
    expect(said).to_have_text(re.compile(f"^At step {at_rest:,}:"), timeout=TRAINING_MS)
    assert "line" not in page.url
    page.reload()
    wait_until_drawn(page)
    expect(page.get_by_label("Your own line")).to_have_value("One <b>line</b>")
    expect(said).to_have_text(re.compile(f"^At step {at_rest:,}:"), timeout=TRAINING_MS)


COVERED = """(bubble) => {
    const box = bubble.getBoundingClientRect();
    const shown = bubble.matches(":popover-open") && box.width > 100 && box.left >= 0
        && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
    const kept = [...bubble.getRootNode().querySelectorAll("[role=switch], .transport .main")];
    return [shown, kept.filter((each) => {
        const { left, right, top, bottom } = each.getBoundingClientRect();
        return left < box.right && box.left < right && top < box.bottom && box.top < bottom;
    }).length]; }"""
"""Whether a bubble is whole on the screen, and how many switches and buttons to start it covers."""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_a_refusal_covers_neither_a_switch_nor_start(page, address, width, height):
    page.set_viewport_size({"width": width, "height": height})
    visit(page, f"{address}/?{TINY}")
    for name in ("n_experts", "top_k", "capacity_factor", "aux_coefficient"):
        knob(page, name).fill("1e9x")
        knob(page, name).press("Enter")
        refusal = page.locator(f'.knob[data-knob="{name}"] .refusal')
        expect(refusal).to_be_visible()
        assert refusal.evaluate(COVERED) == [True, 0], name
        knob(page, name).press("Escape")


@pytest.mark.parametrize("path", ["/", "/lab"])
def test_on_a_phone_nothing_moves_while_a_run_trains(page, address, path):
    """From the first steps to the words of a collapse and of its cure."""
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{address}{path}?{TINY}")
    page.locator("canvas").first.wait_for()
    press(page, "do_start")
    wait_for_step(page, 5)
    page.wait_for_timeout(600)  # what moves that soon after a press is by the press
    watch_shifts(page)
    wait_for_step(page, 120)
    for place in (0, 300, 600, 900):
        page.get_by_test_id("stMain").evaluate(f"(main) => main.scrollTo(0, {place})")
        wait_for_step(page, step_of(page) + 20)
    assert shifts_seen(page) == []


def test_the_words_are_about_the_layer_that_the_bars_show(page, address):
    visit(page, address)
    press(page, "do_start")
    wait_for_step(page, 25)
    press(page, "do_pause")
    button(page, "do_play").wait_for()
    for layer in (0, 1):
        page.get_by_role("group", name="Layer that the bars show").get_by_text(f"{layer}").click()
        for model in (0, 1):
            about = page.locator(".model-note .sentence").nth(model)
            expect(about).to_contain_text(re.compile(rf"^[^.;]* layer {layer}( |')"))
            measures = page.locator(".model-note .measures").nth(model)
            expect(measures).to_contain_text(f"(layer {layer})")


def test_before_the_start_a_switch_says_how_it_will_start(page, address):
    visit(page, f"{address}/?{TINY}")
    switch(page, "A").click()
    expect(switch(page, "A")).to_have_attribute("aria-busy", "false")
    expect(switch(page, "A")).to_have_attribute("aria-checked", "true")
    expect(page).to_have_url(re.compile("balancer=switch"))
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


@pytest.mark.parametrize("path", ["/", "/lab"])
def test_a_pause_while_a_killed_workers_run_recovers_is_said_to_wait_and_comes_true(
    page, tmp_path, path
):
    with serving(tmp_path) as server:
        visit(page, f"{server.address}{path}?{TINY}")
        press(page, "do_start")
        wait_for_step(page, 60)
        for worker in workers(server):
            os.kill(worker, signal.SIGKILL)
        standing = page.locator(".standing")
        expect(standing).to_contain_text("Recovering")
        press(page, "do_pause")
        why = "Recovering: the worker stopped"
        repeats = re.compile(
            rf"^{why}; a new one repeats the steps up to (\d+), then the run pauses · "
        )
        expect(standing).to_have_text(repeats)
        stood = int(repeats.match(standing.inner_text())[1])
        expect(button(page, "do_play")).to_be_enabled()
        expect(standing).to_have_text(
            re.compile(rf"^Paused · step {stood}( ·|$)"), timeout=TRAINING_MS
        )
        expect(page.locator(".said")).to_be_empty()


def test_experts_pressed_before_start_are_in_the_address_and_make_no_run(page, address):
    visit(page, f"{address}/?{TINY}")
    for _ in range(8):
        page.get_by_role("button", name="More: Experts E").click()
        page.wait_for_timeout(60)
    expect(page).to_have_url(re.compile("experts=24(&|$)"))
    expect(page).not_to_have_url(re.compile("run="))
    press(page, "do_start")
    wait_for_step(page, 5)
    run_of(page)
    expect(page.locator(".load-bars .processed")).to_have_count(2 * 24)
    visit(page, f"{address}/runs")
    grid = page.locator("[data-testid=stDataFrame] [role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", "2")  # the header and one run
    expect(grid).to_contain_text("Experts E = 24")


def test_experts_pressed_beside_a_run_that_rests_are_kept_by_the_menu(page, address):
    visit(page, f"{address}/?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    press(page, "do_pause")
    first = run_of(page)
    knob(page, "n_experts").fill("4")
    knob(page, "n_experts").press("Enter")
    expect(page).to_have_url(re.compile("experts=4"))
    expect(page).not_to_have_url(re.compile("run="))
    expect(page.locator(".standing")).to_have_text("Not started")
    page.get_by_role("link", name="open in the training lab").click()
    expect(page.locator(".lab-stage .standing")).to_have_text("Not started")
    press(page, "do_start")
    wait_for_step(page, 5)
    assert run_of(page) != first
    expect(page.locator(".load-bars table tbody tr")).to_have_count(2 * 2 * 4)


FIVE_CLICKS = """async (button, pauseMs) => {
    for (let i = 0; i < 5; i++) {
        button.click();
        await new Promise((wake) => setTimeout(wake, pauseMs));
    } }"""
"""In the browser: a click by Playwright takes up to 200 ms more on a busy machine."""


@pytest.mark.parametrize("pause_ms", [60, 150, 300])
def test_experts_pressed_fast_while_training_lose_nothing_and_train_on(page, address, pause_ms):
    visit(page, f"{address}/?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    field = knob(page, "n_experts")
    before = int(field.input_value())
    watch_values(field)
    page.get_by_role("button", name="More: Experts E").evaluate(FIVE_CLICKS, pause_ms)
    expect(page).to_have_url(re.compile(f"experts={before + 5}(&|$)"))
    wait_for_step(page, 5)
    assert values_passed(page) == [str(before + each) for each in range(6)]
    expect(page.locator(".load-bars .processed")).to_have_count(2 * (before + 5))
    visit(page, f"{address}/runs")
    grid = page.locator("[data-testid=stDataFrame] [role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", "3")  # the header, the first run, the last one


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


@pytest.mark.parametrize("training", [False, True])
def test_a_number_that_another_knob_rules_out_is_refused_at_its_field(page, address, training):
    visit(page, f"{address}/?{TINY}&experts=4")
    if training:
        press(page, "do_start")
        wait_for_step(page, 5)
    field = knob(page, "top_k")
    field.fill("5")
    field.press("Enter")
    whole = page.locator('.knob[data-knob="top_k"]')
    expect(whole).to_contain_text("Experts per token k must be at most")
    expect(field).to_have_value("1")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.press("Escape")
    expect(field).to_have_value("1")
    expect(whole).not_to_contain_text("must be at most")
    page.get_by_role("button", name="More: Experts per token").click()
    expect(field).to_have_attribute("aria-busy", "false")
    expect(page).to_have_url(re.compile("[?&]k=2(&|$)"))


def test_once_start_is_pressed_no_field_shows_what_was_refused(page, address):
    visit(page, f"{address}/?{TINY}")
    words = page.locator('.knob[data-knob="n_experts"] .refusal')
    knob(page, "n_experts").fill("1e3")
    press(page, "do_start")
    expect(words).to_contain_text("got '1e3'")
    expect(knob(page, "n_experts")).to_have_value("16")
    press(page, "do_pause")
    expect(words).to_be_empty()
    expect(knob(page, "n_experts")).to_have_attribute("aria-invalid", "false")


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
        visit_whole(page, f"{server.address}/lab?{TINY}&until=step:20")
        press(page, "do_start")
        page.get_by_text("reached step 20").wait_for(timeout=TRAINING_MS)
        status = server.folder / "data" / "runs" / run_of(page) / "status.json"
        page.wait_for_timeout(2_000)  # what rests is saved within a second
        assert json.loads(status.read_text())["step"] == 20
        os.kill(server.pid, signal.SIGKILL)
        gone = page.get_by_text("The connection to the server is gone.")
        gone.wait_for()
        expect(button(page, "do_play")).to_be_disabled()
        expect(page.get_by_role("button", name="set model B separately").first).to_be_disabled()
        expect(page.get_by_label("How long Start trains")).to_be_disabled()
        expect(page.get_by_role("button", name="Go back", exact=True)).to_be_disabled()
        with served_again(server):
            gone.wait_for(state="hidden")
            expect(button(page, "do_play")).to_be_enabled()
            assert step_of(page) == 20


@pytest.mark.parametrize("path", ["/", "/lab"])
def test_steps_that_a_killed_server_has_not_saved_are_said_to_be_lost(page, tmp_path, path):
    with serving(tmp_path) as server:
        visit_whole(page, f"{server.address}{path}?{TINY}")
        press(page, "do_start")
        wait_for_step(page, 5)
        os.kill(server.pid, signal.SIGKILL)
        page.get_by_text("The connection to the server is gone.").wait_for()
        with served_again(server):
            lost = "The server restarted. The run begins again at step 0"
            expect(page.locator(".said")).to_contain_text(lost)
            stands = re.compile(r"^Paused(: the server was restarted)? · step 0$")
            expect(page.locator(".standing")).to_have_text(stands)
            press(page, "do_start")
            wait_for_step(page, 5)
            expect(page.locator(".said")).to_be_empty()


@pytest.mark.parametrize("begun", [False, True], ids=["before Start", "while it trains"])
def test_a_knob_acknowledged_by_a_server_that_dies_is_in_force_or_said_to_be_lost(
    page, tmp_path, begun
):
    with serving(tmp_path) as server:
        visit_whole(page, f"{server.address}/lab?{TINY}")
        if begun:
            press(page, "do_start")
            wait_for_step(page, 20)
        field = knob(page, "top_k")
        field.fill("2")
        field.press("Enter")
        expect(field).to_have_attribute("aria-busy", "false")
        os.kill(server.pid, signal.SIGKILL)
        page.get_by_text("The connection to the server is gone.").wait_for()
        with served_again(server):
            expect(page.locator(".transport .main")).to_be_enabled()
            if field.input_value() != "2":  # the server was gone before it had saved it
                named = r"These changes were not saved: .* k = 2 from step \d+"
                unmarked = "Your last knob changes were not saved"  # no record had its mark yet
                lost = re.compile(rf"({named}|{unmarked})\. Set them again\.")
                expect(page.locator(".said")).to_contain_text(lost)


def test_a_run_that_a_killed_server_only_prepared_is_prepared_anew(page, tmp_path):
    with serving(tmp_path) as server:
        visit_whole(page, f"{server.address}/lab?{TINY}")
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
        visit_whole(page, f"{server.address}/?{TINY}")
        press(page, "do_start")
        wait_for_step(page, 5)
        gone = run_of(page)
        os.kill(server.pid, signal.SIGKILL)
        shutil.rmtree(server.folder / "data" / "runs" / gone)
        with served_again(server):
            said = "This run no longer exists on the server"
            expect(page.locator(".said")).to_contain_text(said, timeout=TRAINING_MS)
            press(page, "do_start")
            wait_for_step(page, 5)
            assert run_of(page) != gone


def longest_sentence() -> str:
    """The longest of what is said of a model of 64 experts, many of them starved, others full."""
    crowded = [0.32] * 3 + [0.04 / 61] * 61
    uneven = [0.4] + [0.6 / 24] * 24 + [0.0] * 39
    found = []
    for load in (crowded, uneven, sorted(crowded), sorted(uneven)):
        records = history(WINDOW_STEPS, [load] * 8, processed=[[each / 2 for each in load]] * 8)
        for method in BALANCERS:
            knobs = {"n_experts": 64, "n_layers": 8, "top_k": 3, "balancer": method}
            found.append(narrate(ArmConfig.of("A", knobs), records).sentence)
    return max(found, key=len)


@pytest.fixture(scope="module")
def collapsed(browser, address) -> Iterator[object]:
    """A tab whose model A has collapsed and rests."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    visit(tab, address)
    press(tab, "do_start")
    expect(verdict(tab, 0)).to_have_text(re.compile("^Collapsed"), timeout=TRAINING_MS)
    press(tab, "do_pause")
    step_at_rest(tab)
    yield tab
    context.close()


SPILLED = """([selector, below]) => {
    const inside = (root) => root.querySelector(selector) ?? [...root.querySelectorAll("*")]
        .map((host) => host.shadowRoot && inside(host.shadowRoot)).find(Boolean);
    const clips = (node) => getComputedStyle(node).overflowX !== "visible"
        || node.classList.contains("visually-hidden") || node.tagName === "svg";
    const spilled = [];
    const look = (node) => {
        const box = node.getBoundingClientRect();
        if (!box.width || !box.height) return;
        const wide = box.left < -0.5 || box.right > innerWidth + 0.5;
        const cut = !clips(node) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0;
        if (wide || cut || (below && box.bottom > innerHeight + 0.5)) {
            spilled.push(`${node.tagName} ${node.className} ${JSON.stringify(box)}`);
        }
        if (!clips(node)) [...node.children].forEach(look);
    };
    look(inside(document));
    const pages = [document.documentElement, document.querySelector("[data-testid=stMain]")];
    for (const page of pages) if (page.scrollWidth > page.clientWidth) spilled.push("the page");
    return spilled; }"""
"""The nodes of a part of the page that stand outside the window, or whose text leaves them."""

DARK = """(dark) => {
    const [red] = getComputedStyle(document.querySelector(".stApp")).backgroundColor.match(/\\d+/g);
    return dark === (red < 128); }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_stage_fits_the_screen_after_a_collapse_too(collapsed, scheme, width, height):
    """In width on a phone; whole, without scrolling, on a laptop."""
    page = collapsed
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(DARK, arg=scheme == "dark")
    whole = [".start-stage", width == 1280]
    expect(page.locator(".load-bars svg")).to_have_count(2)
    page.wait_for_function(f"(part) => ({SPILLED})(part).length === 0", arg=whole)
    sentence = longest_sentence()
    for each in page.locator(".model-note .sentence").all():
        each.evaluate("(node, text) => { node.textContent = text; }", sentence)
    assert page.evaluate(SPILLED, whole) == []
    expect(page.locator(".model-note .sentence").first).to_have_text(sentence)
    for each in ("A", "B"):
        assert switch(page, each).bounding_box()["height"] >= 24
