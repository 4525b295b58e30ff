"""The lab's controls in a real browser, beside a run that goes on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    boxes_of,
    button,
    knob,
    places_passed,
    press,
    run_of,
    visit,
    wait_for_rest,
    wait_for_step,
    watch_places,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def started(page, address: str, query: str) -> None:
    visit(page, f"{address}/lab?{TINY}&{query}")
    press(page, "do_start")


def visit_lab(page, address: str) -> None:
    """Visit the lab and wait for its controls and charts, which move what stands below them."""
    visit(page, f"{address}/lab")
    knob(page, "learning_rate").wait_for()
    page.locator(".right canvas").first.wait_for()


def rests_at(page, step: int) -> None:
    page.get_by_text(f"reached step {step}").wait_for(timeout=TRAINING_MS)


def opener(page, name: str):
    """The button that opens a box of controls."""
    return page.get_by_role("button", name=name, exact=True)


def test_one_box_is_open_at_a_time_and_a_press_elsewhere_closes_it(page, address):
    visit_lab(page, address)
    share, back, view = (page.locator(f".{name} .box") for name in ("share", "go-back", "view"))
    opener(page, "Share").click()
    expect(share).to_be_visible()
    opener(page, "View").click()
    expect(view).to_be_visible()
    expect(share).to_be_hidden()
    opener(page, "Go back").click()
    expect(back).to_be_visible()
    expect(view).to_be_hidden()
    opener(page, "Go back").click()
    expect(back).to_be_hidden()
    opener(page, "Share").click()
    page.get_by_role("button", name="Models and data").click()
    page.get_by_text("A change here needs a new run").wait_for()
    expect(share).to_be_hidden()
    page.keyboard.press("Escape")
    opener(page, "Share").click()
    expect(share).to_be_visible()
    page.get_by_role("heading", name="Training lab").click()
    expect(share).to_be_hidden()


@pytest.mark.parametrize("inside", [False, True])
def test_escape_closes_a_box_and_leads_back_to_its_button(page, address, inside):
    visit_lab(page, address)
    opener(page, "View").focus()
    page.keyboard.press("Enter")
    box = page.locator(".view .box")
    expect(box).to_be_visible()
    if inside:
        page.get_by_label("Balance measure").focus()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(opener(page, "View")).to_be_focused()


def test_what_the_view_shows_is_in_the_address_and_there_again(page, address):
    visit_lab(page, address)
    for again in (False, True):
        opener(page, "View").click()
        for place, value in enumerate(("load_cv", "1", "by_domain")):
            field = page.locator(".view select").nth(place)
            if again:
                expect(field).to_have_value(value)
            field.select_option(value)
        for parameter in ("metric=load_cv", "layer=1", "loss=by_domain"):
            expect(page).to_have_url(re.compile(f"[?&]{parameter}(&|$)"))
        page.reload()
        knob(page, "learning_rate").wait_for()
    opener(page, "View").click()
    page.get_by_label("Layer of the charts").select_option("0")
    expect(page).not_to_have_url(re.compile("layer="))
    page.keyboard.press("Escape")
    page.get_by_label("How long Start trains").select_option("collapsed")
    expect(page).to_have_url(re.compile("until=collapsed"))
    page.get_by_label("How long Start trains").select_option("")
    expect(page).not_to_have_url(re.compile("until="))


def test_the_view_follows_links_and_back(page, address):
    visit(page, f"{address}/lab?{TINY}&layer=1")
    knob(page, "learning_rate").wait_for()
    first, second = page.locator(".view select").nth(0), page.locator(".view select").nth(1)
    expect(second).to_have_value("1")
    page.get_by_role("button", name="Models and data").click()  # the script runs again
    page.get_by_text("A change here needs a new run").wait_for()
    page.keyboard.press("Escape")
    opener(page, "View").click()
    second.select_option("0")
    first.select_option("max_violation")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Models and data").click()
    page.get_by_text("A change here needs a new run").wait_for()
    page.keyboard.press("Escape")
    expect(first).to_have_value("max_violation")
    expect(second).to_have_value("0")
    expect(page).to_have_url(re.compile("metric=max_violation"))
    page.get_by_role("link", name="Rescue").click()
    expect(page).to_have_url(re.compile("preset=rescue"))
    expect(first).to_have_value("entropy_above_collapse")
    expect(page).not_to_have_url(re.compile("metric="))
    page.go_back()
    expect(page).to_have_url(re.compile("metric=max_violation"))
    expect(first).to_have_value("max_violation")


CUT = """(stage) => {
    const ink = document.createElement("canvas").getContext("2d");
    const seen = (what) =>
        [...stage.querySelectorAll(what)].filter((each) => each.checkVisibility());
    const cut = seen(".knobs label").filter((each) => each.scrollWidth > each.clientWidth + 1);
    const short = seen(".knobs select").filter((select) => {
        const { fontSize, fontFamily, paddingLeft } = getComputedStyle(select);
        ink.font = `${fontSize} ${fontFamily}`; // tabular figures leave it no shorthand
        const words = ink.measureText(select.selectedOptions[0]?.text ?? "").width;
        return words + parseFloat(paddingLeft) + 20 > select.clientWidth; // its edge and its arrow
    });
    const over = seen(".knobs input").filter((input) => {
        const { fontSize, fontFamily, paddingLeft, paddingRight } = getComputedStyle(input);
        ink.font = `${fontSize} ${fontFamily}`;
        const words = ink.measureText(input.value || input.placeholder).width;
        return words + parseFloat(paddingLeft) + parseFloat(paddingRight) > input.clientWidth;
    });
    return [...cut, ...short, ...over].map((each) => each.title || each.ariaLabel); }"""
"""What is called, or says its value, in fewer letters than it has."""


def test_labels_and_values_of_knobs_set_apart_are_whole_on_a_laptop(page, address):
    visit_lab(page, address)
    stage = page.locator(".lab-stage")
    for name in ("Balance coefficient α", "Experts per token k", "Learning rate"):
        page.get_by_role("button", name=f"{name}: set model B separately").click()
        expect(page.get_by_label(f"B: {name}", exact=True)).to_be_visible()
        expect(page.get_by_label(f"A: {name}", exact=True)).to_be_visible()
        assert stage.evaluate(CUT) == []
    page.get_by_text("More knobs").click()
    assert stage.evaluate(CUT) == []
    for name in ("Drop policy", "Router", "Groups per token"):
        page.get_by_role("button", name=f"{name}: set model B separately").dispatch_event("click")
    assert stage.evaluate(CUT) == []


@pytest.mark.parametrize(("width", "columns"), [(1280, 4), (900, 2)])
def test_the_rows_of_more_knobs_are_full(page, address, width, columns):
    page.set_viewport_size({"width": width, "height": 800})
    visit_lab(page, address)
    page.get_by_text("More knobs").click()
    expect(page.locator(".more .knob").first).to_be_visible()
    rows = Counter(box["y"] for box in boxes_of(page.locator(".more .knob")))
    assert set(rows.values()) == {columns}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["Go back", "View", "Share"])
def test_a_box_opens_whole_on_the_screen(page, address, width, name):
    page.set_viewport_size({"width": width, "height": 800})
    visit_lab(page, address)
    opener(page, name).click()
    box = page.locator(".popup .box:popover-open").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 800
    below = opener(page, name).bounding_box()
    assert box["y"] >= below["y"] + below["height"]


ENABLED = """(stage) => [...stage.querySelectorAll(
        ".strip :is(button, select, input), .knobs :is(button, select, input), .balance-switch")]
    .filter((each) => !each.disabled && !each.closest(".ask") && each.checkVisibility())
    .map((each) => each.getAttribute("aria-label") ?? each.textContent)"""
"""What can be pressed of a live stage, but for help."""


@pytest.mark.parametrize(("path", "left"), [("/", []), ("/lab", ["View", "Share"])])
def test_who_may_only_watch_can_press_nothing_and_reads_why_once(
    page, browser, address, path, left
):
    started(page, address, "until=step:400")
    watch = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    visit(watch, f"{address}{path}?run={run_of(page)}")
    stage = watch.locator(".lab-stage, .start-stage")
    why = stage.get_by_text("You can only watch this run.")
    expect(why).to_have_count(1)
    assert why.bounding_box()["y"] < stage.get_by_role("button").first.bounding_box()["y"]
    if more := stage.get_by_text("More knobs").all():
        more[0].click()
    assert stage.evaluate(ENABLED) == left
    watch.context.close()


def test_a_limit_that_is_none_is_refused_at_its_field_and_stays_out_of_the_address(page, address):
    visit_lab(page, address)
    page.get_by_label("How long Start trains").select_option("step")
    field = page.get_by_label("Step", exact=True)
    field.fill("2.5")
    field.press("Enter")
    expect(page.locator(".until .refusal")).to_be_visible()
    expect(page.locator(".until")).to_contain_text("Step must be a whole number from 1 to 20,000")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page).to_have_url(re.compile("until=step%3A300$"))
    field.fill("25")
    expect(page.locator(".until .refusal")).to_be_hidden()
    field.press("Enter")
    expect(page).to_have_url(re.compile("until=step%3A25$"))


def test_the_limit_that_is_shown_is_the_pages_and_a_new_runs(page, address):
    visit(page, f"{address}/lab?{TINY}&until=step:300")
    limit, step = page.get_by_label("How long Start trains"), page.get_by_label("Step", exact=True)
    expect(step).to_have_value("300")
    page.get_by_role("combobox", name="Experiment").click()
    page.get_by_role("option", name="Rescue").click()
    expect(page).to_have_url(re.compile(r"\?preset=rescue$"))
    expect(limit).to_have_value("")
    page.go_back()
    expect(page).to_have_url(re.compile("until=step"))
    expect(step).to_have_value("300")
    press(page, "do_step")
    wait_for_rest(page, 1)  # while it steps, a new limit would train it on
    limit.select_option("step")
    step.fill("7")
    step.press("Enter")
    first = run_of(page)
    page.get_by_role("button", name="Models and data").click()
    seed = page.get_by_role("spinbutton", name="Seed").first
    seed.fill("5")
    seed.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Start the new run").click()
    rests_at(page, 7)
    assert run_of(page) != first
    expect(step).to_have_value("7")
    expect(page).to_have_url(re.compile("until=step%3A7(&|$)"))


def test_of_several_refusals_the_one_that_is_looked_at_is_shown(page, address):
    visit_lab(page, address)
    shown = page.locator(".knob .refusal:popover-open")
    for name in ("top_k", "learning_rate"):
        knob(page, name).fill("99")
        knob(page, name).press("Enter")
        expect(shown).to_have_count(1)
        expect(shown).to_contain_text({"top_k": "Experts per", "learning_rate": "Learning"}[name])
    knob(page, "top_k").focus()
    expect(shown).to_contain_text("Experts per token k")
    expect(knob(page, "learning_rate")).to_have_attribute("aria-invalid", "true")


def test_a_refusal_goes_and_comes_with_its_field(page, address):
    """On a phone's page, whose header covers what is scrolled away, and in a box that scrolls."""
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{address}/?{TINY}")
    knob(page, "top_k").fill("99")
    knob(page, "top_k").press("Enter")
    goes_and_comes(page, knob(page, "top_k"), page.get_by_test_id("stMain"))
    page.set_viewport_size({"width": 1280, "height": 500})
    visit_lab(page, address)
    page.get_by_role("button", name="Models and data").click()
    field = page.locator(".st-key-knob_A_context_length input")
    field.fill("7")
    field.press("Enter")
    goes_and_comes(page, field, page.get_by_test_id("stPopoverBody"))


