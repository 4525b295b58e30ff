"""The live charts in a real browser, one promise a test, on the harness page of made-up numbers."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from moeviz.figures.theme.palette import ARM_COLOURS
from tests.e2e.visit import boxes_of

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "live_charts_harness.py"
SVG = "{http://www.w3.org/2000/svg}"
# The charts of the page, in a shadow root or not, and how often they were drawn.
FIND = """
window.findRoot = () => [document, ...document.querySelectorAll("*")]
    .map((host) => (host.shadowRoot ?? host).querySelector(".root")).find((root) => root?.charts);
window.drawings = 0;
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas.closest(".live-charts")) window.drawings++;
    return clear.apply(this, box);
};
"""
LAYOUT = "window.findRoot()?.charts.layout"
FRAMES = "() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))"
COUNT_COLOUR = """async ([source, wanted]) => {
    const image = await createImageBitmap(source instanceof Blob ? source : await source());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4) {
        const near = wanted.every((channel, c) => Math.abs(data[i + c] - channel) < 8);
        found += near && data[i + 3] === 255;
    }
    return { width: image.width, height: image.height, found };
}"""


@pytest.fixture(scope="module")
def harness(browser, serve) -> str:
    """A server of the harness."""
    return serve(HARNESS).address


@pytest.fixture
def visit(page, harness):
    """Open the harness with these query parameters and wait for its charts."""

    def go(**parameters: object):
        page.add_init_script(FIND)
        page.goto(f"{harness}/?{urlencode(parameters)}")
        page.wait_for_function(f"{LAYOUT} !== null && {LAYOUT} !== undefined")
        page.get_by_text("at step").wait_for()
        return page

    return go


def canvas(page):
    return page.locator(".live-charts canvas")


def layout(page) -> dict:
    """What was drawn last, two frames from now."""
    page.evaluate(FRAMES)
    return page.evaluate(LAYOUT)


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def pixels_of(page, colour: str) -> int:
    """How many pixels of the canvas have this colour."""
    blob = "new Promise((then) => findRoot().querySelector('canvas').toBlob(then))"
    found = page.evaluate(f"async () => ({COUNT_COLOUR})([await {blob}, {rgb(colour)}])")
    return found["found"]


def advance(page, step: int) -> None:
    page.get_by_role("button", name="Next").click()
    page.get_by_text(f"at step {step}", exact=True).wait_for()


def pixel_of(page, step: float) -> float:
    """Where a step stands on the canvas."""
    now = layout(page)
    low, high = now["range"]
    row = now["rows"][0]
    return row["x"] + row["width"] * (step - low) / (high - low)


def hover(page, step: float, row: int = 0) -> dict:
    box = layout(page)["rows"][row]
    middle = box["y"] + box["height"] / 2
    canvas(page).hover(position={"x": pixel_of(page, step), "y": middle})
    return layout(page)


def drag(page, start: float, end: float) -> None:
    """Drag over the first row, from one step to another."""
    canvas(page).scroll_into_view_if_needed()
    box = canvas(page).bounding_box()
    left, right = pixel_of(page, start), pixel_of(page, end)
    page.mouse.move(box["x"] + left, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + right, box["y"] + 104, steps=5)
    page.mouse.up()


def loss(step: float, arm: int) -> float:
    noise = 0.04 * math.sin(step * 2.3 + arm) + 0.02 * math.sin(step * 7.1)
    return 2.2 + arm * 0.12 + 4 / (1 + step / 40) + noise


def taken(page, button: str) -> tuple[str, Path]:
    """The name and the file that a button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.suggested_filename, Path(download.value.path())


def overlap(one: dict, other: dict) -> bool:
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def test_lines_are_painted_in_their_colours(visit):
    page = visit(step=120, arms=2)
    assert all(pixels_of(page, colour) > 200 for colour in ARM_COLOURS[:2])
    assert pixels_of(page, ARM_COLOURS[2]) == 0


def test_lines_that_are_one_so_far_are_both_seen(visit):
    page = visit(step=120, arms=3)  # the third one's balance is the first one's
    drawn = [pixels_of(page, colour) for colour in (ARM_COLOURS[0], ARM_COLOURS[2])]
    assert min(drawn) > 500


