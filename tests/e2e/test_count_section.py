"""What the cost pages promise, in a real browser and without any model that trains."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from moeviz.ui.cost.examples import EXAMPLES
from tests.e2e.visit import boxes_of, values_passed, visit, wait_until_drawn, watch_values

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def number(page, label: str):
    return page.locator(".derived-numbers .number").filter(has_text=label)


def test_a_link_of_a_page_to_itself_is_in_the_address_and_survives_a_reload(page, address):
    visit(page, f"{address}/bargain?k=1")
    page.get_by_role("link", name="Many narrow experts: DeepSeek-V3").click()
    number(page, "Total parameters").filter(has_text="671 B").wait_for()
    page.wait_for_function("() => !location.search.includes('k=1&') && location.search.length > 9")
    page.reload()
    number(page, "Total parameters").filter(has_text="671 B").wait_for()
    page.go_back()
    page.wait_for_function("() => location.search === '?k=1'")


def test_a_slider_moves_total_and_active_apart_and_a_click_shows_the_sum(page, address):
    visit(page, f"{address}/bargain?k=1")
    handle = page.locator(".st-key-sketch_n_experts input[type=range]")
    handle.focus()
    handle.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('experts=16')")
    number(page, "Total parameters").filter(has_text="+").wait_for()
    number(page, "Active, with embedding and head").filter(has_text="-").wait_for()
    total = number(page, "Total parameters")
    total.click()
    rows = page.locator(".derived-numbers .panel tbody tr")
    rows.first.wait_for()
    values = [row.split("\t")[-1].replace(",", "") for row in rows.all_inner_texts()]
    exact = total.get_attribute("title").split("\n")[0].replace(",", "")
    assert sum(map(int, values)) == int(exact)
    page.locator("#root .chart .main-svg").first.wait_for()


def exact_numbers(page) -> list[str]:
    """The page's with exact numbers."""
    numbers = page.locator(".derived-numbers .number")
    numbers.first.wait_for()
    return numbers.evaluate_all("(all) => all.map((each) => each.title.split('\\n')[0])")


POWERS = ["1", "2", "4", "8", "16", "32"]


@pytest.mark.parametrize("pause_ms", [50, 100, 150, 200, 300])
def test_a_slider_pressed_fast_loses_no_press_and_agrees_with_the_address(page, address, pause_ms):
    visit(page, f"{address}/decoding-speed")
    slider = page.locator(".st-key-count_batch input[type=range]")
    watch_values(slider)
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(pause_ms)
    page.wait_for_function("() => location.search === '?batch=32'")
    wait_until_drawn(page)
    assert values_passed(page) == POWERS
    counted = exact_numbers(page)
    visit(page, f"{address}/decoding-speed?batch=32")
    assert exact_numbers(page) == counted


@pytest.mark.parametrize("pause_ms", [50, 150, 300])
def test_a_number_stepped_fast_loses_no_press_and_agrees_with_the_address(page, address, pause_ms):
    visit(page, f"{address}/decoding-speed")
    field = page.locator(".st-key-count_devices input")
    watch_values(field)
    for _ in range(5):
        page.get_by_role("button", name="More: Accelerators").click()
        page.wait_for_timeout(pause_ms)
    page.wait_for_function("() => location.search === '?devices=32'")
    wait_until_drawn(page)
    assert values_passed(page) == POWERS


def test_the_table_of_models_is_searched_sorted_ticked_and_taken_as_a_file(page, address):
    visit(page, f"{address}/models?compare=none")
    rows = page.locator(".sortable-table tbody tr")
    rows.first.wait_for()
    every = rows.count()
    page.locator(".sortable-table input[type=search]").fill("deepseek")
    shown = page.locator(".sortable-table tbody tr:not([hidden])")
    expect(shown).not_to_have_count(every)
    assert 1 < shown.count() < every
    page.locator(".sortable-table th button").filter(has_text="Total counted").click()
    named = shown.first.locator("th")
    expect(named).to_have_text(re.compile("^DeepSeek-V3"))
    first = named.inner_text()
    with page.expect_download() as taken:
        page.locator(".sortable-table .file").filter(has_text="CSV").click()
    lines = taken.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + shown.count()
    assert any("671026419200" in line for line in lines)
    assert "Total counted (parameters)" in lines[0]
    shown.first.locator("input").click()
    page.wait_for_function(f"() => location.search.includes('compare={first}')")
    page.locator(".st-key-models_words").get_by_text(first).first.wait_for()