def goes_and_comes(page, field, scrolled) -> None:
    """Scroll a refused field just out of sight, and back."""
    refusal = page.locator(".refusal:popover-open")
    expect(refusal).to_be_visible()
    at = scrolled.evaluate("(node) => node.scrollTop")
    beyond = field.evaluate("(node) => node.getBoundingClientRect().bottom")
    edge = max(60, scrolled.bounding_box()["y"])  # the header's, or the box's
    scrolled.evaluate("(node, by) => node.scrollBy(0, by)", beyond - edge + 2)
    expect(refusal).to_be_hidden()
    scrolled.evaluate("(node, at) => node.scrollTo(0, at)", at)
    expect(refusal).to_be_visible()


def test_a_new_limit_holds_for_the_run_that_trains(page, address):
    started(page, address, "until=step:5000")
    page.get_by_label("Step", exact=True).fill("60")
    page.get_by_label("Step", exact=True).press("Enter")
    rests_at(page, 60)


def test_what_the_page_refuses_leaves_the_reason_at_its_field_and_the_value_in_force_in_it(
    page, address
):
    visit_lab(page, address)
    page.get_by_role("button", name="Models and data").click()
    field = page.locator(".st-key-knob_A_n_heads")
    field.locator("input").fill("5")
    field.locator("input").press("Enter")
    page.get_by_text("Refused. Nothing was changed.").wait_for()
    why = "Attention heads must be a divisor of Model width (64), got 5"
    expect(field.get_by_text(why)).to_be_visible()
    expect(field.locator("input")).to_have_value("4")