def test_before_the_first_step_the_charts_stand_and_say_so(visit):
    page = visit(step=0)
    name = page.get_by_role("img", name=re.compile("Charts over training steps. No step yet."))
    expect(name).to_have_count(1)
    before = layout(page)["rows"]
    advance(page, 1)
    page.wait_for_function(f"{LAYOUT}.ends.length > 0")
    assert layout(page)["rows"] == before


def test_hovering_reads_the_same_step_in_all_rows(visit):
    page = visit(step=120)
    read = hover(page, 40)
    assert read["step"]["text"] == "step 40"
    first, second, third, fourth = (each["text"] for each in read["readouts"])
    assert first == f"A {loss(40, 0):.3f}\nB {loss(40, 1):.3f}"
    assert re.fullmatch(r"A 0\.\d+\nB 0\.\d+", second)
    assert re.fullmatch("most load: expert 2, [0-9]+\u202f%", third)
    assert fourth.startswith("most load: expert")
    page.mouse.move(0, 0)
    assert layout(page)["step"] is None


def test_hovering_a_ribbon_reads_the_expert_under_the_pointer_in_all_ribbons(visit):
    page = visit(step=120)
    box = layout(page)["rows"][2]
    at = {"x": pixel_of(page, 60), "y": box["y"] + box["height"] * 5.5 / 8}
    canvas(page).hover(position=at)
    ribbons = [each["text"] for each in layout(page)["readouts"][2:]]
    assert [text.split(":")[0] for text in ribbons] == ["expert 5", "expert 5"]


def test_the_crosshair_stays_at_its_place_while_the_run_goes_on(visit):
    page = visit(step=60, by=20)
    hover(page, 40)
    page.evaluate("document.querySelector('.st-key-next button').click()")
    page.get_by_text("at step 80", exact=True).wait_for()
    page.wait_for_function("findRoot().model.lastStep === 80")
    assert layout(page)["step"]["text"] == "step 40"


def test_arrow_keys_walk_the_points_and_speak_them(visit):
    page = visit(step=120)
    canvas(page).focus()
    spoken = page.locator(".live-charts [aria-live]")
    page.keyboard.press("ArrowLeft")
    expect(spoken).to_have_text(re.compile(rf"^step 120\. A {loss(120, 0):.3f}, B "))
    page.keyboard.press("ArrowLeft")
    expect(spoken).to_have_text(re.compile(rf"^step 119\. A {loss(119, 0):.3f}, B "))
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(spoken).to_have_text(re.compile(r"^step 2\. "))
    assert layout(page)["step"]["text"] == "step 2"
    page.keyboard.press("ArrowDown")
    expect(spoken).to_have_text(re.compile(r"\. expert 0: \d+"))
    page.keyboard.press("Escape")
    assert layout(page)["step"] is None


def test_plus_and_minus_zoom_by_key(visit):
    page = visit(step=100)
    canvas(page).focus()
    page.keyboard.press("End")
    page.keyboard.press("+")
    low, high = layout(page)["range"]
    assert 0 < low < high <= 100
    page.keyboard.press("-")
    assert layout(page)["range"] == [0, 100]


def test_a_zoom_survives_updates_and_can_be_undone(visit):
    page = visit(step=90, by=60)
    drag(page, 20, 50)
    low, high = layout(page)["range"]
    assert (low, high) == (pytest.approx(20, abs=2), pytest.approx(50, abs=2))
    advance(page, 150)
    page.wait_for_function("findRoot().model.lastStep === 150")
    assert layout(page)["range"] == [low, high]
    expect(page.locator(".live-charts .hint")).to_have_text(f"Steps {low}–{high}.")
    page.get_by_role("button", name="Whole run").click()
    assert layout(page)["range"] == [0, 200]
    expect(page.locator(".live-charts .hint")).to_have_text("Drag to zoom.")
    drag(page, 20, 50)
    assert layout(page)["range"] != [0, 200]
    canvas(page).dblclick(position={"x": 300, "y": 150})
    assert layout(page)["range"] == [0, 200]


