"""What the routing walkthrough promises, in a browser, on a small model that was trained."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from moeviz.config import DROP_POLICIES
from moeviz.routing.routers import ROUTERS
from moeviz.ui.shared.controls import POLICY_TITLES
from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    press,
    run_of,
    start_run,
    visit,
    wait_for_step,
    wait_until_drawn,
)

pytestmark = pytest.mark.browser

STAGE = """(() => [...document.querySelectorAll('*')]
    .map((host) => host.shadowRoot?.querySelector('.routing-stage')).find(Boolean))()"""
RESTS = f"() => {STAGE}.view.player.progress === 1 && !{STAGE}.view.player.running"
SENTENCE = "The router sends each token on."
SLOW, FAST = 1 / 64, 20
SLOW_IN_EVERY_SCENE = f"""() => {{
    const {{ player }} = {STAGE}.view;
    const {{ reached }} = player;
    player.reached = (scene) => {{ player.speed = {SLOW}; reached(scene); }};
}}"""
SOURCES = {
    "Score": "router_probabilities",
    "Select": "select_experts",
    "Weigh": "gate_weights",
    "Dispatch": "route",
    "Compute": "Experts.forward",
    "Combine": "combine",
    "Residual": "Block.forward",
}


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


@pytest.fixture(scope="module")
def run(browser, address) -> str:
    """A run that the lab has trained for 200 steps; whoever has its address may ask it."""
    context = browser.new_context()
    tab = context.new_page()
    visit(tab, f"{address}/lab?{TINY}&arms=a&k=2&until=step:200")
    press(tab, "do_start")
    tab.get_by_text(re.compile(r"reached step 200")).wait_for(timeout=TRAINING_MS)
    found = run_of(tab)
    context.close()
    return found


@pytest.fixture
def stage(page, address, run):
    """The walkthrough with that run, its stage filled."""
    visit(page, f"{address}/walkthrough?run={run}")
    return filled(page)


@pytest.mark.parametrize(
    "title", ["Routing walkthrough", "Training lab", "Capacity lab", "Library conventions"]
)
def test_one_press_of_back_leaves_a_page_of_the_menu(page, address, run, title):
    visit(page, f"{address}/?run={run}")
    wait_for_step(page, 200)
    expect(page).to_have_url(re.compile("d_model=16"))  # completed by the knobs of the run
    start, entries = page.url, page.evaluate("history.length")
    page.get_by_role("button", name="Experiment", exact=True).click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).click()
    named = re.compile(rf"/\w+\?(.*&)?run={run}")
    expect(page).to_have_url(named, timeout=TRAINING_MS)
    wait_until_drawn(page)
    there = page.url
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    expect(page).to_have_url(start)
    expect(page.locator(".start-stage")).to_be_visible()
    page.go_forward()
    expect(page).to_have_url(there)


@pytest.fixture
def live_stage(page, address):
    """The walkthrough with a run that trains until somebody ends it, its stage following."""
    run = start_run(page, f"{address}/lab?{TINY}&arms=a&k=2")
    visit(page, f"{address}/walkthrough?run={run}")
    stage = filled(page)
    stage.get_by_text(re.compile("^live · step")).wait_for()
    return stage


def filled(page):
    """The stage, once it has tokens."""
    stage = page.locator(".routing-stage")
    stage.locator(".chip").first.wait_for()
    return stage


def set_speed(page, speed: float) -> None:
    page.evaluate(f"{STAGE}.view.player.setSpeed({speed})")


def send(page, text: str) -> None:
    """Type a text, send it, and wait for its tokens."""
    box = page.locator(".st-key-asked_text textarea")
    box.fill(text)
    box.press("Control+Enter")
    joined = f"() => {STAGE}?.view.facts?.plan.tokens.join('') === {text!r}"
    page.wait_for_function(joined)


def push(page, key: str) -> None:
    """Press a button that has a tooltip: it is on the page twice, once for phones."""
    page.locator(f".st-key-{key} button:visible").click()


def train_button(page, label: str = "Train"):
    """The button that trains the run or lets it pause, while its label begins with this."""
    return page.locator(".run-line .transport button").filter(has_text=re.compile(f"^{label}"))


def show_beside(page, side: str) -> None:
    """One press on the choice beside the stage."""
    page.locator(".st-key-walkthrough_side").get_by_text(side, exact=True).click()


def plan(page) -> dict:
    return page.evaluate(f"{STAGE}.view.facts.plan")


def test_a_typed_sentence_plays_through_all_scenes_beside_their_source(page, stage):
    send(page, SENTENCE)
    box = stage.bounding_box()
    assert box["y"] > 0
    assert box["y"] + box["height"] <= 800
    show_beside(page, "Code")
    page.evaluate(SLOW_IN_EVERY_SCENE)
    stage.get_by_role("button", name="Play").click()
    for scene, source in SOURCES.items():
        stage.locator(f".scene[aria-current][aria-label$='{scene}']").wait_for()
        named = page.locator(".st-key-scene_source").get_by_text(re.compile(rf"\.{source}$"))
        named.first.wait_for()
        set_speed(page, FAST)
    stage.get_by_role("button", name="Replay").wait_for()


def test_the_keyboard_leads_from_the_text_to_the_stage_and_into_the_inspector(page, stage):
    send(page, SENTENCE)
    for _ in range(2):  # past the menu of examples
        page.keyboard.press("Tab")
    assert page.evaluate(f"{STAGE}.matches(':focus')")
    page.keyboard.press("ArrowRight")
    stage.locator(".scene[aria-current][aria-label$='Score']").wait_for()
    page.get_by_text(re.compile("^Its highest probability is")).wait_for()
    stage.locator(".chip").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    said = page.get_by_role("status").filter(has_text="Why these experts?")
    expect(said).to_contain_text("”, position 1.")
    expect(page).to_have_url(re.compile("token=1"))


def test_arrows_and_space_are_heard_before_anything_was_clicked_but_not_while_typing(page, stage):
    scene = stage.locator(".scene[aria-current]")
    page.keyboard.press("ArrowRight")
    expect(scene).to_have_attribute("aria-label", "2 Score")
    set_speed(page, SLOW)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Space")
    stage.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Space")
    stage.get_by_role("button", name="Play").wait_for()
    box = page.locator(".st-key-asked_text textarea")
    box.focus()
    for key in ("ArrowRight", "Space", "ArrowLeft"):
        page.keyboard.press(key)
    train_button(page).focus()
    page.keyboard.press("ArrowRight")
    assert scene.get_attribute("aria-label") == "2 Score"
    assert page.evaluate(f"{STAGE}.view.player.playing") is False


def test_the_inspector_says_what_the_stage_was_sent(page, stage):
    send(page, SENTENCE)
    stage.locator(".chip").nth(2).click()
    page.get_by_text("What if expert").wait_for()
    shown, rows = plan(page), page.locator(".bar-table").first.locator("tbody tr")
    expect(rows).to_have_count(shown["n_experts"])
    experts = [int(row.locator("td").first.inner_text()) for row in rows.all()]
    assert experts[: shown["top_k"]] == shown["chosen"][2]
    for expert, row in zip(experts, rows.all(), strict=True):
        score = float(row.locator("td").nth(2).inner_text())
        assert score == pytest.approx(shown["scores"][2][expert], abs=6e-4)
    stage.locator(".expert").nth(shown["chosen"][2][0]).click()
    page.get_by_text(f"Queue of expert {shown['chosen'][2][0]},").first.wait_for()
    queue = page.locator(".bar-table").first.locator("tbody tr")
    sent = sum(e == shown["chosen"][2][0] for slots in shown["sent"] for e in slots)
    expect(queue).to_have_count(sent)


def test_another_capacity_replays_the_sentence_and_marks_what_it_changed(page, stage):
    send(page, SENTENCE)
    page.get_by_role("spinbutton", name="Capacity factor").fill("0.5")
    page.keyboard.press("Enter")
    page.get_by_text("the routing differs from the run").wait_for()
    page.wait_for_function(f"() => {STAGE}.view.facts.plan.capacity !== null")
    changed = plan(page)["changed"]
    assert changed["dropped"]
    expect(page).to_have_url(re.compile("capacity=0.5"))
    stage.get_by_role("button", name="5 Dispatch").click()
    stage.press("Enter")
    ringed = {t for slots in changed.values() for t, _ in slots}
    expect(stage.locator(".chip.changed")).to_have_count(len(ringed))
    push(page, "as_in_the_run")
    page.wait_for_function(f"() => {STAGE}.view.facts.plan.capacity === null")
    assert plan(page)["changed"]["kept"] == changed["dropped"]
    expect(page).not_to_have_url(re.compile("capacity="))


def test_the_strip_writes_every_rule_and_policy_in_full_also_for_two_arms(page, address):
    page.set_viewport_size({"width": 1280, "height": 800})
    two_arms = start_run(page, f"{address}/lab?{TINY}")
    offered = (ROUTERS, DROP_POLICIES)
    for rule, policy in [*zip(*offered, strict=False), ("softmax_topk", "reroute")]:
        visit(page, f"{address}/walkthrough?run={two_arms}&rule={rule}&drop={policy}")
        page.locator(".st-key-asked_arm").wait_for()
        for name, title in (
            ("router", ROUTERS[rule].title),
            ("drop_policy", POLICY_TITLES[policy]),
        ):
            field = page.locator(f".st-key-asked_knob_{name} input")
            expect(field).to_have_value(title)
            assert field.evaluate("(each) => each.scrollWidth <= each.clientWidth"), title


def test_scrubbing_shows_a_strip_a_token_and_a_step_is_a_click_away(page, stage):
    send(page, SENTENCE)
    strips = page.locator(".route-strips")
    steps = strips.locator(".step")
    steps.first.wait_for()
    assert [step.inner_text() for step in steps.all()] == ["0", "100", "200"]
    assert strips.locator(".token").count() == len(plan(page)["tokens"])
    bars = [bar.locator("b").count() for bar in strips.locator(".share").all()]
    assert bars == [1, 1, 0]  # at the last step all is settled by definition
    assert (
        steps.last.get_attribute("aria-label") == "Step 200: the newest. Press to show this step."
    )
    trained = plan(page)
    first = [slots[0] for slots in trained["chosen"]]
    assert [int(cell.inner_text()) for cell in strips.locator(".cell").all()][2::3] == first
    steps.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("step=0"))
    page.wait_for_function(f"rev => {STAGE}.view.facts.plan.rev !== rev", arg=trained["rev"])
    untrained = [slots[0] for slots in plan(page)["chosen"]]
    assert [int(cell.inner_text()) for cell in strips.locator(".cell").all()][::3] == untrained
    strips.locator(".token").nth(1).click()
    page.get_by_text(re.compile("Why these experts. Token .*position 1")).wait_for()


def test_markup_is_shown_as_text(page, stage):
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    text = "<img src=x onerror=alert(1)><script>alert(2)</script>**b**$x$"
    send(page, text)
    stage.locator(".chip").first.click()
    page.get_by_text("Why these experts?").wait_for()
    page.locator(".route-strips .token").first.wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert dialogs == []


def test_a_first_visit_trains_its_own_model_and_the_stage_shows_it(page, address):
    visit(page, f"{address}/walkthrough")
    stage = page.locator(".routing-stage")
    stage.locator(".chip").first.wait_for()
    untrained = plan(page)
    page.evaluate(f"window.first = {STAGE}.querySelector('.chip')")
    train_button(page).click()
    page.locator(".run-line .way").wait_for()
    page.get_by_text(re.compile(r"reached step 200")).wait_for(timeout=TRAINING_MS)
    page.wait_for_function(f"rev => {STAGE}.view.facts.plan.rev !== rev", arg=untrained["rev"])
    assert plan(page)["tokens"] == untrained["tokens"]
    assert page.evaluate(f"window.first === {STAGE}.querySelector('.chip')")
    page.locator(".route-strips .step").nth(10).wait_for()


def test_the_stage_follows_a_model_that_trains_and_can_be_held(page, live_stage):
    live_stage.get_by_role("button", name="8 Residual").click()
    live_stage.press("Enter")
    page.wait_for_function(RESTS)
    page.evaluate(f"window.first = {STAGE}.querySelector('.chip')")
    for _ in range(2):
        shown = plan(page)["step"]
        page.wait_for_function(f"step => {STAGE}.view.facts.plan.step > step", arg=shown)
        assert page.evaluate(RESTS)  # nothing plays again
        assert page.evaluate(f"{STAGE}.view.player.scene") == 7
    assert page.evaluate(f"window.first === {STAGE}.querySelector('.chip')")
    push(page, "hold_step")
    live_stage.get_by_text(re.compile(r"^step [\d,]+$")).wait_for()
    step = plan(page)["step"]
    expect(page).to_have_url(re.compile(rf"step={step}\b"))
    send(page, SENTENCE)
    wait_for_step(page, step + 200)
    train_button(page, "Pause").click()
    train_button(page).wait_for()
    expect(page.locator(".st-key-hold_step, .st-key-follow_model")).to_have_count(0)
    assert plan(page)["step"] == step


def test_while_the_stage_plays_a_newer_answer_waits(page, live_stage):
    live_stage.get_by_role("button", name="Play").click()
    set_speed(page, SLOW)
    step = plan(page)["step"]
    live_stage.get_by_text("the next step is shown after this scene").wait_for()
    assert plan(page)["step"] == step
    live_stage.get_by_role("button", name="Pause").click()
    page.wait_for_function(f"step => {STAGE}.view.facts.plan.step > step", arg=step)


def test_beside_a_button_that_only_the_owner_may_press_stands_why(page, stage, run):
    button = train_button(page)
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile("only watch this run"))
    said = page.locator(".run-line .why-not")
    expect(said).to_contain_text("open a control link from its owner. Or start your own run")
    page.get_by_test_id("stPopoverButton").filter(has_text="More").click()
    push(page, "new_run")
    expect(button).to_be_enabled()
    expect(said).to_be_hidden()
    assert run_of(page) != run


def test_what_is_typed_and_not_yet_sent_outlives_the_end_of_the_training(page, address):
    own = start_run(page, f"{address}/lab?{TINY}&arms=a&k=2&until=step:20")
    visit(page, f"{address}/walkthrough?run={own}")
    filled(page)
    train_button(page).click()
    page.locator(".run-line .way").wait_for()
    box = page.locator(".st-key-asked_text textarea")
    box.fill("typed, and not yet sent")
    train_button(page).wait_for(timeout=TRAINING_MS)
    wait_until_drawn(page)
    assert box.input_value() == "typed, and not yet sent"
    box.press("Control+Enter")
    page.wait_for_function(
        f"() => {STAGE}.view.facts.plan.tokens.join('') === 'typed, and not yet sent'"
    )


def test_the_walkthrough_comes_back_to_the_scene_that_it_was_left_in(page, stage):
    show_beside(page, "Code")
    stage.get_by_role("button", name="5 Dispatch").click()
    page.locator(".st-key-scene_source").get_by_text(re.compile("assign_slots$")).first.wait_for()
    main = page.get_by_test_id("stMain")
    page.get_by_role("link", name="Re-routed instead of dropped").scroll_into_view_if_needed()
    assert main.evaluate("node => node.scrollTop") > 0
    page.wait_for_function("document.moevizStartsAtTop")
    page.get_by_role("link", name="Re-routed instead of dropped").click()
    page.wait_for_url(re.compile("drop=reroute"))
    assert main.evaluate("node => node.scrollTop") == 0
    page.wait_for_function(f"() => {STAGE}?.view.facts?.plan.capacity > 0")
    stage.locator(".scene[aria-current][aria-label$='Dispatch']").wait_for()
    page.locator(".st-key-scene_source").get_by_text(re.compile("_rerouted$")).first.wait_for()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_walkthrough_fits_its_width(browser, address, run, width):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark")
    tab = context.new_page()
    visit(tab, f"{address}/walkthrough?run={run}&token=2")
    tab.get_by_text("What if expert").wait_for(timeout=30_000)
    tab.locator(".route-strips .cell").first.wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