def test_a_search_without_a_hit_says_so(page, address):
    visit(page, f"{address}/models?compare=none")
    field = page.locator(".sortable-table input[type=search]")
    told = page.locator(".sortable-table .nothing")
    field.fill("no <b>such</b> model")
    expect(told).to_have_text("Nothing found for “no <b>such</b> model”.")
    field.fill("deepseek")
    expect(told).to_have_text("")


def test_a_box_that_is_one_too_many_is_unticked_again(page, address):
    visit(page, f"{address}/models?compare=DBRX,Kimi-K2,Grok-1,Jamba-v0.1")
    box = page.locator(".sortable-table input[name='Mixtral-8x7B']")
    box.click()
    page.get_by_text("Side by side must be at most 4 models").wait_for()
    expect(box).not_to_be_checked()
    expect(page.locator(".sortable-table input[name='DBRX']")).to_be_checked()


def test_a_component_too_thin_to_label_is_in_the_legend_and_named_on_hover(page, address):
    visit(page, f"{address}/total-vs-active")
    picture = page.locator(".chart").first
    picture.locator("ul.legend li").first.wait_for()
    named = picture.locator("ul.legend li").all_inner_texts()
    assert {"norms", "router", "embedding", "output head"} <= set(named)
    bar = picture.locator(".barlayer .trace .point path").first
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    hover = picture.locator(".hoverlayer")
    for name in named:
        if name != "dense feed-forward":  # a model with experts in every layer has none
            expect(hover).to_contain_text(f"{name}: ")


IN_COMPANY = """() => {
    const strips = ["count_strip", "count_training", "count_traffic", "count_slots"];
    const controls = (strip) =>
        [...document.querySelectorAll(`.st-key-${strip} > [data-testid=stElementContainer]`)];
    const middle = (box) => box.y + box.height / 2;
    return strips.every((strip) => {
        const middles = controls(strip).map((each) => middle(each.getBoundingClientRect()));
        const beside = (one) => middles.filter((other) => Math.abs(one - other) < 25).length > 1;
        return middles.every(beside);
    });
}"""
"""Every control of a strip has another one in its row, once the page is laid out."""


@pytest.mark.parametrize("name", ["total-vs-active", "flops", "memory", "decoding-speed"])
def test_no_control_stands_alone_on_a_second_row(page, address, name):
    page.set_viewport_size({"width": 1280, "height": 800})
    visit(page, f"{address}/{name}")
    page.locator(".st-key-count_strip > [data-testid=stElementContainer]").first.wait_for()
    page.wait_for_function(IN_COMPANY)


APART = """() => {
    const all = [...document.querySelectorAll(".st-key-models_words table")];
    const boxes = all.map((each) => each.getBoundingClientRect());
    const clear = (a, b) =>
        a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).map((b) => [a, b]));
    return boxes.length === 4 && pairs.every(([a, b]) => clear(a, b));
}"""
"""No table lies on another, once the page is laid out: columns come one after the other."""


@pytest.mark.parametrize("width", [1280, 1000])
def test_four_models_tables_do_not_overlap(page, address, width):
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, f"{address}/models?compare=Grok-1,GLM-4.7-Flash,Switch-C,JetMoE-8B")
    tables = page.locator(".st-key-models_words table")
    expect(tables).to_have_count(4)
    page.wait_for_function(APART)
    assert max(box["x"] + box["width"] for box in boxes_of(tables)) <= width


def test_the_table_behind_a_picture_is_taken_as_a_file(page, address):
    visit(page, f"{address}/memory")
    picture = page.locator(".chart").filter(has_text="Memory of weights and KV cache").first
    picture.locator("summary").click()
    for kind, line in (("CSV", "routed experts,"), ("Markdown", "| routed experts | ")):
        with page.expect_download() as taken:
            picture.locator(".file").filter(has_text=kind).click()
        text = taken.value.path().read_text(encoding="utf-8")
        assert "Weights and KV cache (bytes)" in text
        assert f"{line}{2 * 32 * 8 * 3 * 4096 * 14_336}" in text