def test_changes_that_are_close_are_listed_by_hover_and_by_keys(visit):
    page = visit(step=600, marks=60)
    counted = [each for each in layout(page)["marks"] if "changes, steps" in each["text"]]
    count, first, last = re.match(r"(\d+) changes, steps (\d+)–(\d+)", counted[0]["text"]).groups()
    box = counted[0]["box"]
    canvas(page).hover(position={"x": box["x"] + box["width"] - 4, "y": box["y"] + 6})
    told = layout(page)["readouts"][0]["text"].split("\n")
    assert f"from step {first}: Balance coefficient α 0.02 0" in told
    listed = sum(each.startswith("from step") for each in told)
    assert told[-1] == f"and {int(count) - listed} more changes, in the table"
    page.mouse.move(0, 0)
    canvas(page).focus()
    page.keyboard.press("PageUp")
    expect(page.locator(".live-charts [aria-live]")).to_contain_text(
        "Balance coefficient α 0.02 59"
    )
    for _ in layout(page)["marks"]:
        page.keyboard.press("PageUp")
    said = page.locator(".live-charts [aria-live]")
    expect(said).to_contain_text(f"from step {first}: Balance coefficient α 0.02 0")
    expect(said).to_contain_text(f"step {last}")
    page.keyboard.press("ArrowRight")
    expect(said).not_to_contain_text("Balance coefficient α 0.02 0,")


def test_the_table_has_twenty_rows_at_most_and_is_filled_only_while_open(visit):
    page = visit(step=150, by=1, marks=3)
    rows = page.locator(".live-charts table:not(.changes) tbody tr")
    advance(page, 151)
    assert rows.count() == 0
    page.locator(".live-charts summary").click()
    expect(rows.last.locator("td").nth(0)).to_have_text("151")
    expect(rows.last.locator("td").nth(1)).to_have_text(f"{loss(151, 0):.3f}")
    assert 10 <= rows.count() <= 20
    advance(page, 152)
    expect(rows.last.locator("td").nth(0)).to_have_text("152")
    changes = page.locator(".live-charts .changes tbody tr")
    expect(changes).to_have_count(3)
    expect(changes.nth(1)).to_have_text(re.compile("Balance coefficient α 0.02 1$"))


def test_labels_of_many_changes_never_stand_over_each_other(visit):
    for marks, width in ((3, 1280), (40, 1280), (300, 1280), (40, 390)):
        page = visit(step=320, marks=marks, held_out=1)
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(f"{LAYOUT}.rows[0].width < {width}")
        read = hover(page, 160)
        fixed = [*read["marks"], *read["ends"], *read["titles"]]
        pairs = combinations([each["box"] for each in fixed], 2)
        assert not any(overlap(one, other) for one, other in pairs), (marks, width)
        for readout in [*read["readouts"], read["step"]]:
            beside = [*read["marks"], *read["ends"]]
            assert not any(overlap(readout["box"], each["box"]) for each in beside), (marks, width)


def test_a_change_without_a_label_of_its_own_is_read_by_the_crosshair(visit):
    page = visit(step=320, marks=40)
    assert any("changes, steps" in each["text"] for each in layout(page)["marks"])
    words = hover(page, 1 + round(320 * 6 / 41))["readouts"][0]["text"]
    assert "Balance coefficient α 0.02 5" in words


def test_a_picture_is_saved_at_twice_the_size(visit):
    page = visit(step=120)
    name, path = taken(page, "Save PNG")
    assert name == "moeviz-charts.png"
    png = path.read_bytes()
    counted = page.evaluate(
        f"(bytes) => ({COUNT_COLOUR})([new Blob([new Uint8Array(bytes)]), {rgb(ARM_COLOURS[0])}])",
        list(png),
    )
    box = canvas(page).bounding_box()
    assert counted["width"] == pytest.approx(2 * box["width"], abs=2)
    assert counted["height"] == pytest.approx(2 * box["height"], abs=2)
    assert counted["found"] > 800


def test_a_vector_picture_holds_the_lines_the_words_and_the_heat(visit):
    page = visit(step=120, marks=2)
    name, path = taken(page, "Save SVG")
    assert name == "moeviz-charts.svg"
    picture = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert picture.tag == f"{SVG}svg"
    lines = Counter()
    for path in picture.iter(f"{SVG}path"):
        if path.get("stroke-width") == "2":
            lines[path.get("stroke")] += path.get("d").count("L")
    assert lines == {ARM_COLOURS[0]: 2 * 119, ARM_COLOURS[1]: 2 * 119}  # in both rows
    said = [each.text for each in picture.iter(f"{SVG}text")]
    now = layout(page)
    drawn = [each["text"] for each in [*now["marks"], *now["ends"], *now["titles"]]]
    assert set(drawn) <= set(said)
    heat = [each for each in picture.iter(f"{SVG}path") if each.get("fill") != "none"]
    assert len(heat) > 10


