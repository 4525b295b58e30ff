"""Terms are explained where they stand: by hover, keyboard and touch, within the window."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from moeviz.glossary import term
from tests.e2e.visit import TINY, visit

pytestmark = pytest.mark.browser

MARKED = "memory"
"""A page whose first sentence has terms, and which trains nothing."""


@pytest.fixture(scope="module")
def address(serve) -> str:
    return serve().address


def visit_ready(page, address: str):
    """Open an address and wait until its terms can be explained."""
    visit(page, address)
    bubble(page).wait_for(state="attached")
    return page


@pytest.fixture
def memory(page, address):
    return visit_ready(page, f"{address}/{MARKED}")


def bubble(page):
    return page.locator(".terms .bubble")


def marked(page, name: str):
    return page.locator(f"a[href='glossary?term={term(name).id}']").first


def explained(page, name: str) -> None:
    """Wait until the bubble explains this term, wholly inside the window."""
    expect(bubble(page)).to_be_visible()
    expect(bubble(page)).to_contain_text(term(name).short)
    box, window = bubble(page).bounding_box(), page.viewport_size
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= window["width"]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= window["height"]


def test_a_term_is_explained_while_the_pointer_is_on_it_or_on_its_bubble(memory):
    expect(bubble(memory)).to_be_hidden()
    marked(memory, "expert").hover()
    explained(memory, "expert")
    bubble(memory).hover()
    memory.wait_for_timeout(400)  # longer than a pointer has to come back
    explained(memory, "expert")
    memory.locator("h1").hover()
    expect(bubble(memory)).to_be_hidden()


def test_the_keyboard_opens_the_next_terms_bubble_and_escape_closes_it(memory):
    marked(memory, "expert").focus()
    memory.keyboard.press("Tab")
    explained(memory, "total parameters")
    link = marked(memory, "total parameters")
    expect(link).to_be_focused()
    expect(link).to_have_attribute(
        "aria-description", f"{term('total parameters').short} Opens in a new tab."
    )
    expect(memory.locator(".terms .bubble a")).to_have_text("Open the glossary in a new tab")
    memory.keyboard.press("Escape")
    expect(bubble(memory)).to_be_hidden()
    expect(link).to_be_focused()
    memory.keyboard.press("Shift+Tab")
    explained(memory, "expert")
    memory.keyboard.press("Shift+Tab")
    expect(bubble(memory)).to_be_hidden()


def test_escape_closes_the_bubble_of_a_pointer_too(memory):
    link = marked(memory, "expert")
    link.hover(position={"x": 5, "y": 8})
    explained(memory, "expert")
    memory.keyboard.press("Escape")
    expect(bubble(memory)).to_be_hidden()
    link.hover(position={"x": 9, "y": 8})
    memory.wait_for_timeout(400)  # longer than a bubble takes to come
    expect(bubble(memory)).to_be_hidden()
    memory.locator("h1").hover()
    link.hover()
    explained(memory, "expert")


def test_a_pointer_that_came_before_the_glossary_needs_not_leave_and_come_again(page, address):
    held = []
    page.route("**/glossary.json", lambda route: held.append(route))
    with page.expect_request("**/glossary.json"):
        visit(page, f"{address}/{MARKED}")
    box = marked(page, "expert").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 8)
    page.wait_for_timeout(400)  # longer than a bubble takes to come
    expect(bubble(page)).to_have_count(0)
    (asked,) = held
    asked.continue_()
    bubble(page).wait_for(state="attached")
    page.mouse.move(box["x"] + 9, box["y"] + 8)
    explained(page, "expert")


def test_a_term_leads_to_its_entry_in_a_tab_of_its_own(memory, address):
    with memory.context.expect_page() as opened:
        marked(memory, "total parameters").click()
    entry = opened.value
    expect(entry.locator(".st-key-followed_term h2")).to_have_text("total parameters")
    assert entry.url == f"{address}/glossary?term=total-parameters"
    assert memory.url == f"{address}/{MARKED}"


def test_a_term_inside_a_component_is_explained_likewise(page, serve):
    visit_ready(page, serve(Path(__file__).parent / "stage_harness.py").address)
    link = page.locator(".routing-stage .sentence a.term").first
    link.hover()
    explained(page, "token")
    page.mouse.move(1, 1)
    expect(bubble(page)).to_be_hidden()
    link.focus()
    page.keyboard.press("Tab")
    explained(page, "router")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    expect(opened.value).to_have_url(re.compile(r"/glossary\?term=router$"))


def test_the_term_of_a_chart_that_is_painted_on_a_canvas_is_explained(page, address):
    visit_ready(page, f"{address}/?{TINY}")
    link = page.locator(".live-charts .titles a.term")
    expect(link).to_have_text("Cross-entropy")
    link.hover()
    explained(page, "cross-entropy")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_first_touch_explains_and_a_second_one_leads_on(browser, address, scheme):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=scheme
    )
    page = visit_ready(context.new_page(), f"{address}/{MARKED}")
    link = marked(page, "total parameters")  # broken over two lines at this width
    link.tap()
    explained(page, "total parameters")
    assert len(context.pages) == 1
    page.locator("h1").tap()
    expect(bubble(page)).to_be_hidden()
    link.tap()
    explained(page, "total parameters")
    with context.expect_page():
        link.tap()
    context.close()


def test_on_the_glossary_a_related_term_is_gone_to_and_explained(page, address):
    visit_ready(page, f"{address}/glossary")
    entry = page.locator(".st-key-term_coefficient-of-variation")
    expect(entry.locator("h3")).not_to_be_in_viewport()
    page.locator(".st-key-term_load-imbalance").scroll_into_view_if_needed()
    link = page.locator(
        ".st-key-term_load-imbalance a[href='glossary?term=coefficient-of-variation']"
    )
    link.hover()
    explained(page, "coefficient of variation")
    link.click()
    expect(entry.locator("h3")).to_be_in_viewport()
    assert len(page.context.pages) == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_no_line_of_the_glossary_is_wider_than_the_window(page, address, width):
    page.set_viewport_size({"width": width, "height": 844})
    visit(page, f"{address}/glossary?term=capacity")
    page.locator(".st-key-glossary_symbols table").last.wait_for()
    wide = page.get_by_test_id("stMain").evaluate(
        "(main) => [...main.querySelectorAll('p, h2, h3, .katex-html, table')]"
        ".filter((each) => each.getBoundingClientRect().right > innerWidth)"
        ".map((each) => each.textContent.slice(0, 60))"
    )
    assert wide == []
    page.get_by_label("Search the terms").fill("maxvio")
    expect(page.locator(".st-key-term_maxvio h3")).to_be_visible()
    expect(page.locator(".st-key-term_top-k")).to_have_count(0)
