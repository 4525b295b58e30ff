"""The tour on Start, in a real browser: who sees it, its steps, its motion, the own text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from moeviz.analysis.tour import STEPS, recorded
from moeviz.texts import strings
from moeviz.ui.lab import tour_data
from tests.e2e.visit import TRAINING_MS, visit

pytestmark = pytest.mark.browser

SHOWN = strings(tour_data.__file__)["steps"]
FOLLOWED = tour_data.FOLLOWED
EXPERT = recorded()["experts"][FOLLOWED][0]
WEIGHT = f"{recorded()['gate_weights'][FOLLOWED][0]:.2f}"
MOVES = """() => { window.moved = 0; const all = document.querySelectorAll("*");
    const inside = (root) => root.querySelector(".walker") ?? [...root.querySelectorAll("*")]
        .map((host) => host.shadowRoot && inside(host.shadowRoot)).find(Boolean);
    inside(document).addEventListener("transitionrun", (event) =>
        { if (event.propertyName === "transform") window.moved += 1; }); }"""
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(({impact}) => ["serious", "critical"].includes(impact))
    .flatMap(({id, nodes}) => nodes.map(({html}) => id + ": " + html.slice(0, 160)))"""


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def opened(browser, **options):
    """A tab of somebody who was never here, that notes what the page throws."""
    context = browser.newcomers_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(20_000)
    tab = context.new_page()
    tab.errors = []
    tab.on("pageerror", lambda error: tab.errors.append(str(error)))
    return tab


@pytest.fixture
def newcomer(browser):
    """A tab of a first visitor."""
    tab = opened(browser)
    yield tab
    tab.context.close()
    assert tab.errors == []


def count(page):
    return page.locator(".tour .card .count")


def caption(page):
    return page.locator(".tour .card .caption")


def expert(page, number: int):
    return page.locator(".tour .expert").nth(number)


def experiment(page):
    return page.locator(".start-stage .transport .main")


def expect_step(page, step: int) -> None:
    expect(count(page)).to_have_text(f"Step {step} of 5")
    expect(page.locator(".tour h2")).to_have_text(SHOWN[step - 1]["title"])


def test_a_newcomer_sees_the_first_step_with_nothing_to_press_first(newcomer, address):
    visit(newcomer, address)
    expect_step(newcomer, 1)
    expect(newcomer.locator("h1:visible")).to_have_text("See how a Mixture of Experts works")
    expect(caption(newcomer)).to_have_text(SHOWN[0]["caption"])
    expect(newcomer.locator(".tour .drawing")).to_be_visible()
    expect(newcomer.locator(".tour .note").first).to_have_text(
        "Recorded at training step 200, layer 1"
    )
    expect(experiment(newcomer)).to_be_hidden()
    whole = newcomer.locator(".tour .half").bounding_box()
    assert whole["y"] + whole["height"] <= 800
    guess, share = recorded()["next"][FOLLOWED][0]
    expect(newcomer.locator('.tour [data-part="next"]')).to_contain_text(
        [re.compile(rf"“{guess}” {100 * share:.0f}\s%")]
    )


def test_space_leads_through_the_steps_to_the_experiment(newcomer, address):
    visit(newcomer, address)
    expect_step(newcomer, 1)
    for step in (2, 3, 4):
        newcomer.keyboard.press("Space")
        if step == 4:  # in the third step it shows which expert it is, first
            expect(caption(newcomer)).to_contain_text(f"goes to expert {EXPERT}")
            newcomer.keyboard.press("Space")
        expect_step(newcomer, step)
        expect(newcomer).to_have_url(re.compile(rf"\?tour={step}$"))
    newcomer.keyboard.press("Space")
    expect(experiment(newcomer)).to_be_visible()
    expect(newcomer.locator(".tour .strip")).to_contain_text(SHOWN[4]["caption"])
    expect(newcomer.locator("h1:visible")).to_have_text("Break it, then repair it")
    newcomer.locator(".tour .strip .back").click()
    expect_step(newcomer, 4)
    expect(experiment(newcomer)).to_be_hidden()


