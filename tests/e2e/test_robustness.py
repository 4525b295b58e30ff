"""What holds when things go wrong or somebody means harm, in a real browser on real training."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    button,
    knob,
    press,
    start_run,
    step_at_rest,
    visit,
    visit_whole,
    wait_for_rest,
    wait_for_step,
    wait_until_drawn,
)
from tests.serving import serving, workers

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>"
IMAGES = "![x](http://evil.example/x.png) [y](http://evil.example) \"'`$x$ שלום مرحبا \u202e"
EVIL += IMAGES
HANG_S = 60


@pytest.fixture(scope="module")
def server(serve):
    return serve()


@pytest.fixture(scope="module")
def lab(server) -> str:
    return f"{server.address}/lab?{TINY}"


@pytest.fixture
def stranger(browser):
    """A tab of another browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def outside(page, server) -> list[str]:
    """The requests of the page that would leave the machine, and the dialogs it opened."""
    seen: list[str] = []
    ours = (server.address, server.address.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: request.url.startswith(ours) or seen.append(request.url))
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    return seen


def wait_until(condition) -> None:
    """Poll what no browser can see; the deadline only turns a hang into a failure."""
    deadline = time.monotonic() + HANG_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.1)


def nothing_happened(page, outside: list[str]) -> None:
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src=x], img[src*=evil], a[href*=evil]").count() == 0
    assert outside == []


