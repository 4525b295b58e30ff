"""A page's end: an answer is graded in the browser, the tick stays there, one link leads on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import TINY, visit

pytestmark = pytest.mark.browser

ROGUE = "<img src=x onerror=alert(1)> [x](glossary?term=expert)"


@pytest.fixture(scope="module")
def address(serve) -> str:
    return serve().address


def verdict(page, place: int):
    return page.locator(".check .verdict").nth(place)


def tick(page, title: str):
    return page.locator(".page-end li").filter(has_text=title)


def answer_both(page) -> None:
    """The number with the keyboard alone, the choice with the pointer."""
    page.get_by_label("Your answer in GB").fill("93.4")
    page.keyboard.press("Enter")
    expect(verdict(page, 0)).to_contain_text("Right: 93.4 GB.")
    page.get_by_label("It stays the same").check()
    page.get_by_role("button", name="Check the answer").nth(1).click()
    expect(verdict(page, 1)).to_contain_text("Right.")


def test_what_is_typed_is_text_and_a_slip_is_named(page, address):
    visit(page, f"{address}/memory")
    field = page.get_by_label("Your answer in GB")
    field.fill(ROGUE)
    field.press("Enter")
    expect(verdict(page, 0)).to_contain_text("“<img src=x onerror=alert(1)> […” is not a number.")
    assert verdict(page, 0).locator("a, img").count() == 0
    field.fill("25.8")
    field.press("Enter")
    expect(verdict(page, 0)).to_contain_text("25.8 is not right. Those are the active parameters")
    field.fill(ROGUE)
    field.press("Enter")
    expect(verdict(page, 0)).to_contain_text("is not a number")
    field.fill("25.8")
    field.press("Enter")
    expect(verdict(page, 0)).to_contain_text("25.8 is not right")
    expect(tick(page, "Memory")).to_have_attribute("data-done", "false")


def test_a_finished_page_is_ticked_in_this_browser_and_leads_on(page, address):
    visit(page, f"{address}/memory")
    answer_both(page)
    expect(tick(page, "Memory")).to_have_attribute("data-done", "true")
    expect(page.locator(".page-end p")).to_contain_text("You have finished this page. 1 of ")
    page.reload()
    expect(tick(page, "Memory")).to_have_attribute("data-done", "true")
    expect(verdict(page, 0)).to_have_text("You answered this before.")
    page.get_by_role("link", name="Next: Decoding speed").click()
    expect(page.locator("h1")).to_have_text("Decoding speed")
    expect(page.locator("h1")).to_be_in_viewport()
    expect(tick(page, "Memory")).to_have_attribute("data-done", "true")
    expect(tick(page, "Decoding speed")).to_have_attribute("data-done", "false")


@pytest.mark.parametrize(("at", "following"), [("glossary", "Start"), ("runs", "Total vs active")])
def test_the_next_page_is_shown_from_its_top(page, address, at, following):
    visit(page, f"{address}/{at}")
    link = page.get_by_role("link", name=f"Next: {following}")
    link.scroll_into_view_if_needed()
    link.click()
    expect(link).to_have_count(0)
    page.wait_for_function("() => document.querySelector('.stMain').scrollTop === 0")


def test_another_browser_has_no_ticks(page, address):
    visit(page, f"{address}/memory")
    expect(page.locator(".page-end p")).to_contain_text("0 of ")


def test_below_a_live_picture_a_check_asks_about_the_run(page, address):
    visit(page, f"{address}/lab?{TINY}&experts=12")
    expect(page.locator(".check .prompt")).to_contain_text("has 12 experts")
    page.get_by_label("Your answer in %").fill("1/12")
    page.keyboard.press("Enter")
    expect(verdict(page, 0)).to_contain_text("That is the share as a fraction.")
    page.get_by_label("Your answer in %").fill("8.33 %")
    page.keyboard.press("Enter")
    expect(verdict(page, 0)).to_contain_text("Right: 8.33 %.")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_end_is_no_wider_than_the_window(page, address, width):
    page.set_viewport_size({"width": width, "height": 844})
    visit(page, f"{address}/total-vs-active")
    page.locator(".page-end li").first.wait_for()
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.st-key-page_end *')]"
        ".flatMap((each) => [each, ...(each.shadowRoot?.querySelectorAll('*') ?? [])])"
        ".filter((each) => each.checkVisibility())"
        ".filter((each) => each.getBoundingClientRect().right > innerWidth)"
        ".map((each) => each.className)"
    )
    assert wide == []