def fields_are_drawn(page) -> None:
    """Wait for what stands above the numbers, since it moves them."""
    for field in ("own_example", "own_text", "own_upload"):
        page.locator(f".st-key-{field} :is(input, textarea)").first.wait_for(state="attached")


def test_a_refusal_and_a_count_begin_on_the_first_screen_of_a_telephone(page, address):
    page.set_viewport_size({"width": 390, "height": 800})
    visit(page, f"{address}/own?example=impossible")
    refusal = page.get_by_text("num_experts_per_tok must be")
    fields_are_drawn(page)
    box = refusal.bounding_box()
    assert box["y"] + box["height"] < 400
    visit(page, f"{address}/own")
    total = number(page, "Total")
    fields_are_drawn(page)
    box = total.bounding_box()
    assert box["y"] + box["height"] < 800


def test_a_file_that_is_too_large_says_so_without_a_mouse(page, address):
    visit(page, f"{address}/your-config")
    fields_are_drawn(page)
    large = {"name": "config.json", "mimeType": "application/json", "buffer": b" " * 9_000_000}
    page.locator(".st-key-own_upload input[type=file]").set_input_files(large)
    said = page.locator("[data-testid=stFileChip] [role=alert]")
    expect(said).to_have_text("Error: File must be 8.0MB or smaller.")
    box, chip = said.bounding_box(), page.get_by_test_id("stFileChip").bounding_box()
    assert box["height"] > 12
    assert box["x"] + box["width"] <= chip["x"] + chip["width"]
    assert box["y"] + box["height"] <= chip["y"] + chip["height"]


def test_a_pasted_file_is_counted_and_its_markup_stays_text(page, address):
    visit(page, f"{address}/own")
    number(page, "Total").filter(has_text="46.7").wait_for()
    field = page.locator(".st-key-own_text textarea")
    field.fill('{"model_type": "<img src=x onerror=alert(1)>"}')
    field.press("Control+Enter")
    page.get_by_text("got '<img src=x onerror=alert(1)>'").wait_for()
    expect(page).to_have_url(re.compile("example=yours"))
    assert page.locator("[data-testid=stMain] img").count() == 0
    assert "img" not in page.url


def test_numbers_of_another_text_never_stand_beside_one_that_was_not_read(page, address):
    visit(page, f"{address}/your-config")
    total = number(page, "Total parameters")
    total.filter(has_text="46.7").wait_for()
    every_tensor = page.get_by_role("heading", name="Every tensor")
    every_tensor.wait_for()
    field = page.locator(".st-key-own_text textarea")
    field.press("End")
    field.press("Space")  # the server hears of it when the field is left
    unread = page.get_by_text("The text was changed and is not read yet.")
    unread.wait_for()
    expect(total).to_be_hidden()
    expect(every_tensor).to_be_hidden()
    field.fill(EXAMPLES["qwen3"][1])
    expect(total).to_be_hidden()
    page.get_by_role("button", name="Read this text").click()
    total.filter(has_text="30.5").wait_for()
    expect(unread).to_be_hidden()
    expect(every_tensor).to_be_visible()
    expect(page).to_have_url(re.compile("example=yours"))


def test_links_of_the_answer_keep_the_pasted_file(page, address):
    visit(page, f"{address}/your-config")
    number(page, "Total parameters").filter(has_text="46.7").wait_for()
    page.locator(".st-key-own_text textarea").fill(
        EXAMPLES["mixtral"][1].replace('"num_local_experts": 8', '"num_local_experts": 16')
    )
    page.get_by_role("button", name="Read this text").click()
    number(page, "Total parameters").filter(has_text="91.8").wait_for()
    rate = number(page, "Tokens per second, one sequence").first.locator("strong").inner_text()
    page.get_by_role("link", name="Decoding speed: one sequence").first.click()
    page.wait_for_url(re.compile("decoding-speed.*model=own"))
    expect(number(page, "Tokens per second").locator("strong")).to_have_text(rate)
    expect(page.get_by_text("Your file is not here")).to_have_count(0)
