"""What a visitor is promised, in a real browser on real training."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    button,
    knob,
    places_passed,
    press,
    run_of,
    start_run,
    step_at_rest,
    step_of,
    visit,
    wait_for_rest,
    wait_for_step,
    watch_places,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def test_the_first_visitor_of_a_deep_link_gets_its_page(page, address):
    page.goto(f"{address}/lab?preset=rescue")
    button(page, "do_start").wait_for()
    page.get_by_text("B is balanced again by step 600").wait_for()
    assert page.get_by_text("Page not found").count() == 0


def test_one_press_collapses_a_router_and_nothing_leaves_the_machine(page, address):
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    visit(page, address)
    press(page, "do_start")
    notes = page.locator(".model-note h3")
    expect(notes.nth(0)).to_have_text(re.compile(r"Collapsed since step \d+"), timeout=TRAINING_MS)
    expect(notes.nth(1)).to_have_text(re.compile(r"(Balanced|Uneven) since step \d+"))
    outside = [url for url in requests if not url.startswith((address, "data:", "blob:", "ws"))]
    assert outside == []


def test_a_reload_in_mid_run_finds_the_same_run_going_on(page, address):
    visit(page, f"{address}/lab?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 20)
    run, before = run_of(page), step_of(page)
    page.reload()
    wait_for_step(page, before + 1)
    assert run_of(page) == run


def test_pause_holds_and_step_does_exactly_one(page, address):
    visit(page, f"{address}/lab?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    press(page, "do_pause")
    button(page, "do_play").wait_for()
    before = step_at_rest(page)
    press(page, "do_step")
    wait_for_rest(page, before + 1)
    press(page, "do_reset")
    wait_for_rest(page, 0)


def test_every_press_of_step_is_a_step(page, address):
    visit(page, f"{address}/lab?{TINY}")
    for _ in range(3):
        press(page, "do_step")
    wait_for_rest(page, 3)


def test_back_does_not_walk_through_presses_nor_lose_the_run(page, address):
    page.goto(f"{address}/glossary")
    visit(page, f"{address}/lab?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    run, before = run_of(page), step_of(page)
    page.go_back()
    expect(page).to_have_url(f"{address}/glossary")
    page.go_forward()
    wait_for_step(page, before + 1)
    assert run_of(page) == run


def test_neither_a_link_that_says_the_usual_nor_a_new_run_leaves_a_dead_entry_behind(page, address):
    visit(page, f"{address}/?{TINY}")
    entries = page.evaluate("history.length")
    page.goto(f"{address}/?{TINY}&experts=16")
    expect(page).not_to_have_url(re.compile("experts=16"))
    press(page, "do_start")
    wait_for_step(page, 5)
    first = run_of(page)
    page.get_by_role("button", name="More: Experts E").click()
    expect(page).to_have_url(re.compile("experts=17"))
    page.wait_for_function("first => !location.search.includes(first)", arg=first)
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    expect(page).not_to_have_url(re.compile("experts="))


def test_a_reload_that_outruns_the_address_finds_the_run_again(page, address):
    visit(page, address)
    press(page, "do_start")
    wait_for_step(page, 1)
    page.goto(address)
    page.get_by_text("Your last run is still here: show it").click()
    wait_for_step(page, 2)


def test_a_live_knob_changes_the_running_model(page, address):
    visit(page, f"{address}/lab?{TINY}")
    press(page, "do_start")
    wait_for_step(page, 5)
    run = run_of(page)
    knob(page, "top_k").fill("2")
    knob(page, "top_k").press("Enter")
    page.get_by_text("no load balancing, k = 2").wait_for()
    expect(page).to_have_url(re.compile("k=2"))
    assert run_of(page) == run
    wait_for_step(page, step_of(page) + 5)


def test_a_run_stops_by_itself_at_its_step(page, address):
    visit(page, f"{address}/lab?{TINY}&until=step:30")
    press(page, "do_start")
    page.get_by_text(re.compile(r"reached step 30")).wait_for(timeout=TRAINING_MS)
    assert step_of(page) == 30


def test_runs_are_listed_exported_and_private(page, browser, address):
    visit(page, f"{address}/lab?{TINY}&until=step:5")
    press(page, "do_start")
    page.get_by_text(re.compile(r"reached step 5")).wait_for(timeout=TRAINING_MS)
    visit(page, f"{address}/runs")
    page.locator("[data-testid=stDataFrame]").wait_for()
    stranger = browser.new_context()
    other = stranger.new_page()
    other.goto(f"{address}/runs")
    other.get_by_text("There are no runs yet.").wait_for()
    stranger.close()
    grid = page.locator("[data-testid=stDataFrame] .dvn-scroller")
    grid.click(position={"x": 15, "y": 50})
    with page.expect_download() as taken:
        page.get_by_role("button", name="History, JSON").click()
    history = json.loads(taken.value.path().read_text())
    assert history["models"]["A"]["step"] == [1, 2, 3, 4, 5]


@pytest.fixture
def company(browser):
    """A tab of another browser."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


START = [".start-stage .strip", ".knobs", ".model-heads", ".layer-choice", ".load-bars svg"]
WIDE_START = [*START, ".load-bars", ".model-notes", ".standing", ".loss canvas", ".reading"]
LAB = [".lab-stage .strip", ".standing", ".load-bars", ".load-bars svg"]
WIDE_LAB = [*LAB, ".knobs", ".more", ".right canvas"]


@pytest.mark.parametrize(
    ("path", "width", "parts"),
    [
        ("/", 1280, [*WIDE_START, ".st-key-start_links"]),
        ("/", 390, START),
        ("/lab", 1280, WIDE_LAB),
        ("/lab", 390, LAB),
    ],
)
def test_nothing_of_the_stage_moves_or_goes_when_a_run_starts(
    page, company, address, path, width, parts
):
    start_run(company, f"{address}/lab?{TINY}")
    page.set_viewport_size({"width": width, "height": 800})
    visit(page, f"{address}{path}?{TINY}")
    page.locator(":is(.start-stage, .lab-stage) canvas").wait_for()
    watch_places(page, parts)
    press(page, "do_start")
    expect(page.locator(".standing")).to_contain_text("4 models share this machine")
    wait_for_step(page, 100)
    press(page, "do_pause")
    button(page, "do_play").wait_for()
    passed = places_passed(page)
    assert {part: places for part, places in passed.items() if len(places) > 1} == {}
    assert "gone" not in {places[0] for places in passed.values()}


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_fit_their_width(browser, address, width):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark")
    tab = context.new_page()
    drawn = {"/": ".load-bars .arm", "/runs": "h1"}
    drawn |= {"/lab": ".right canvas", "/lab?preset=rescue": ".right canvas"}
    for path, part in drawn.items():
        visit(tab, address + path)
        tab.locator(part).first.wait_for()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path
        panned = tab.get_by_test_id("stMain").evaluate(
            "(main) => (main.scrollTo({ left: 999 }), main.scrollLeft)"
        )
        assert panned == 0, path
    context.close()
