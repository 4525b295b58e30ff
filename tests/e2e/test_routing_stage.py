"""The routing stage in a real browser, one promise a test, on traces of made-up numbers."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from moeviz.analysis.routing_stage import stage_plan
from moeviz.figures.theme.palette import expert_colours
from tests.made_up_traces import made_up_trace

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "stage_harness.py"
STAGE = """(() => [...document.querySelectorAll('*')]
    .map((host) => host.shadowRoot?.querySelector('.routing-stage')).find(Boolean))()"""
SCENES = ["Arrive", "Score", "Select", "Weigh", "Dispatch", "Compute", "Combine", "Residual"]
SLOW, FAST = 1 / 64, 20
"""Speeds: a scene that no test outlasts, and one that keeps no test waiting."""
COUNT_FRAMES = """() => {
    window.asked = 0;
    const ask = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (then) => { window.asked += 1; return ask(then); };
}"""

NOTE_LISTENERS_THAT_END = """() => {
    window.ended = [];
    const end = window.removeEventListener.bind(window);
    window.removeEventListener = (...all) => { window.ended.push(all[0]); end(...all); };
}"""


@pytest.fixture(scope="module")
def harness(browser, serve, tmp_path_factory) -> str:
    """A server of the harness; its published files go into a folder of its own."""
    folder = tmp_path_factory.mktemp("stage")
    shutil.copy(HARNESS, folder)
    return serve(folder / HARNESS.name).address


def open_stage(page, harness: str, **parameters: object):
    page.goto(f"{harness}/?{urlencode(parameters)}")
    page.locator(".routing-stage .chip").first.wait_for()
    return page.locator(".routing-stage")


@pytest.fixture
def visit(page, harness):
    """Open the harness with these query parameters; returns the stage."""
    return lambda **parameters: open_stage(page, harness, **parameters)


def current(stage) -> str:
    return stage.locator(".scene[aria-current]").get_attribute("aria-label").split()[1]


def wait_scene(stage, name: str) -> None:
    stage.locator(f".scene[aria-current][aria-label$='{name}']").wait_for()


def wait_still(page) -> None:
    """Wait until the scene at hand has ended."""
    page.wait_for_function(
        f"() => {STAGE}.view.player.progress === 1 && {STAGE}.view.player.phase === 'rest'"
    )


def jump(stage, name: str) -> None:
    """Go to a scene and to its end."""
    stage.get_by_role("button", name=re.compile(name)).click()
    wait_still(stage.page)


def set_speed(page, speed: float) -> None:
    page.evaluate(f"{STAGE}.view.player.setSpeed({speed})")


def said(page) -> str:
    return page.get_by_text(re.compile("^token .* hotkey")).inner_text()


def boxes(page) -> list[list[float]]:
    """Where the assignments' marks are now, [x, y, w, h] each."""
    flat = page.evaluate(f"[...{STAGE}.view.pose.boxes]")
    return [flat[i : i + 4] for i in range(0, len(flat), 4)]


def test_the_eight_scenes_are_buttons_and_show_their_words(visit):
    stage = visit(tokens=12, capacity=1)
    plan = stage_plan(made_up_trace(12, 8, 2, 1.0), 0)
    buttons = stage.get_by_role("group", name="Scenes").get_by_role("button")
    names = [button.get_attribute("aria-label") for button in buttons.all()]
    assert names == [f"{i + 1} {name}" for i, name in enumerate(SCENES)]
    for button, scene in zip(buttons.all(), plan["scenes"], strict=True):
        button.click()
        assert stage.locator("h2").inner_text() == scene["title"]
        for part in ("sentence", "formula", "shapes"):
            words = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", scene[part])
            words = re.sub(r"_(\w+)", r"\1", words)
            assert stage.locator(f".{part}").text_content() == words
        assert stage.locator(".scene[aria-current]").count() == 1
    assert stage.locator(".sentence").get_attribute("aria-live") == "polite"


def test_a_formula_is_in_the_type_of_the_sentence_that_introduces_it(visit):
    """The code font's i has no foot: as an index it looked cut off."""
    stage = visit(tokens=12)
    family = "(node) => getComputedStyle(node).fontFamily"
    assert stage.locator(".formula").evaluate(family) == stage.locator(".sentence").evaluate(family)


