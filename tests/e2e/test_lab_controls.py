"""The lab's controls in a real browser, beside a run that goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.browser

TRAINING_MS = 120_000
TINY = "d_model=16&d_expert=16&batch=4&context=16"


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def started(page, address: str, query: str) -> None:
    page.goto(f"{address}/lab?{TINY}&{query}")
    page.locator(".st-key-do_start button").click()


def rests_at(page, step: int) -> None:
    page.get_by_text(f"reached step {step}").wait_for(timeout=TRAINING_MS)


def test_a_scheduled_change_shows_in_its_control_and_stays_in_force(page, address):
    started(page, address, "then=40:b:alpha:0.5&until=step:150")
    rests_at(page, 150)
    shown = page.locator(".st-key-knob_B_aux_coefficient input")
    assert shown.input_value() == "0.5"
    page.locator(".load-bars").get_by_text("α = 0.5").wait_for()


def test_the_kept_steps_can_be_forked_from_and_rewound_to(page, address):
    started(page, address, "until=step:120")
    rests_at(page, 120)
    first = re.search(r"run=([\w-]+)", page.url)[1]
    page.locator(".st-key-go_back button").first.click()
    page.get_by_role("button", name="Fork from here").click()
    page.get_by_text(re.compile(r"· +step 100$")).wait_for()
    assert first not in page.url
    page.locator(".st-key-go_back button").first.click()
    page.get_by_role("button", name="Rewind here").click()
    page.get_by_text(re.compile(r"· +step 0$")).wait_for()


def test_on_a_phone_the_stage_is_on_the_first_screen(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/lab")
    stage = page.locator(".load-bars .layer")
    stage.last.wait_for()
    assert stage.first.bounding_box()["y"] < 844 / 2 + 40
    box = stage.last.bounding_box()
    assert box["y"] + box["height"] <= 844
    start = page.locator(".st-key-do_start button").bounding_box()
    assert start["x"] + start["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_laptop_the_stage_is_whole(page, address):
    page.goto(f"{address}/lab")
    last = page.locator(".load-bars figcaption")
    last.wait_for()
    box = last.bounding_box()
    assert box["y"] + box["height"] <= 800
    page.locator(".run-charts .main-svg").first.wait_for()
    chart = page.locator(".run-charts .plot").bounding_box()
    assert chart["y"] + chart["height"] <= 800