def test_a_saved_picture_is_drawn_as_the_canvas_is(visit):
    """The browser paints the vector picture: its lines have as many pixels as on the canvas."""
    page = visit(step=120)
    _, path = taken(page, "Save SVG")
    source = """async (text) => {
        const image = new Image();
        image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
        await image.decode();
        const canvas = document.createElement("canvas");
        Object.assign(canvas, { width: image.width, height: image.height });
        canvas.getContext("2d").drawImage(image, 0, 0);
        return await new Promise((then) => canvas.toBlob(then)); }"""
    for colour in ARM_COLOURS[:2]:
        found = page.evaluate(
            f"async (text) => ({COUNT_COLOUR})([await ({source})(text), {rgb(colour)}])",
            path.read_text(encoding="utf-8"),
        )["found"]
        assert found == pytest.approx(pixels_of(page, colour), rel=0.05)


def test_a_file_of_values_has_every_point_in_full(visit):
    page = visit(step=120, marks=1, held_out=1)
    name, path = taken(page, "Save CSV")
    assert name == "moeviz-charts.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    quantity = "Cross-entropy, nats per token (dashed: held out)"
    assert [float(row["Step"]) for row in rows] == list(range(1, 121))
    assert [float(row[f"A: {quantity}"]) for row in rows] == [loss(s, 0) for s in range(1, 121)]
    held_out = [row["Step"] for row in rows if row[f"A, held out: {quantity}"]]
    assert held_out == [str(step) for step in range(10, 121, 10)]
    shares = [float(rows[50][f"B: load of each expert, layer 0, expert {e}"]) for e in range(8)]
    assert sum(shares) == pytest.approx(1)
    assert [row["Step"] for row in rows if row["Knob changes"]] == ["61"]


def test_markup_in_names_and_changes_is_text(visit):
    evil = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>"
    page = visit(step=40, marks=1, title=evil, label=evil)
    page.locator(".live-charts summary").click()
    header = page.locator(".live-charts th").nth(1)
    expect(header).to_have_text(f"{evil}: Cross-entropy")
    _, path = taken(page, "Save SVG")
    said = [each.text for each in ElementTree.fromstring(path.read_text()).iter(f"{SVG}text")]
    assert any(text.startswith("<img src=x") for text in said if text)
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hit") is None


def test_buttons_are_easy_to_hit(visit):
    page = visit(step=40)
    tools = boxes_of(page.locator(".live-charts .tool, .live-charts summary"))
    assert len(tools) == 5
    assert all(box["height"] >= 24 for box in tools)


def test_a_frame_is_drawn_once_however_often_the_pointer_moves(visit):
    page = visit(step=120)
    layout(page)
    drawn = page.evaluate(
        """async (frames) => {
            const target = findRoot().querySelector("canvas");
            const before = window.drawings;
            for (let i = 0; i < 60; i++) {
                target.dispatchEvent(new PointerEvent("pointermove", { clientX: 300 + i }));
            }
            await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
            return window.drawings - before; }"""
    )
    assert drawn == 1


def test_nothing_is_drawn_without_a_change(visit):
    page = visit(step=120)
    layout(page)
    before = page.evaluate("window.drawings")
    for _ in range(10):
        page.evaluate(FRAMES)
    assert page.evaluate("window.drawings") == before


def test_nothing_is_drawn_off_the_screen_and_the_newest_is_when_it_comes_back(visit):
    page = visit(step=60, by=7)
    layout(page)
    page.evaluate("findRoot().style.cssText = 'position: fixed; top: -3000px; width: 800px'")
    layout(page)
    before = page.evaluate("window.drawings")
    advance(page, 67)
    page.wait_for_function("findRoot().model.lastStep === 67")
    layout(page)
    assert page.evaluate("window.drawings") == before
    page.evaluate("findRoot().style.cssText = ''")
    page.wait_for_function(f"window.drawings > {before}")
    assert hover(page, 67)["step"]["text"] == "step 67"


def test_charts_that_were_taken_off_the_page_draw_again_when_they_are_back(visit):
    page = visit(step=60)
    layout(page)
    page.evaluate("window.root = findRoot(); window.home = root.parentNode; root.remove()")
    before = page.evaluate("window.drawings")
    page.evaluate("root.charts.update({ ...root.model, lastStep: 900 })")
    layout_of_root = "(" + FRAMES + ")().then(() => root.charts.layout.range)"
    assert page.evaluate(layout_of_root) == [0, 100]
    assert page.evaluate("window.drawings") == before
    page.evaluate("home.append(root)")
    page.wait_for_function("root.charts.layout.range[1] === 1000")


