"""What a reader does with a run's past in the lab, by mouse or by keys: read it on the lines and in
their table, take it away, go back in it, fork from it.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import (
    TINY,
    TRAINING_MS,
    button,
    press,
    run_of,
    step_at_rest,
    visit,
    wait_for_rest,
)

pytestmark = pytest.mark.browser

LAST = 320
KEPT = [300, 200, 100, 0]
"""The checkpoints before the last step, as they are offered."""

WORDS = """
const clear = CanvasRenderingContext2D.prototype.clearRect;
const fill = CanvasRenderingContext2D.prototype.fillText;
window.words = [];
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas.closest(".live-charts")) window.words = [];
    return clear.apply(this, box);
};
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    if (this.canvas.closest(".live-charts")) window.words.push(text);
    return fill.call(this, text, ...place);
};
"""
"""Keeps the words that stand on the charts' canvas."""
STEP_READ = "Number(window.words.find((text) => /^step \\d+$/.test(text))?.slice(5)) || null"
LOSS = "A: Cross-entropy, nats per token (lower is better)"


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


def trained(page, address: str):
    """The lab with a run that rests at its last step, in which k has been changed once."""
    page.add_init_script(WORDS)
    visit(page, f"{address}/lab?{TINY}&until=step:{LAST}&then=40:a:k:2")
    press(page, "do_start")
    page.get_by_text(f"reached step {LAST}").wait_for(timeout=TRAINING_MS)
    canvas(page).wait_for()
    return page


@pytest.fixture
def lab(page, address):
    """A run for one test alone."""
    return trained(page, address)


@pytest.fixture(scope="module")
def past(browser, address):
    """A run for all tests that only read."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield trained(context.new_page(), address)
    context.close()


def canvas(page):
    return page.locator(".live-charts canvas")


def spoken(page):
    return page.locator(".live-charts [aria-live]")


def value_of(words: str, arm: str) -> str:
    """What is spoken of an arm's cross-entropy."""
    return re.search(rf"\b{arm} (\d\.\d{{3}})", words)[1]


def step_read(page, *, other_than: int | None) -> int:
    """The step that the canvas has a readout of, once it is another one."""
    read = page.wait_for_function(
        f"(before) => {{ const step = {STEP_READ}; return step !== before && step; }}",
        arg=other_than,
    )
    return read.json_value()


def saved_rows(page) -> list[dict[str, str]]:
    """All values, as the button saves them, pressed by a key."""
    page.get_by_role("button", name="Save CSV").focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def rows_of_table(page, last: int = LAST) -> list[list[str]]:
    """The table behind the charts, up to its last step; opened and closed by its own line."""
    summary = page.locator(".live-charts summary")
    summary.focus()
    page.keyboard.press("Enter")
    rows = page.locator(".live-charts table:not(.changes) tr")
    expect(rows.last.locator("td").first).to_have_text(str(last))
    expect(rows.last).to_be_visible()
    found = [row.split("\t") for row in rows.all_inner_texts()]
    summary.focus()
    page.keyboard.press("Enter")
    expect(rows.last).to_be_hidden()
    return found


def test_the_pointer_reads_the_values_of_the_step_that_it_is_over(past):
    rows = [row for row in saved_rows(past) if row[LOSS]]
    losses = {math.floor(float(row["Step"]) + 0.5): row[LOSS] for row in rows}
    passed: list[int] = []
    for x in (120, 200, 280):
        canvas(past).hover(position={"x": x, "y": 60})
        passed.append(step_read(past, other_than=passed[-1] if passed else None))
        assert f"A {float(losses[passed[-1]]):.3f}" in past.evaluate("window.words")
    assert passed == sorted(passed)
    assert passed[1] - passed[0] == pytest.approx(passed[2] - passed[1], abs=2)
    past.mouse.move(0, 0)
    past.wait_for_function(f"{STEP_READ} === null")


def test_arrow_keys_read_the_steps_and_make_none(past):
    *_, last = rows_of_table(past)
    canvas(past).focus()
    past.keyboard.press("ArrowLeft")
    expect(spoken(past)).to_have_text(re.compile(r"^step \d+\. A \d\.\d{3}, "))
    words = spoken(past).inner_text()
    assert [value_of(words, arm) for arm in "AB"] == [last[1], last[3]]
    past.keyboard.press("Home")
    expect(spoken(past)).to_have_text(re.compile(r"^step [12]\. "))
    for _ in range(3):
        before = spoken(past).inner_text()
        past.keyboard.press("ArrowRight")
        expect(spoken(past)).not_to_have_text(before)
    assert step_at_rest(past) == LAST