def test_a_scheduled_change_shows_in_its_control_and_stays_in_force(page, address):
    started(page, address, "then=40:b:alpha:0.5&until=step:150")
    rests_at(page, 150)
    expect(knob(page, "aux_coefficient", 1)).to_have_value("0.5")
    page.locator(".load-bars").get_by_text("α = 0.5").wait_for()


def test_a_scheduled_change_moves_nothing(page, address):
    """The change sets B's knob apart from A's in mid-run."""
    visit(page, f"{address}/lab?{TINY}&then=40:b:alpha:0.05&until=step:80")
    page.locator(".right canvas").first.wait_for()
    parts = [".lab-stage > .knobs", ".load-bars svg", ".right canvas"]
    watch_places(page, parts)
    press(page, "do_start")
    rests_at(page, 80)
    expect(page.locator(".knob.apart")).to_have_count(2)
    passed = {part: len(places) for part, places in places_passed(page).items()}
    assert passed == dict.fromkeys(parts, 1)


def test_the_kept_steps_can_be_forked_from_and_rewound_to(page, address):
    started(page, address, "until=step:120")
    rests_at(page, 120)
    first = run_of(page)
    opener(page, "Go back").click()
    page.get_by_role("button", name="Fork from here").click()
    page.get_by_text(re.compile("^Paused.* step 100$")).wait_for()
    expect(page).not_to_have_url(re.compile(first))
    opener(page, "Go back").click()
    page.get_by_role("button", name="Rewind here").click()
    wait_for_rest(page, 0)