def test_charts_that_are_destroyed_leave_nothing_behind(visit):
    page = visit(step=60)
    page.evaluate("window.root = findRoot()")
    page.get_by_role("button", name="Leave").click()
    expect(page.locator(".live-charts")).to_have_count(0)
    page.wait_for_function("root.childElementCount === 0")
    before = page.evaluate("window.drawings")
    page.evaluate("root.charts.update(root.model)")
    page.evaluate(FRAMES)
    assert page.evaluate("window.drawings") == before


def test_a_resized_page_has_charts_of_its_width(visit):
    page = visit(step=120)
    page.set_viewport_size({"width": 700, "height": 800})
    page.wait_for_function(f"{LAYOUT}.rows[0].width < 560")
    page.wait_for_function(
        """() => { const canvas = findRoot().querySelector("canvas");
            return Math.abs(canvas.width - canvas.clientWidth * devicePixelRatio) <= 1; }"""
    )


def test_on_a_sharp_screen_the_canvas_has_every_pixel(browser, harness):
    context = browser.new_context(device_scale_factor=2)
    page = context.new_page()
    page.add_init_script(FIND)
    page.goto(f"{harness}/?step=60")
    page.wait_for_function(LAYOUT)
    wide, css = page.evaluate(
        "[findRoot().querySelector('canvas').width, findRoot().querySelector('canvas').clientWidth]"
    )
    assert wide == pytest.approx(2 * css, abs=2)
    context.close()


def test_charts_follow_the_theme(visit, page):
    page.emulate_media(color_scheme="light")
    visit(step=60)
    assert pixels_of(page, "#F5F5F5") > 0  # no load on the light page
    drawn = "findRoot().querySelector('canvas').toDataURL()"
    light = page.evaluate(drawn)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"(light) => {drawn} !== light", arg=light)
    assert pixels_of(page, "#1F1F1F") > pixels_of(page, "#F5F5F5")


def test_on_a_phone_everything_fits(visit, page):
    page.set_viewport_size({"width": 390, "height": 800})
    visit(step=320, marks=20, held_out=1, title="Without balancing")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    read = hover(page, 150)
    width = canvas(page).bounding_box()["width"]
    boxes = [*read["marks"], *read["ends"], *read["titles"], *read["readouts"], read["step"]]
    for each in boxes:
        assert each["box"]["x"] >= 0
        assert each["box"]["x"] + each["box"]["width"] <= width + 1, each["text"]


def test_a_tap_reads_and_a_tap_beside_ends_it(browser, harness):
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    page = context.new_page()
    page.add_init_script(FIND)
    page.goto(f"{harness}/?step=80")
    page.wait_for_function(LAYOUT)
    canvas(page).tap(position={"x": pixel_of(page, 40), "y": 100})
    assert layout(page)["step"]["text"] == "step 40"
    page.get_by_text("at step 80").tap()
    assert layout(page)["step"] is None
    context.close()


def test_in_little_room_files_are_behind_the_table(visit):
    page = visit(step=120, compact=1, marks=3)
    box = page.locator(".live-charts").bounding_box()
    assert box["height"] == pytest.approx(260, abs=2)
    assert not page.get_by_role("button", name="Save CSV").is_visible()
    assert not page.get_by_role("button", name="Whole run").is_visible()
    page.locator(".live-charts summary").click()
    assert taken(page, "Save CSV")[0] == "moeviz-charts.csv"
    drag(page, 20, 50)
    page.get_by_role("button", name="Whole run").click()
    assert layout(page)["range"] == [0, 200]


def test_without_a_shadow_root_the_charts_are_the_same(visit):
    inside = layout(visit(step=120))
    page = visit(step=120, open=1)
    assert page.evaluate("findRoot().getRootNode() === document")
    assert layout(page) == inside
    assert all(pixels_of(page, colour) > 200 for colour in ARM_COLOURS[:2])


def test_the_whole_has_the_height_that_was_given(visit):
    page = visit(step=120, height=480)
    assert page.locator(".live-charts").bounding_box()["height"] == pytest.approx(480, abs=2)