_OUTSIDE = """(line) => {
  const cut = [];
  const pen = document.createElement("canvas").getContext("2d");
  for (const index of line.querySelectorAll("sub")) {
    const mark = document.createElement("span");
    mark.style.cssText = "display: inline-block; width: 0; height: 0";
    index.append(mark);
    const { bottom: baseline, left } = mark.getBoundingClientRect();
    mark.remove();
    pen.font = getComputedStyle(index).font;
    const ink = pen.measureText(index.textContent);
    for (let box = line; box; box = box.parentElement) {
      if (box !== line && getComputedStyle(box).overflow === "visible") continue;
      const { top, bottom, right } = box.getBoundingClientRect();
      const above = baseline - ink.actualBoundingBoxAscent < top;
      const below = baseline + ink.actualBoundingBoxDescent > bottom;
      if (above || below || left > right) cut.push([index.textContent, box.className]);
    }
  }
  return cut;
}"""
"""The indices whose ink leaves the box of their line, or a box around it that cuts."""


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_no_index_of_a_formula_is_cut(visit, page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    stage = visit(tokens=12, renormalise=1)
    for name in ("Weigh", "Combine"):
        jump(stage, name)
        formula = stage.locator(".formula")
        assert formula.locator("sub").count() > 0
        assert formula.evaluate(_OUTSIDE) == []
        assert stage.locator(".sentence").evaluate(_OUTSIDE) == []
    formula.evaluate("(line) => line.style.cssText = 'height: 9px; line-height: 14px'")
    assert formula.evaluate(_OUTSIDE) != [], "an index that is cut would be found"


def test_every_button_of_the_stage_has_a_name(visit):
    stage = visit(tokens=12, text=" ")
    jump(stage, "Dispatch")
    buttons = stage.get_by_role("button")
    assert buttons.count() > 12 + 8
    for button in buttons.all():
        expect(button).to_have_accessible_name(re.compile(r"\w"))
    chip = stage.locator(".chip").first
    expect(chip).to_have_accessible_name(re.compile("^Token “ ”, position 0: expert .* Press to"))


def test_a_scene_that_is_clicked_does_not_wait_to_be_read(visit, page):
    stage = visit(tokens=12)
    set_speed(page, SLOW)
    stage.get_by_role("button", name="5 Dispatch").click()
    assert page.evaluate(f"{STAGE}.view.player.phase") == "move"
    assert stage.get_by_role("button", name="Show it now").is_hidden()


def test_played_words_come_before_motion_and_reading_can_be_cut_short(visit, page):
    stage = visit(tokens=12)
    jump(stage, "Weigh")
    set_speed(page, SLOW)
    stage.get_by_role("button", name="Play").click()
    state = f"[{STAGE}.view.player.phase, {STAGE}.view.player.progress]"
    assert page.evaluate(state) == ["read", 0]
    wait = stage.locator(".picture").get_by_role("button", name="Show it now")
    reads = page.evaluate(f"{STAGE}.view.player.left / {SLOW} / 1000")
    assert f"Read first. The picture moves in {math.ceil(reads)} s." in wait.inner_text()
    wait.click()
    assert wait.is_hidden()
    assert page.evaluate(state)[0] == "move"
    set_speed(page, FAST)
    wait_still(page)


def test_arrows_home_and_end_change_the_scene(visit, page):
    stage = visit(tokens=12)
    stage.focus()
    for key, scene in [
        ("ArrowRight", "Score"),
        ("ArrowRight", "Select"),
        ("ArrowLeft", "Score"),
        ("End", "Residual"),
        ("ArrowRight", "Residual"),
        ("Home", "Arrive"),
        ("ArrowLeft", "Arrive"),
    ]:
        page.keyboard.press(key)
        assert current(stage) == scene, key


def test_space_plays_and_pauses_and_the_pages_own_shortcut_stays_quiet(visit, page):
    stage = visit(tokens=12)
    stage.focus()
    page.keyboard.press("Space")
    stage.get_by_role("button", name="Pause").wait_for()
    wait_scene(stage, "Score")
    set_speed(page, SLOW)
    page.keyboard.press("Space")
    stage.get_by_role("button", name="Play").wait_for()
    at = page.evaluate(f"{STAGE}.view.player.progress")
    stage.locator(".chip").first.focus()
    page.keyboard.press("Space")  # on a token too, where it picks nothing
    stage.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Space")
    assert page.evaluate(f"{STAGE}.view.player.progress") >= at
    page.get_by_text("hotkey None").click()
    page.keyboard.press("Space")
    page.get_by_text("hotkey pressed").wait_for()  # the shortcut works off the stage,
    assert said(page).startswith("token None expert None")


def test_space_on_the_stage_never_reaches_the_page(visit, page):
    stage = visit(tokens=12)
    page.evaluate("document.addEventListener('keydown', (e) => (window.heard = e.key))")
    stage.focus()
    for key in ("Space", "ArrowRight", "Home", "End", "Enter"):
        page.keyboard.press(key)
    assert page.evaluate("window.heard") is None
    page.keyboard.press("q")
    assert page.evaluate("window.heard") == "q"


def test_playing_goes_through_all_scenes_and_ends(visit, page):
    stage = visit(tokens=3, experts=2, top_k=1)
    set_speed(page, FAST)
    stage.get_by_role("button", name="Play").click()
    stage.get_by_role("button", name="Replay").wait_for()
    assert current(stage) == "Residual"
    set_speed(page, SLOW)
    stage.get_by_role("button", name="Replay").click()
    wait_scene(stage, "Arrive")


def test_speed_is_chosen_and_said(visit, page):
    stage = visit(tokens=12)
    stage.get_by_role("button", name="Speed 2×").click()
    assert stage.get_by_role("button", name="Speed 2×").get_attribute("aria-pressed") == "true"
    assert stage.get_by_role("button", name="Speed 1×", exact=True).get_attribute(
        "aria-pressed"
    ) == ("false")
    assert page.evaluate(f"{STAGE}.view.player.speed") == 2


def test_arrows_walk_the_tokens_and_enter_picks_one(visit, page):
    stage = visit(tokens=12)
    chips = stage.locator(".chip")
    assert [chip.get_attribute("tabindex") for chip in chips.all()] == ["0"] + ["-1"] * 11
    chips.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("token 2 expert None").wait_for()
    assert chips.nth(2).get_attribute("aria-pressed") == "true"
    assert current(stage) == "Arrive"


def test_a_picked_token_is_let_go_by_a_second_click(visit, page):
    stage = visit(tokens=12)
    stage.locator(".chip").nth(4).click()
    page.get_by_text("token 4 expert None").wait_for()
    stage.locator(".chip").nth(4).click()
    page.get_by_text("token None expert None").wait_for()
    expect(stage.locator(".picked")).to_have_count(0)


def test_a_click_on_an_experts_head_names_it_to_python(visit, page):
    stage = visit(tokens=12, capacity=1)
    stage.get_by_role("group", name="Experts").get_by_role("button").nth(6).click()
    page.get_by_text("token None expert 6").wait_for()
    assert stage.locator(".expert.picked").get_attribute("data-number") == "6"


def test_a_click_on_a_mark_picks_its_token(visit, page):
    stage = visit(tokens=12, capacity=1)
    jump(stage, "Dispatch")
    x, y, w, h = boxes(page)[2 * 7 + 1]
    stage.locator("canvas").click(position={"x": x + w / 2, "y": y + h / 2})
    page.get_by_text("token 7 expert None").wait_for()


def test_scenes_are_reported_once_where_python_wants_them(visit, page):
    stage = visit(tokens=12, report=1)
    stage.get_by_role("button", name="4 Weigh").click()
    page.get_by_text("scene 3").wait_for()
    quiet = visit(tokens=12)
    quiet.get_by_role("button", name="4 Weigh").click()
    quiet.locator(".chip").first.click()
    page.get_by_text("token 0 expert None scene None").wait_for()


def test_slots_follow_place_and_capacity(visit, page):
    stage = visit(tokens=20, capacity=0.8)
    plan = stage_plan(made_up_trace(20, 8, 2, 0.8), 0)
    jump(stage, "Dispatch")
    frame = page.evaluate(f"{STAGE}.view.frame")
    line = frame["left"] + 6 + plan["capacity"] * frame["slot"]
    for i, (x, y, w, h) in enumerate(boxes(page)):
        t, k = divmod(i, 2)
        if plan["kept"][t][k]:
            assert frame["top"] + plan["sent"][t][k] * frame["pitch"] < y
            assert y + h < frame["top"] + (plan["sent"][t][k] + 1) * frame["pitch"]
            assert x == pytest.approx(
                frame["left"] + 6 + plan["place"][t][k] * frame["slot"], abs=0.01
            )
            assert x + w < line
        else:
            assert y >= frame["lane"]["top"]  # fell to the residual path
    assert not all(all(row) for row in plan["kept"])


def test_stacks_are_as_high_as_the_gate_weights(visit, page):
    stage = visit(tokens=12, renormalise=1)
    plan = stage_plan(made_up_trace(12, 8, 2, renormalise=True), 0)
    jump(stage, "Weigh")
    whole = page.evaluate(f"{STAGE}.view.frame.gridHeight") - 2
    for i, (_, _, _, h) in enumerate(boxes(page)):
        assert h == pytest.approx(plan["gates"][i // 2][i % 2] * whole, abs=0.5)


@pytest.mark.parametrize(
    ("rule", "scored", "higher"),
    [({}, "Probabilities", "probability"), ({"sigmoid": 1}, "Scores", "score")],
)
def test_numbers_of_a_sigmoid_are_called_scores(visit, rule, scored, higher):
    stage = visit(tokens=40, bias=0.5, **rule)
    jump(stage, "Score")
    picture = stage.inner_text()
    assert f"{scored} from 0 (faint)" in picture
    jump(stage, "Select")
    assert f"Outlined: higher {higher}, but not chosen." in stage.inner_text()
    stage.locator("canvas").first.hover()
    expect(stage.locator(".readout")).to_have_text(re.compile(rf"logit \S+, {higher} "))


def test_colours_come_with_the_selection_not_before(visit):
    stage = visit(tokens=12)
    plan = stage_plan(made_up_trace(12, 8, 2), 0)
    ways = "(all) => all.map((node) => node.dataset.ways)"
    chips = stage.locator(".chip")
    jump(stage, "Score")
    assert set(chips.evaluate_all(ways)) == {""}
    jump(stage, "Select")
    assert chips.evaluate_all(ways) == ["·".join(map(str, row)) for row in plan["sent"]]
    colour = "getComputedStyle(node).getPropertyValue('--colour')"
    assert (
        stage.locator(".chip").nth(1).evaluate(f"(node) => {colour}")
        == expert_colours(8)[plan["sent"][1][0]]
    )


def test_reduced_motion_shows_ends_at_once_and_asks_for_no_frame(browser, harness):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    stage = open_stage(page, harness, tokens=12, capacity=1)
    page.evaluate(COUNT_FRAMES)
    for name in SCENES[1:]:
        stage.get_by_role("button", name=f" {name}").click()
        assert page.evaluate(f"{STAGE}.view.player.progress") == 1, name
    stage.get_by_role("button", name="Replay").click()
    wait_scene(stage, "Score")  # playing goes on by itself
    assert page.evaluate("window.asked") == 0
    context.close()


def test_nothing_asks_for_frames_while_nothing_moves(visit, page):
    stage = visit(tokens=12)
    jump(stage, "Dispatch")
    page.evaluate(COUNT_FRAMES)
    page.wait_for_timeout(400)
    assert page.evaluate("window.asked") == 0
    jump(stage, "Compute")
    assert page.evaluate("window.asked") > 5


def test_markup_in_a_token_is_text(visit, page):
    evil = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>"
    stage = visit(tokens=12, text=evil)
    jump(stage, "Dispatch")
    stage.locator(".chip").first.hover()
    assert stage.locator(".chip .token").first.text_content() == evil
    expect(stage.locator(".readout")).to_contain_text(evil)
    stage.get_by_text("Show as table").click()
    assert stage.locator("tbody tr").first.locator("td").nth(1).inner_text() == evil
    assert stage.locator("img").count() == 0
    assert page.evaluate("window.hit") is None


def test_the_table_says_what_the_plan_says(visit):
    stage = visit(tokens=25, capacity=0.8, reroute=1)
    plan = stage_plan(made_up_trace(25, 8, 2, 0.8, reroute=True), 0)
    stage.get_by_text("Show as table").click()
    rows = [row.split("\t") for row in stage.locator("tbody").inner_text().split("\n")]
    assert len(rows) == 25
    for t, row in enumerate(rows):
        slots = zip(plan["chosen"][t], plan["sent"][t], strict=True)
        experts = [f"{e}" if e == c else f"{c} → {e}" for c, e in slots]
        assert row[:2] == [f"{t}", plan["tokens"][t]]
        assert row[2] == ", ".join(experts)
        gates = [float(gate) for gate in row[3].split(", ")]
        assert gates == pytest.approx(plan["gates"][t], abs=5.1e-4)
        assert row[4] == ", ".join(f"{place + 1}" for place in plan["place"][t])
        assert row[5] == ", ".join("yes" if kept else "no" for kept in plan["kept"][t])
        assert float(row[6]) == pytest.approx(
            plan["out_norm"][t] / plan["residual_norm"][t], abs=1e-3
        )
    assert any("→" in row[2] for row in rows)


def test_another_setting_replays_from_dispatch_and_marks_what_changed(visit, page):
    stage = visit(tokens=24)
    jump(stage, "Residual")
    set_speed(page, SLOW)
    page.get_by_role("button", name="Tight").click()
    wait_scene(stage, "Dispatch")
    set_speed(page, FAST)
    wait_scene(stage, "Residual")  # back where the reader was, though Play was not pressed
    before = stage_plan(made_up_trace(24, 8, 2), 0)
    lost = stage_plan(made_up_trace(24, 8, 2, 0.5), 0, before)["changed"]["dropped"]
    page.get_by_text(f"× newly dropped: {len(lost)}").wait_for()
    wait_still(page)
    marked = stage.locator(".chip.changed")
    numbers = marked.evaluate_all("(all) => all.map((n) => Number(n.dataset.number))")
    assert numbers == sorted({token for token, _ in lost})
    signs = page.evaluate(f"{STAGE}.view.facts.signs")
    assert [divmod(i, 2) for i, sign in enumerate(signs) if sign] == [tuple(s) for s in lost]
    assert marked.first.locator(".sign").get_attribute("data-sign") == "×"
    assert "newly dropped" in marked.first.get_attribute("aria-label")
    page.get_by_role("button", name="Roomy").click()
    page.get_by_text(f"+ newly kept: {len(lost)}").wait_for()


def test_what_changed_is_said_also_with_a_token_picked_and_where_it_is_nothing(visit, page):
    stage = visit(tokens=24)
    stage.locator(".chip").nth(3).click()
    page.get_by_role("button", name="Tight").click()
    page.get_by_text("× newly dropped").wait_for()
    page.get_by_role("button", name="Roomy").click()
    page.get_by_text("+ newly kept").wait_for()
    page.get_by_role("button", name="Ample").click()  # more slots than are needed
    page.get_by_text("The new setting changed no assignment.").wait_for()


def test_another_k_marks_the_assignments_that_are_new_and_those_no_longer_chosen(visit, page):
    stage = visit(tokens=24)
    jump(stage, "Select")
    for button, words, legend in (
        ("k = 1", "no longer chosen: 24", "Dashed: no longer chosen."),
        ("k = 2", "◆ newly chosen: 24", "Ringed: newly chosen."),
    ):
        before = page.evaluate(f"{STAGE}.view.facts.plan.story")
        page.get_by_role("button", name=button).click()
        page.wait_for_function(f"(before) => {STAGE}.view.facts.plan.story > before", arg=before)
        wait_still(page)
        assert current(stage) == "Select"
        assert words in stage.locator(".readout").inner_text()
        assert legend in stage.locator(".caption").inner_text()
        assert stage.locator(".chip.changed").count() == 0  # all of them: it would tell none apart
    second = stage_plan(made_up_trace(24, 8, 2), 0)["chosen"][3][1]
    assert f"expert {second} (newly chosen)" in stage.locator(".chip").nth(3).get_attribute(
        "aria-label"
    )


def test_another_setting_before_dispatch_replays_the_scene_at_hand(visit, page):
    stage = visit(tokens=24)
    jump(stage, "Weigh")
    page.get_by_role("button", name="k = 1").click()
    page.wait_for_function(f"() => {STAGE}.view.facts.K === 1")
    assert current(stage) == "Weigh"
    wait_still(page)
    assert len(boxes(page)) == 24


def test_the_player_survives_new_data(visit, page):
    stage = visit(tokens=24)
    stage.get_by_role("button", name="Speed 2×").click()
    page.evaluate(f"window.first = {STAGE}.querySelector('.chip')")
    jump(stage, "Compute")
    stage.locator(".chip").nth(3).click()
    page.get_by_text("token 3 expert None").wait_for()
    assert current(stage) == "Compute"
    assert page.evaluate(f"{STAGE}.view.player.speed") == 2
    assert page.evaluate(f"window.first === {STAGE}.querySelector('.chip')")


OVERTAKEN = f"""async () => {{
    const root = {STAGE};
    const {{ view }} = root;
    const [file] = performance.getEntriesByType("resource")
        .filter(({{ name }}) => name.endsWith("/routing_stage/routing_stage.js"));
    const stage = (await import(file.name)).default;
    const data = {{ plan: view.facts.plan, picked_token: null, picked_expert: null,
                    first_scene: 6, reports_scene: false }};
    const end = await stage({{ data, parentElement: root.parentNode, setTriggerValue() {{}} }});
    end();  // as Streamlit ends a call that resolves after a newer one has begun
    await new Promise((then) => setTimeout(then, 50));
    await stage({{ data, parentElement: root.parentNode, setTriggerValue() {{}} }});
    return root.view === view;
}}"""


def test_an_update_that_a_newer_one_overtakes_leaves_a_playing_scene_alone(visit, page):
    stage = visit(tokens=12)
    stage.get_by_role("button", name="Play").click()
    wait_scene(stage, "Score")
    set_speed(page, SLOW)
    assert page.evaluate(OVERTAKEN)
    assert current(stage) == "Score"
    assert page.evaluate(f"{STAGE}.view.player.playing")


def test_without_a_token_the_stage_invites_to_type(visit, page):
    visit(tokens=12)
    page.get_by_role("button", name="Empty").click()
    page.get_by_text("Type a text to route it through the layer.").wait_for()
    assert page.locator(".routing-stage canvas").is_hidden()


@pytest.mark.parametrize(("tokens", "experts"), [(12, 8), (40, 16), (128, 64)])
def test_the_stage_leaves_room_for_the_pages_controls(visit, tokens, experts):
    stage = visit(tokens=tokens, experts=experts, capacity=0.9, reroute=1, bias=0.1)
    for name in SCENES:
        stage.get_by_role("button", name=f" {name}").click()
        assert stage.bounding_box()["height"] <= 470, name


@pytest.mark.parametrize(("tokens", "experts"), [(12, 8), (128, 64)])
def test_on_a_phone_nothing_is_wider_than_the_page(visit, page, tokens, experts):
    page.set_viewport_size({"width": 390, "height": 844})
    stage = visit(tokens=tokens, experts=experts, top_k=2, capacity=1)
    jump(stage, "Dispatch")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert stage.bounding_box()["width"] <= 390
    right = max(x + w for x, _, w, _ in boxes(page)[: experts * 2])
    assert right < page.evaluate(f"{STAGE}.view.frame.width")


def test_leaving_the_page_stops_the_clock(visit, page):
    stage = visit(tokens=12)
    page.evaluate(f"window.player = {STAGE}.view.player")
    page.evaluate(NOTE_LISTENERS_THAT_END)
    stage.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Leave").click()
    stage.wait_for(state="detached")
    page.wait_for_function("() => window.player.timer === null && window.player.frame === null")
    assert page.evaluate("[window.player.playing, window.player.scene < 7]") == [True, True]
    assert "keydown" in page.evaluate("window.ended")  # nor does it hear the page's keys


@pytest.mark.parametrize("width", [390, 600, 780, 1280])
@pytest.mark.parametrize("capacity", [0.5, 1, 1.4])
def test_the_caption_never_stands_on_the_capacitys_label(visit, page, width, capacity):
    page.set_viewport_size({"width": width, "height": 844})
    stage = visit(tokens=40, capacity=capacity, reroute=1)
    jump(stage, "Dispatch")
    caption, canvas = (stage.locator(each).bounding_box() for each in (".caption", "canvas"))
    frame, slots = page.evaluate(f"[{STAGE}.view.frame, {STAGE}.view.facts.plan.capacity]")
    left = canvas["x"] + frame["left"] + 6 + slots * frame["slot"] + 4
    middle = canvas["y"] + frame["top"] - 9
    assert frame["capacityShown"]
    assert caption["x"] >= canvas["x"] + frame["left"] - 1, "it begins below the experts' numbers"
    above = caption["y"] + caption["height"] <= middle - 5
    right = left + 12 * len("capacity")
    assert above or caption["x"] + caption["width"] < left or caption["x"] > right