def test_on_a_phone_the_stage_and_knobs_are_on_the_first_screen(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    visit_lab(page, address)
    knobs = page.locator(".lab-stage > .knobs")
    box = knobs.bounding_box()
    assert box["y"] + box["height"] < page.locator(".load-bars").bounding_box()["y"]
    for name in ("balancer", "aux_coefficient", "top_k", "capacity_factor", "learning_rate"):
        field = knobs.locator(f'[data-knob="{name}"] :is(input, select)').first
        field.scroll_into_view_if_needed()
        box = field.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    assert page.get_by_test_id("stMain").evaluate("(main) => main.scrollTop") == 0
    knobs.evaluate("(strip) => strip.scrollTo({ left: 0 })")
    page.locator('[data-knob="balancer"] select').first.select_option("switch")
    expect(page).to_have_url(re.compile("[?&]balancer=switch"))
    stage = page.locator(".load-bars .layer")
    box = stage.last.bounding_box()
    assert box["y"] + box["height"] <= 844
    start = button(page, "do_start").bounding_box()
    assert start["x"] + start["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_laptop_the_stage_is_whole(page, address):
    visit_lab(page, address)
    box = page.locator(".load-bars figcaption").bounding_box()
    assert box["y"] + box["height"] <= 800
    chart = page.locator(".right canvas").bounding_box()
    assert chart["y"] + chart["height"] <= 800


def test_the_state_of_each_model_is_seen_without_scrolling_on_a_low_screen(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    visit(page, f"{address}/lab?preset=collapse")
    press(page, "do_start")
    verdicts = page.locator(".model-word strong")
    expect(verdicts.nth(0)).to_have_text(re.compile("^A: Collapsed since"), timeout=TRAINING_MS)
    expect(verdicts.nth(1)).to_have_text(re.compile("^B: (Balanced|Uneven) since"))
    seen = [*page.locator(".model-word").all(), *page.locator(".promises li").all()]
    assert len(seen) == 2 + 3
    for each in seen:
        box = each.bounding_box()
        assert box["y"] + box["height"] <= 720


def test_switched_off_late_nothing_collapses_and_one_press_does_it_again_from_step_0(page, address):
    visit(page, f"{address}/lab?{TINY}&until=step:110")
    press(page, "do_start")
    rests_at(page, 110)
    first, note = run_of(page), page.locator(".off-note:visible")
    switch = page.get_by_role("switch", name="Load balancing, model B")
    expect(switch).to_be_checked()
    expect(note).to_have_count(0)
    switch.click()
    press(page, "do_step")
    expect(note).to_contain_text(
        "Model B has trained without load balancing since step 110, and has not collapsed."
    )
    page.get_by_label("How long Start trains").select_option("")
    note.get_by_role("button", name="Again from step 0 without it").click()
    expect(page).to_have_url(re.compile(rf"run=(?!{first})"))
    expect(note).to_have_count(0)
    expect(switch).not_to_be_checked()
    wait_for_step(page, 5)
    press(page, "do_pause")