def choose_file(page, name: str, content: bytes) -> None:
    """Choose a file with this content as own text."""
    chooser = page.locator(".st-key-own_file input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    page.locator(".st-key-own_file").get_by_text(name).first.wait_for()


def test_a_killed_worker_is_told_and_the_run_goes_on(page, server):
    # Told for 500 steps: what stops before that is told for good, and is no hurry to read.
    start_run(page, f"{server.address}/lab?until=step:400")
    killed = workers(server)
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    told = page.get_by_text(
        re.compile(r"the worker was restarted at step \d+; resumed from step \d")
    )
    told.wait_for(timeout=TRAINING_MS)
    wait_for_step(page, int(told.inner_text().rsplit(" ", 1)[1]) + 1)
    assert killed
    assert not set(killed) & set(workers(server))


def test_each_browser_has_its_own_runs_and_an_address_shares_one(page, stranger, lab, server):
    mine = start_run(page, lab)
    theirs = start_run(stranger, lab)
    assert mine != theirs
    for tab in (page, stranger):
        press(tab, "do_pause")
        button(tab, "do_play").wait_for()
        visit(tab, f"{server.address}/runs")
        grid = tab.locator("[data-testid=stDataFrame] [role=grid]")
        expect(grid).to_have_attribute("aria-rowcount", "2")  # the header and one run
    address = f"{server.address}/lab?run={mine}"
    visit(page, address)
    before = step_at_rest(page)
    press(page, "do_play")
    wait_for_step(page, before + 5)
    other = page.context.new_page()  # a tab that already shows a run at rest asks for nothing
    visit(other, address)
    wait_for_step(other, before + 10)
    wait_for_step(page, before + 10)


def test_markup_in_the_address_is_named_as_text(page, outside, server):
    evil = {"k": EVIL, "preset": "![x](http://evil.example/x.png)", "<script>": "1", "run": EVIL}
    visit(page, f"{server.address}/lab?{urlencode(evil)}")
    for words in (
        f"k={EVIL[:40]}… was refused: it must be a whole number from 1 to 8",
        "preset=![x](http://evil.example/x.png) was refused: it must be one of none",
        "<script>=1 was left out: this page has no such parameter.",
        "run=<img src=x",
    ):
        expect(page.locator(".st-key-notices")).to_contain_text(words)
    nothing_happened(page, outside)


def test_own_text_full_of_markup_trains_as_one_more_domain(page, outside, lab):
    visit(page, f"{lab}&until=step:10&loss=by_domain")
    page.get_by_role("button", name="Models and data").click()
    page.get_by_role("textbox", name="Your text, one more domain").fill(
        (EVIL + "\n\n" + IMAGES + "\n\n") * 5
    )
    press(page, "use_text")
    page.get_by_text(re.compile(r"^In use: [\d,]+ characters, beginning .<img src=x")).wait_for()
    nothing_happened(page, outside)
    page.keyboard.press("Escape")
    press(page, "do_start")
    page.get_by_text("reached step 10").wait_for(timeout=TRAINING_MS)
    page.get_by_text("Show as table").click()
    expect(page.get_by_role("table", name="The charts' values")).to_contain_text("A, yours")
    nothing_happened(page, outside)


def test_a_number_out_of_bounds_is_refused_in_words_and_taken_out_of_its_field(page, lab):
    visit(page, lab)
    field = knob(page, "top_k")
    field.fill("-5")
    field.press("Enter")
    page.get_by_text("Experts per token k must be a whole number from 1 to 8, got -5").wait_for()
    field.press("Escape")
    expect(field).to_have_value("1")


BAD_FILES = {
    b"\x89PNG\x0d\x0a\x1a\x0a" * 200: "UTF-8 text, got byte 0x89 at position 0",
    b"words \x00 " * 90: "text without control characters, got control character U+0000 at pos",
    b"": "500 to 200,000 characters long, got 0 characters",
    b"too short": "500 to 200,000 characters long, got 9 characters",
    b"word " * 170_000: "500 to 200,000 characters long, got 850,000 characters",
    b"a" * 2**21: "500 to 200,000 characters long, got 2,097,152 characters",
}


def test_bad_uploads_are_refused_in_words_and_the_page_works(page, lab):
    visit(page, lab)
    page.get_by_role("button", name="Models and data").click()
    for number, (content, words) in enumerate(BAD_FILES.items()):
        with page.expect_response(re.compile("_stcore/upload_file")):
            choose_file(page, f"own-{number}.txt", content)
        page.get_by_text("Refused. Nothing was changed.").wait_for()
        page.get_by_text(f"Your text must be {words}").wait_for()
    choose_file(page, "large.txt", b"a" * (2**23 + 1))
    page.get_by_text("File must be 8.0MB or smaller.").wait_for()
    page.keyboard.press("Escape")
    press(page, "do_step")
    wait_for_step(page, 1)
    page.get_by_role("button", name="Models and data").click()
    expect(page.locator(".st-key-drop_text button")).to_be_disabled()
    assert page.get_by_text("In use:").count() == 0


def test_a_closed_tab_pauses_its_run_and_whoever_looks_lets_it_go_on(page, stranger, server, lab):
    run = start_run(page, lab)
    page.close()
    status = server.folder / "data" / "runs" / run / "status.json"
    wait_until(lambda: status.exists() and "its page was closed" in status.read_text())
    left = json.loads(status.read_text())
    assert left["state"] == "paused"
    visit(stranger, f"{server.address}/lab?run={run}")
    wait_for_step(stranger, left["step"] + 5)


def test_the_collapse_link_keeps_its_promises(page, server):
    visit(page, f"{server.address}/lab?preset=collapse")
    promises = page.get_by_text(re.compile(r": (not yet|seen|did not happen) \("))
    expect(promises).to_have_count(3)
    expect(page.get_by_text(": not yet (no step so far)")).to_have_count(3)
    press(page, "do_start")
    page.get_by_text(
        re.compile(
            r"A collapses: seen \(collapsed at step \d+, lowest entropy above collapse 0\.[0-5]"
        )
    ).wait_for(timeout=TRAINING_MS)
    page.get_by_text(
        re.compile(r"B is balanced in every layer: seen \(balanced: highest MaxVio of a layer 0\.")
    ).wait_for(timeout=TRAINING_MS)


def test_a_gone_server_is_said_once_and_leaves_the_page_to_be_read(page, stranger, tmp_path):
    """A page without live parts shows Streamlit's dialog: that there is one to close."""
    streamlits = "[data-testid=stDialog]"
    with serving(tmp_path) as server:
        visit_whole(page, f"{server.address}/lab?{TINY}")
        expect(button(page, "do_start")).to_be_enabled()
        visit_whole(stranger, f"{server.address}/flops")
        os.kill(server.pid, signal.SIGKILL)
        stranger.locator(streamlits).get_by_text("Connection error").wait_for(timeout=TRAINING_MS)
        page.get_by_text("The connection to the server is gone.").wait_for()
        page.wait_for_timeout(2_000)  # both have asked for the server as often
        expect(page.locator(streamlits)).to_have_count(0)
        expect(page.get_by_text("Connecting", exact=True)).to_be_hidden()
        assert page.locator("#root[inert]").count() == 0
        page.get_by_role("button", name="View", exact=True).click()
        expect(page.get_by_label("Balance measure")).to_be_visible()


def test_pages_whose_controls_show_the_address_warn_of_nothing(page, tmp_path):
    with serving(tmp_path) as server:
        run = start_run(page, f"{server.address}/lab?{TINY}&until=step:120")
        wait_for_rest(page, 120)
        for path in ("lab", "walkthrough", "capacity"):
            visit(page, f"{server.address}/{path}?run={run}" + "&step=100" * (path != "lab"))
            page.get_by_text("Training step").first.wait_for() if path != "lab" else None
        said = (server.folder / "server.log").read_text()
        assert "Session State API" not in said
        assert "Traceback" not in said


def test_keys_start_pause_and_step(page, lab):
    visit(page, lab)
    button(page, "do_step").wait_for()  # keys are heard by buttons that are drawn
    page.keyboard.press("ArrowRight")
    wait_for_rest(page, 1)
    button(page, "do_play").wait_for()  # a single step can be paused as well
    page.keyboard.press("Space")
    wait_for_step(page, 5)
    button(page, "do_pause").wait_for()
    page.keyboard.press("Space")
    button(page, "do_play").wait_for()
    before = step_at_rest(page)
    page.keyboard.press("ArrowRight")
    wait_for_rest(page, before + 1)


def test_bars_stand_still_for_who_wants_it_and_are_a_table_for_listeners(page, lab):
    page.emulate_media(reduced_motion="reduce")
    visit(page, lab)
    press(page, "do_step")
    wait_for_step(page, 1)
    bar = page.locator(".load-bars .processed").first
    assert bar.evaluate("(node) => getComputedStyle(node).transitionDuration") == "0s"
    rows = page.locator(".load-bars table tbody tr")
    expect(rows).to_have_count(2 * 2 * 16)
    assert re.fullmatch(r"Model A\t0\t0\t\d+ %\t\d+ %", rows.first.inner_text())


# After the reader has left the page, and before the browser knows that the server knows it.
PRESSED_WHILE_LEAVING = """([name, delay]) => addEventListener("popstate", () => setTimeout(() => {
    window.pressed = [...document.querySelectorAll("summary")]
        .find((each) => each.textContent.includes(name));
    window.pressed.click();
}, delay), { once: true })"""
SETTLED_MS = 1500


@pytest.mark.parametrize("delay_ms", [2, 4, 8])
def test_a_press_while_a_page_is_left_does_not_empty_the_next_one(page, server, delay_ms):
    visit(page, f"{server.address}/memory")
    first = page.locator("h1").inner_text()
    page.get_by_role("button", name="Cost", exact=True).click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text="FLOPs").click()
    expect(page.locator("h1")).not_to_have_text(first)
    wait_until_drawn(page)
    page.evaluate(PRESSED_WHILE_LEAVING, ["Reveal the answer", delay_ms])
    page.go_back()
    page.wait_for_function("() => window.pressed?.isConnected === false")
    page.wait_for_timeout(SETTLED_MS)  # the page may come and go again
    expect(page).to_have_url(re.compile("/memory"))
    expect(page.locator("h1")).to_have_text(first)
    expect(page.get_by_text("Reveal the answer")).to_be_visible()