@pytest.mark.parametrize("step", [2, 3, 4])
def test_a_step_opens_by_its_address_alone(newcomer, address, step):
    visit(newcomer, f"{address}/?tour={step}")
    expect_step(newcomer, step)
    newcomer.reload()
    expect_step(newcomer, step)


def test_the_reader_taps_an_expert_before_the_truth_is_shown(newcomer, address):
    visit(newcomer, f"{address}/?tour=3")
    expect(caption(newcomer)).to_contain_text("Tap the expert that you expect.")
    expect(newcomer.locator(".tour .expert.chosen")).to_have_count(0)
    expect(newcomer.locator(".tour .drawing")).not_to_contain_text(WEIGHT)
    other = (EXPERT + 1) % 16
    expert(newcomer, other).click()
    verdict = newcomer.locator(".tour .verdict")
    expect(verdict).to_have_text(f"You tapped expert {other}. Expert {EXPERT} has the best score.")
    expect(caption(newcomer)).to_contain_text(f"multiplied by the gate weight {WEIGHT}")
    expect(newcomer.locator(".tour .expert.chosen text")).to_have_text(str(EXPERT))
    newcomer.get_by_role("button", name="Follow the token “+”").click()
    expect(caption(newcomer)).to_contain_text("The router has scored every expert for “+”.")
    expert(newcomer, recorded()["experts"][1][0]).focus()
    newcomer.keyboard.press("Enter")
    expect(verdict).to_have_text(re.compile("^Right"))


def test_sliders_show_what_is_stored_and_what_is_used(newcomer, address):
    visit(newcomer, f"{address}/?tour=4")
    stored, used = (newcomer.locator(".tour .amount").nth(i) for i in (0, 1))
    costs = {each["experts"]: each for each in tour_data.costs()}
    expect(stored).to_have_text(f"16 experts, {costs[16]['stored']:,} parameters")
    newcomer.get_by_role("slider", name="Experts E").focus()
    newcomer.keyboard.press("ArrowRight")
    expect(stored).to_have_text(f"32 experts, {costs[32]['stored']:,} parameters")
    expect(used).to_have_text(f"1 expert, {costs[32]['used'][0]:,} parameters")
    expect(caption(newcomer)).to_contain_text("All 32 stay in memory")
    newcomer.get_by_role("slider", name="Experts per token k").focus()
    newcomer.keyboard.press("ArrowRight")
    expect(used).to_have_text(f"2 experts, {costs[32]['used'][1]:,} parameters")
    expect_step(newcomer, 4)


def test_who_skips_comes_back_to_the_experiment_and_may_see_the_tour_again(newcomer, address):
    visit(newcomer, f"{address}/?tour=2")
    newcomer.get_by_role("button", name="Skip to the experiment").click()
    expect(experiment(newcomer)).to_be_visible()
    visit(newcomer, address)
    expect(experiment(newcomer)).to_be_visible()
    expect(newcomer.locator(".tour .half")).to_be_hidden()
    newcomer.get_by_role("button", name="See how it works").click()
    expect_step(newcomer, 1)


def test_who_stops_on_the_way_goes_on_there(newcomer, address):
    visit(newcomer, address)
    newcomer.get_by_role("button", name="Next").click()
    expect_step(newcomer, 2)
    visit(newcomer, address)
    expect_step(newcomer, 2)


@pytest.mark.parametrize("query", ["experts=16", "preset=rescue", "balancer=switch"])
def test_an_address_with_knobs_opens_the_experiment_for_a_newcomer(newcomer, address, query):
    visit(newcomer, f"{address}/?{query}")
    expect(experiment(newcomer)).to_be_visible()
    expect(newcomer.locator(".tour .half")).to_be_hidden()


