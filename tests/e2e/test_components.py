"""The live panels in a real browser, one promise a test, on the harness page of made-up numbers."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import boxes_of

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "component_harness.py"
PLOT = "document.querySelector('.run-charts .plot')"
SETTLED = """([selector, heights]) => {
    const bars = [...window.deep(selector)];
    return bars.length === heights.length
        && bars.every((bar, i) => Math.abs(bar.getBoundingClientRect().height - heights[i]) < 1.5);
}"""
DEEP = """window.deep = (selector) => [...document.querySelectorAll('*')].flatMap((host) =>
    host.shadowRoot ? [...host.shadowRoot.querySelectorAll(selector)] : [])"""


@pytest.fixture(scope="module")
def harness(browser, serve, tmp_path_factory) -> str:
    """A server of the harness; its published files go into a folder of its own."""
    folder = tmp_path_factory.mktemp("harness")
    shutil.copy(HARNESS, folder)
    return serve(folder / HARNESS.name).address


@pytest.fixture
def visit(page, harness):
    """Open the harness with these query parameters and wait for its panels."""

    def go(**parameters: object):
        page.goto(f"{harness}/?{urlencode(parameters)}")
        page.locator(".load-bars .arm").first.wait_for()
        page.evaluate(DEEP)
        return page

    return go


def advance(page) -> None:
    page.get_by_role("button", name="Next").click()


def collapsed(step: int, experts: int = 8) -> list[float]:
    weights = [1.0 / (1 + (e - 2) ** 2 * step / 5) for e in range(experts)]
    return [w / sum(weights) for w in weights]


def settle(page, selector: str, heights: list[float]) -> None:
    """Wait until the transitions have brought these elements to these heights, in pixels."""
    page.wait_for_function(SETTLED, arg=[selector, heights])


TOP_LABELS = ".load-bars .layer .tick:first-of-type"
FIRST_PROCESSED = ".arm:nth-child(1) .layer .processed"


def plot_height(page) -> float:
    """The height that 100 % of the axis has: the distance between its two rules."""
    top, base = boxes_of(page.locator(".load-bars .layer").first.locator(".rule, .base"))
    return base["y"] - top["y"]


def test_heights_follow_the_data_on_the_same_nodes(visit):
    page = visit(step=5, by=40, layers=1)
    axis = plot_height(page)
    settle(page, FIRST_PROCESSED, [share / 0.5 * axis for share in collapsed(5)])
    page.evaluate(f"window.first = window.deep('{FIRST_PROCESSED}')[0]")
    advance(page)
    page.locator(".load-bars").get_by_text("100").first.wait_for()  # the axis grew from 50 %
    settle(page, FIRST_PROCESSED, [share * axis for share in collapsed(45)])
    assert page.evaluate(f"window.first === window.deep('{FIRST_PROCESSED}')[0]")


def scales(page) -> set[str]:
    """What the tops of all axes say."""
    return {each.removesuffix("\u202f%") for each in page.locator(TOP_LABELS).all_text_contents()}


def test_one_scale_for_all_arms_settles_back_when_the_bars_stay_low_for_a_while(visit):
    page = visit(step=45, even_from=46)
    assert scales(page) == {"100"}
    for step in range(46, 48):
        advance(page)
        page.get_by_text(f"at step {step}", exact=True).wait_for()
    assert scales(page) == {"100"}
    for step in range(48, 62):
        advance(page)
        page.get_by_text(f"at step {step}", exact=True).wait_for()
    page.wait_for_function("() => window.deep('.tick:not(.fair-label)')[0].textContent[0] === '5'")
    assert scales(page) == {"50"}


def test_arms_begin_at_one_height_whatever_is_said_above_them(visit):
    page = visit(step=5, arms=3, subtitle="a long summary of this arm " * 4)
    tops = [box["y"] for box in boxes_of(page.locator(".arm .layer:first-of-type"))]
    assert len(tops) == 3
    assert max(tops) - min(tops) < 1
    lines = [box["height"] for box in boxes_of(page.locator(".subtitle"))]
    assert lines[0] > 1.5 * lines[1]


def test_on_a_phone_two_arms_of_few_experts_stand_side_by_side(visit, page):
    page.set_viewport_size({"width": 390, "height": 800})
    visit(step=20)
    first, second = boxes_of(page.locator(".arm"))
    assert abs(first["y"] - second["y"]) < 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dropped_tokens_stand_hollow_on_top(visit):
    page = visit(step=5, layers=1, capacity=0.2)
    axis = plot_height(page)
    load = collapsed(5)
    settle(page, FIRST_PROCESSED, [min(share, 0.2) / 0.5 * axis for share in load])
    dropped = [max(0, share - 0.2) / 0.5 * axis for share in load]
    settle(page, ".arm:nth-child(1) .dropped", dropped)
    assert page.locator(".load-bars").get_by_text("capacity 20").count() == 2
    assert page.locator(".arm").first.locator(".dropped.some").count() == sum(
        d > 0 for d in dropped
    )


COVERED = """() => {
    const bars = window.deep('.load-bars :is(.processed, .dropped.some)')
        .map((bar) => bar.getBoundingClientRect());
    const labels = window.deep('.load-bars :is(.value, .capacity).shown').map((each) =>
        (each.querySelector('text') ?? each).getBoundingClientRect());
    const meet = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5
        && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
    const others = (label) => [...bars, ...labels.filter((other) => other !== label)];
    return [labels.length, labels.filter((l) => others(l).some((each) => meet(l, each))).length];
}"""


@pytest.mark.parametrize(
    ("width", "asked"),
    [(1280, {"arms": 3, "experts": 16}), (390, {"arms": 2}), (1280, {"capacity": 0.1})],
)
def test_a_label_covers_neither_a_bar_nor_another_label(visit, page, width, asked):
    page.set_viewport_size({"width": width, "height": 800})
    visit(step=3, layers=1, **asked)
    shares = collapsed(3, asked.get("experts", 8))
    full = asked.get("capacity", 1.0)
    axis = plot_height(page)
    settle(page, FIRST_PROCESSED, [min(share, full) / 0.5 * axis for share in shares])
    shown, covering = page.evaluate(COVERED)
    assert shown >= 1
    assert covering == 0


def test_dead_experts_carry_a_ring(visit):
    page = visit(step=400, layers=1)
    dead = [share < 0.04 / 8 for share in collapsed(400)]
    rings = page.locator(".arm").first.locator(".dead")
    assert [("shown" in r.get_attribute("class")) for r in rings.all()] == dead


def test_before_the_first_step_the_axes_stand_and_say_so(visit):
    page = visit(step=0)
    assert page.locator(".load-bars").get_by_text("No step yet").count() == 4
    assert page.locator(".load-bars .number").count() == 2 * 2 * 8


def test_bars_read_as_sentences_and_as_a_table(visit):
    page = visit(step=400, layers=1)
    name = page.get_by_role("img", name=re.compile("Without balancing, layer 0")).first
    assert (
        "expert 2 has the highest load, 97 % of the layer's assignments; 5 of 8 experts are dead"
        in name.get_attribute("aria-label")
    )
    caption = page.locator(".load-bars figcaption").inner_text()
    assert caption.startswith("Share of the layer's assignments per expert")
    rows = page.locator(".load-bars table tbody tr")
    assert rows.count() == 2 * 8
    assert rows.nth(2).inner_text().split("\t") == ["Without balancing", "0", "2", "97 %", "97 %"]


def test_a_click_names_the_expert_to_python(visit):
    page = visit(step=5)
    page.get_by_role("group", name="Arm 1, layer 1").get_by_role("button").nth(3).click()
    said = page.get_by_text("chosen {'arm': 'B'")
    expect(said).to_contain_text("'layer': 1")
    expect(said).to_contain_text("'expert': 3")


def test_arrow_keys_walk_over_experts_and_enter_chooses(visit):
    page = visit(step=5)
    group = page.get_by_role("group", name="Without balancing, layer 0")
    group.get_by_role("button").first.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("'expert': 2").wait_for()


STANDING_OUT = """() => window.deep('.layer').map((layer) => {
    const bars = [...layer.querySelectorAll('.expert')];
    const dimmed = bars.filter((bar) => bar.classList.contains('dimmed')).length;
    return [dimmed, layer.querySelector('.readout').textContent.split(':')[0]];
})"""
"""By layer, how many bars stand back, and whose share is read off."""


def test_an_expert_stands_out_in_one_layer_of_one_model_by_click_and_by_keys(visit):
    page = visit(step=5)
    page.get_by_role("group", name="Without balancing, layer 1").get_by_role("button").nth(
        3
    ).click()
    page.mouse.move(0, 0)
    others = [[0, ""]] * 2
    assert page.evaluate(STANDING_OUT) == [[0, ""], [7, "expert 3"], *others]
    page.get_by_role("group", name="Arm 1, layer 0").get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(STANDING_OUT) == [*others, [7, "expert 1"], [0, ""]]


def test_markup_in_names_is_text(visit):
    evil = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>"
    page = visit(step=20, title=evil, subtitle=evil, charts=1)
    page.locator(".run-charts .main-svg").get_by_text("<img src=x").first.wait_for()
    assert page.locator(".load-bars h2").first.inner_text() == evil
    assert page.locator(".load-bars .subtitle").first.inner_text() == evil
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hit") is None


def test_reduced_motion_stops_the_glide(browser, harness):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{harness}/?step=5")
    bar = page.locator(".load-bars .processed").first
    bar.wait_for(state="attached")
    assert bar.evaluate("(node) => getComputedStyle(node).transitionDuration") == "0s"
    context.close()


def test_on_a_phone_arms_stack_and_nothing_is_wider_than_the_page(visit, page):
    page.set_viewport_size({"width": 390, "height": 800})
    visit(step=20, charts=1, experts=64)
    page.locator(".run-charts .main-svg").first.wait_for()
    first, second = boxes_of(page.locator(".arm"))
    assert second["y"] > first["y"] + first["height"] - 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_table_for_listeners_takes_no_room(visit):
    page = visit(step=20, experts=64, arms=4, layers=8)
    assert page.locator(".load-bars table tbody tr").count() == 4 * 8 * 64
    panel = page.locator(".load-bars")
    room, shown = panel.evaluate("(node) => [node.scrollHeight, node.clientHeight]")
    assert room <= shown + 2
    main = page.get_by_test_id("stMain").evaluate("(node) => node.scrollHeight")
    assert main < shown + 1000


def charts(page):
    page.locator(".run-charts .main-svg").first.wait_for()
    return page.locator(".run-charts .plot")


def x_range(page) -> list[float]:
    return charts(page).evaluate("(plot) => plot._fullLayout.xaxis.range.map(Number)")


def zoom(page) -> list[float]:
    """Drag over the middle of the first row; returns the range that Plotly then shows."""
    charts(page).scroll_into_view_if_needed()
    box = charts(page).bounding_box()
    before = x_range(page)
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 105, steps=5)
    page.mouse.up()
    page.wait_for_function(
        f"(end) => {PLOT}._fullLayout.xaxis.range[1] < end",
        arg=before[1],
    )
    return x_range(page)


def test_zoom_and_nodes_survive_an_update_and_can_be_undone(visit):
    page = visit(step=100, by=50, charts=1)
    whole = x_range(page)
    zoomed = zoom(page)
    page.evaluate("window.plot = document.querySelector('.run-charts .main-svg')")
    advance(page)
    page.wait_for_function(f"{PLOT}.data[0].x.at(-1) > 140")
    assert x_range(page) == pytest.approx(zoomed)
    assert page.evaluate("window.plot === document.querySelector('.run-charts .main-svg')")
    page.get_by_role("button", name="Whole run").click()
    page.wait_for_function(
        f"(end) => {PLOT}._fullLayout.xaxis.range[1] > end",
        arg=whole[1],
    )


def test_hovering_one_chart_reads_the_same_step_in_all(visit):
    page = visit(step=120, by=1, charts=1)
    plot = charts(page)
    pixel = plot.evaluate("(p) => p._fullLayout.xaxis._offset + p._fullLayout.xaxis.l2p(40)")
    plot.hover(position={"x": pixel, "y": 100})
    expect(page.locator(".run-charts .step")).to_have_text("step 40")
    rows = page.locator(".run-charts .readout")
    loss = 2.2 + 4 / (1 + 40 / 40)
    share = collapsed(40)[2]
    expect(rows).to_have_count(4)
    assert f"Without balancing {loss:.3f}" in rows.nth(0).inner_text()
    assert "Without balancing, held out" in rows.nth(0).inner_text()
    assert "Arm 1" in rows.nth(1).inner_text()
    assert rows.nth(2).inner_text() == f"busiest expert: 2, {share * 100:.0f}\u202f%"
    advance(page)
    page.wait_for_function(f"{PLOT}.data[0].x.length === 121")
    plot.hover(position={"x": pixel, "y": 100})
    expect(page.locator(".run-charts .step")).to_have_text("step 40")


def test_hovering_lines_by_domain_reads_all_arms_of_a_domain_in_one_line(visit):
    page = visit(step=120, charts=1, arms=3, domain="python")
    plot = charts(page)
    pixel = plot.evaluate("(p) => p._fullLayout.xaxis._offset + p._fullLayout.xaxis.l2p(40)")
    plot.hover(position={"x": pixel, "y": 100})
    loss = f"{2.2 + 4 / (1 + 40 / 40) + 0.1:.3f}"
    said = f"python: Without balancing {loss}, Arm 1 {loss}, Arm 2 {loss}"
    expect(page.locator(".run-charts .readout").first).to_have_text(said)


def test_charts_have_a_table_behind_them(visit):
    page = visit(step=40, charts=1)
    charts(page)
    page.locator(".run-charts summary").click()
    last = page.locator(".run-charts tbody tr").last.locator("td")
    expect(last.nth(0)).to_have_text("40")
    expect(last.nth(1)).to_have_text(f"{2.2 + 4 / (1 + 40 / 40):.3f}")


@pytest.mark.parametrize(
    ("button", "ending", "start"),
    [
        ("Save PNG", ".png", b"\x89PNG"),
        ("Save SVG", ".svg", b"<svg"),
    ],
)
def test_charts_are_saved_by_the_browser_itself(visit, button, ending, start):
    page = visit(step=40, charts=1)
    charts(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    assert download.value.suggested_filename == f"moeviz-charts{ending}"
    assert Path(download.value.path()).read_bytes().startswith(start)


def test_charts_follow_the_theme(visit, page):
    page.emulate_media(color_scheme="light")
    visit(step=40, charts=1)
    tone = "(plot) => JSON.stringify(plot.layout.coloraxis.colorscale[0])"
    light = charts(page).evaluate(tone)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"(light) => JSON.stringify({PLOT}?.layout?.coloraxis.colorscale[0] ?? light) !== light",
        arg=light,
    )
    assert json.loads(light)[0] == 0
