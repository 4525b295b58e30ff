"""What the capacity lab and the page on conventions promise, in a real browser on a tiny model."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    press,
    run_of,
    start_run,
    visit,
    wait_until_drawn,
)

pytestmark = pytest.mark.browser

DONE = """() => !document.querySelector(".st-key-study_progress")
    && document.querySelectorAll(".chart .main-svg").length > 3"""

ENDS = """(chart) => [chart.querySelector(".plot").getBoundingClientRect().bottom,
    chart.querySelector("details").getBoundingClientRect().top]"""


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


@pytest.fixture(scope="module")
def run(address, browser) -> str:
    """A tiny run of two arms that is paused at step 40, trained in a visit of its own."""
    context = browser.new_context()
    page = context.new_page()
    made = start_run(page, f"{address}/lab?{TINY}&experts=4&k=2&balancer=none&until=step:40")
    page.get_by_text("reached step 40").wait_for(timeout=TRAINING_MS)
    context.close()
    return made


def measured(page) -> None:
    page.wait_for_function(DONE, timeout=TRAINING_MS)
    wait_until_drawn(page)


def dropped(page) -> float:
    words = page.get_by_test_id("stMetric").filter(has_text="Dropped").inner_text()
    return float(re.search(r"([\d.]+) %", words)[1])


def test_the_measurements_run_to_their_end_by_themselves(page, address, run):
    visit(page, f"{address}/capacity?run={run}")
    measured(page)
    table = page.locator(".st-key-curves details")
    table.locator("summary").click()
    expect(table.locator("tbody tr")).to_have_count(10)
    expect(table.locator("tbody tr").first.locator("td").last).to_have_text("8")


def test_a_lower_factor_drops_more_and_strikes_it_through_in_the_text(page, address, run):
    visit(page, f"{address}/capacity?run={run}&k=1&capacity=4.0")
    text = page.locator(".batch-text")
    measured(page)
    assert dropped(page) == 0
    text.locator(".token").first.wait_for()
    assert text.locator(".token.lost").count() == 0
    handle = page.locator(".st-key-asked_factor input[type=range]")
    handle.focus()
    handle.press("Home")
    page.wait_for_function("() => location.search.includes('capacity=0.25')")
    text.locator(".token.lost").first.wait_for()
    assert dropped(page) >= 75 - 1


def test_a_click_on_a_token_says_where_it_was_sent(page, address, run):
    visit(page, f"{address}/capacity?run={run}&k=1&capacity=0.25")
    lost = page.locator(".token.lost").last
    lost.wait_for()
    names = page.locator(".batch-text .token").evaluate_all("(all) => all.map((x) => x.ariaLabel)")
    assert [name for name in names if not re.match("(?s)token “.+”", name)] == []
    expect(lost).to_have_accessible_name(re.compile("^token “.*”, all assignments dropped$"))
    lost.click()  # while the page measures
    page.get_by_text(
        re.compile(r"Preference 0: expert \d, gate weight [01]\.\d\d, dropped")
    ).wait_for()
    page.wait_for_function("() => location.search.includes('token=')")
    expect(page.locator(".token.picked")).to_have_count(1)


def test_four_factors_train_in_the_background_and_are_compared(page, address, run):
    visit(page, f"{address}/capacity?run={run}")
    measured(page)
    steps = page.locator(".st-key-steps_each input")
    steps.fill("30")
    steps.press("Enter")
    press(page, "capacity_train")
    page.get_by_text("reached step 30").wait_for(timeout=TRAINING_MS)
    table = page.get_by_role("table").filter(has_text="trained at")
    expect(table.locator("tbody tr")).to_have_count(4)
    expect(table).to_contain_text("dropless")
    expect(page).to_have_url(re.compile("trained="))
    page.reload()
    page.get_by_role("table").filter(has_text="trained at").wait_for()
    assert run_of(page) == run


def test_the_conventions_page_draws_a_dot_and_a_bar_a_library(page, address, run):
    visit(page, f"{address}/conventions?run={run}")
    expect(page.locator(".st-key-alphas .scatterlayer .point")).to_have_count(8)
    expect(page.locator(".st-key-capacities .barlayer .point")).to_have_count(8)


def test_the_pages_fit_a_phone(page, address, run):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("capacity", "conventions"):
        visit(page, f"{address}/{path}?run={run}")
        page.locator(".chart").last.locator(".main-svg").first.wait_for()
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 390
        plot, below = page.locator(".chart").first.evaluate(ENDS)
        assert below >= plot