def test_the_experiment_works_after_the_tour(newcomer, address):
    """It was built while it was hidden: its charts have a size, and it trains."""
    visit(newcomer, f"{address}/?tour=4")
    expect_step(newcomer, 4)
    newcomer.keyboard.press("Space")
    expect(newcomer.locator(".standing")).to_have_text("Not started")  # Space was the tour's
    newcomer.locator(".start-stage canvas").first.wait_for()
    assert newcomer.locator(".start-stage canvas").first.bounding_box()["width"] > 200
    experiment(newcomer).click()
    expect(newcomer.locator(".standing")).to_contain_text("step", timeout=TRAINING_MS)
    expect(newcomer).to_have_url(re.compile("run="))
    newcomer.locator(".tour .strip .back").click()
    expect_step(newcomer, 4)


def test_on_a_phone_the_picture_stands_upright(browser, address):
    tab = opened(browser, viewport={"width": 390, "height": 844}, has_touch=True)
    visit(tab, f"{address}/?tour=3")
    drawing = tab.locator(".tour .drawing")
    expect(drawing).to_have_class(re.compile("upright"))
    box = drawing.bounding_box()
    assert box["height"] > box["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    row = [expert(tab, e).bounding_box()["y"] for e in range(16)]
    assert max(row) - min(row) < 2
    assert row[0] > tab.locator(".tour .chip").last.bounding_box()["y"]
    expert(tab, EXPERT).tap()
    expect(tab.locator(".tour .verdict")).to_have_text(re.compile("^Right"))
    tab.context.close()
    assert tab.errors == []


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", True), ("reduce", False)])
def test_a_token_moves_unless_motion_is_reduced(browser, address, motion, moves):
    tab = opened(browser, reduced_motion=motion)
    visit(tab, address)
    tab.locator(".tour .walker").wait_for(state="attached")
    tab.evaluate(MOVES)
    tab.get_by_role("button", name="Follow the token “return”").click()
    expect(tab.locator(".tour .drawing")).to_have_attribute("data-reached", "8")
    assert (tab.evaluate("window.moved") > 0) == moves
    tab.context.close()


@pytest.mark.slow
def test_the_visitors_own_text_is_answered_by_the_trained_model(newcomer, address):
    visit(newcomer, f"{address}/?tour=2")
    field = newcomer.get_by_label("Your own text")
    note = newcomer.locator(".tour .note").first
    field.fill("   ")
    field.press("Enter")
    expect(newcomer.locator(".tour .refusal")).to_have_text(
        "Your own text must be 1 to 200 characters long, got nothing but blanks"
    )
    field.fill("The cat sat")
    field.press("Enter")
    expect(note).to_have_text(re.compile(rf"\d+ of {STEPS} steps to go"), timeout=TRAINING_MS)
    expect(newcomer.locator(".tour .chip").first).to_have_text("2")  # the example, meanwhile
    expect(note).to_have_text(f"Live: at training step {STEPS}, layer 1", timeout=TRAINING_MS)
    tokens = newcomer.locator(".tour .chip text").all_text_contents()
    assert "".join(tokens) == "Thecatsat"
    expect(newcomer.locator(".tour .chip").last).to_have_attribute("aria-pressed", "true")
    field.fill("x <b>bold</b>")
    field.press("Enter")
    expect(newcomer.locator(".tour .chip").first).to_have_text("x", timeout=TRAINING_MS)
    assert newcomer.locator(".tour .drawing b").count() == 0
    newcomer.get_by_role("button", name="Back to the example").click()
    expect(note).to_have_text("Recorded at training step 200, layer 1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_severe_in_the_tour(browser, address, scheme):
    tab = opened(browser, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    for step in (1, 3, 4, 5):
        visit(tab, f"{address}/?tour={step}")
        seen = ".start-stage canvas[aria-label]" if step == 5 else ".tour .card"
        tab.locator(seen).first.wait_for()
        tab.evaluate(AXE_SCRIPT)
        assert tab.evaluate(RUN_AXE) == [], step
    for tapped in (EXPERT, EXPERT + 1):
        visit(tab, f"{address}/?tour=3")
        expert(tab, tapped).click()
        tab.locator(".tour .verdict").wait_for()
        tab.evaluate(AXE_SCRIPT)
        assert tab.evaluate(RUN_AXE) == [], tapped
    tab.context.close()
