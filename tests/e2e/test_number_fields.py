"""Numbers of the pages that are no whole numbers: refused in words, and nothing is changed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import TRAINING_MS, run_of, visit, visit_whole, wait_until_drawn
from tests.serving import served_again, serving

pytestmark = pytest.mark.browser

FIELDS = {
    "/total-vs-active": ["sketch_d_dense", "sketch_vocab_size", "sketch_n_heads"],
    "/flops": ["count_routed"],
    "/memory": ["count_devices", "count_ranks", "count_ep", "count_tp", "count_pp", "count_routed"],
    "/decoding-speed": ["count_devices"],
    "/capacity": ["asked_knob_top_k", "steps_each"],
    "/conventions": ["asked_knob_top_k"],
    "/walkthrough": ["asked_knob_top_k"],
}


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def field_of(page, key: str):
    """The field with this key, in sight."""
    field = page.locator(f".st-key-{key} input")
    field.wait_for(state="attached")
    folded = page.locator("[data-testid=stExpander] details:not([open])").filter(has=field)
    if folded.count():
        folded.locator("> summary").click()
        field.click()  # waits until the opening box no longer moves it
    return field


@pytest.mark.parametrize("path", FIELDS)
def test_no_whole_number_is_refused_at_each_field_and_changes_nothing(page, address, path):
    visit_whole(page, f"{address}{path}")  # a chart that comes later moves fields out of sight
    if FIELDS[path][0].startswith("asked_"):
        run_of(page)  # the bare address is completed when the page is drawn
    for key in FIELDS[path]:
        field = field_of(page, key)
        field.scroll_into_view_if_needed()
        refusal = page.locator(f".st-key-{key} .refusal")
        kept, before = field.input_value(), page.url
        for text in ("1e3", "2.9"):
            field.fill(text)
            field.press("Enter")
            told = re.compile(rf" must be a whole number from [\d,]+ to [\d,]+, got '{text}'$")
            expect(refusal).to_have_text(told)
            expect(refusal).to_be_visible()
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_value(text)
        field.press("Escape")
        expect(refusal).to_be_hidden()
        wait_until_drawn(page)
        assert (field.input_value(), page.url) == (kept, before), key


def test_a_number_that_a_page_refuses_leaves_words_and_the_value_in_force(page, address):
    """What only the server knows: a head count that does not fit the other one."""
    visit(page, f"{address}/total-vs-active")
    field = field_of(page, "sketch_n_kv_heads")
    field.fill("40")
    field.press("Enter")
    refusal = page.locator(".st-key-sketch_n_kv_heads .refusal")
    expect(refusal).to_contain_text("must be")
    expect(refusal).to_be_visible()
    expect(field).to_have_value("8")
    assert "40" not in page.url.partition("?")[2]
    field.press("Escape")
    expect(refusal).to_be_hidden()
    expect(field).to_have_value("8")


def test_nothing_can_be_entered_while_the_server_is_gone_and_the_field_says_why(page, tmp_path):
    with serving(tmp_path) as server:
        page.goto(f"{server.address}/walkthrough")  # its model need not have answered yet
        page.wait_for_load_state("networkidle")
        field = field_of(page, "asked_knob_top_k")
        more = page.get_by_role("button", name="More: Experts per token k")
        expect(field).to_be_enabled()
        os.kill(server.pid, signal.SIGKILL)
        gone = "The connection to the server is gone."
        page.get_by_text(gone).first.wait_for()
        expect(field).to_be_disabled()
        expect(more).to_be_disabled()
        expect(field).to_have_attribute("title", re.compile(gone))
        expect(field).to_have_accessible_description(re.compile(gone))
        with served_again(server):
            expect(field).to_be_enabled()
            more.click()
            expect(field).to_have_value("3")
            expect(page).to_have_url(re.compile("k=3"), timeout=TRAINING_MS)