def test_the_table_has_the_last_step_and_every_change(past):
    header, *rows = rows_of_table(past)
    assert header[:2] == ["Step", "A: Cross-entropy"]
    steps = [int(row[0]) for row in rows]
    assert steps == sorted(set(steps))
    assert steps[-1] == LAST
    assert all(re.fullmatch(r"\d\.\d{3}", row[1]) for row in rows)
    past.locator(".live-charts summary").click()
    changes = past.locator(".live-charts .changes tbody tr")
    expect(changes).to_have_count(1)
    expect(changes.first).to_have_text(re.compile("^40.*2$"))
    past.locator(".live-charts summary").click()
    expect(changes.first).to_be_hidden()


def test_values_are_taken_away_by_a_key_as_the_table_has_them(past):
    *_, last = rows_of_table(past)
    rows = saved_rows(past)
    values = [row for row in rows if row[LOSS]]
    assert len(values) > 100
    assert f"{float(values[-1][LOSS]):.3f}" == last[1]
    assert [row["Step"] for row in rows if row["Knob changes"]] == ["40"]


def choose_checkpoint(page, step: int) -> None:
    """Open *Go back* and walk to a checkpoint, by keys."""
    page.locator(".go-back").get_by_text("Go back", exact=True).focus()
    page.keyboard.press("Enter")
    steps = page.get_by_label("Checkpoint")
    steps.focus()
    expect(steps.locator("option")).to_have_count(len(KEPT))
    assert [option.split(" ")[1] for option in steps.locator("option").all_inner_texts()] == [
        str(each) for each in KEPT
    ]
    for _ in range(KEPT.index(step)):
        page.keyboard.press("ArrowDown")
    expect(steps).to_have_value(str(step))


def enter_on(page, name: str) -> None:
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def test_a_run_goes_back_to_a_checkpoint_and_on_to_the_same_values(lab):
    run, (*_, before) = run_of(lab), rows_of_table(lab)
    choose_checkpoint(lab, 100)
    enter_on(lab, "Rewind here")
    wait_for_rest(lab, 100)
    rows_of_table(lab, 100)
    enter_on(lab, "Resume")
    lab.get_by_text(f"reached step {LAST}").wait_for(timeout=TRAINING_MS)
    assert rows_of_table(lab)[-1] == before
    assert run_of(lab) == run


def test_a_fork_goes_on_from_a_checkpoint_and_leaves_the_run_as_it_was(lab, address):
    run, (*_, before) = run_of(lab), rows_of_table(lab)
    choose_checkpoint(lab, 200)
    enter_on(lab, "Fork from here")
    wait_for_rest(lab, 200)
    expect(lab).not_to_have_url(re.compile(run))
    fork = run_of(lab)
    rows_of_table(lab, 200)
    enter_on(lab, "Resume")
    lab.get_by_text(f"reached step {LAST}").wait_for(timeout=TRAINING_MS)
    assert rows_of_table(lab)[-1] == before, "the same model, trained on"
    visit(lab, f"{address}/lab?run={run}")
    assert step_at_rest(lab) == LAST
    button(lab, "do_play").wait_for()
    visit(lab, f"{address}/runs")
    grid = lab.locator("[data-testid=stDataFrame] [role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", "3")  # the header, the run and its fork
    assert fork != run


@pytest.mark.parametrize("reloaded", [False, True])
def test_a_fork_says_what_it_is_and_back_returns_to_its_source(lab, address, reloaded):
    run = run_of(lab)
    if reloaded:
        visit(lab, lab.url)
    choose_checkpoint(lab, 0 if reloaded else 200)
    enter_on(lab, "Fork from here")
    step = 0 if reloaded else 200
    said = f"This is a new run, forked at step {step} from the run that is paused at step {LAST}."
    lab.get_by_text(said).wait_for()
    expect(lab).not_to_have_url(re.compile(run))
    lab.go_back()
    wait_for_rest(lab, LAST)
    expect(lab).to_have_url(re.compile(run))
    expect(lab.get_by_text(said)).to_have_count(0)
