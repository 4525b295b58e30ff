"""How a browser test visits the app, reads a run off the page and waits for it to go on."""

from __future__ import annotations

import re

from playwright.sync_api import expect

# Training shares two cores with the browser: generous, and only a hang reaches it.
TRAINING_MS = 120_000
TINY = "d_model=16&d_expert=16&batch=4&context=16"

_RUN = re.compile(r"[?&]run=([\w-]+)")
_DRAWN = """() => document.querySelector("[data-test-script-state=notRunning]")
    && [...document.querySelectorAll("*")].some(
        (host) => host.shadowRoot?.querySelector(".browser-identity[data-heard]"))"""
_REACHED = """least => {
    const found = document.body.innerText.match(/(?:· +|reached )step ([\\d,]+)/);
    return found && Number(found[1].replaceAll(",", "")) >= least; }"""


def visit(page, address: str) -> None:
    """Open an address and wait until the page has been drawn for the browser's own name."""
    page.goto(address)
    wait_until_drawn(page)


def wait_until_drawn(page) -> None:
    """Wait until the server has no more to say of the page."""
    page.wait_for_function(_DRAWN)


def press(page, key: str) -> None:
    """Click the button with this key."""
    page.locator(f".st-key-{key} button").click()


def run_of(page) -> str:
    """The run that the address names, once it does."""
    expect(page).to_have_url(_RUN)
    return _RUN.search(page.url)[1]


def step_of(page) -> int:
    """The step that the page shows now."""
    text = page.get_by_text(re.compile(r"step [\d,]+")).first.inner_text()
    return int(re.search(r"step ([\d,]+)", text)[1].replace(",", ""))


def wait_for_step(page, step: int) -> None:
    """Wait until the run has come at least so far."""
    page.wait_for_function(_REACHED, arg=step, timeout=TRAINING_MS)


def boxes_of(locator) -> list[dict[str, float]]:
    """Where these nodes are, all at one moment: between two looks the page may move."""
    return locator.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().toJSON())")


def step_at_rest(page) -> int:
    """The step at which the run rests, once the page says that it does."""
    said = page.get_by_text(re.compile(r"^Paused.*step [\d,]+$"))
    return int(said.inner_text(timeout=TRAINING_MS).rpartition("step ")[2].replace(",", ""))


def wait_for_rest(page, step: int) -> None:
    """Wait until the run rests at this step."""
    at_rest = page.get_by_text(re.compile(rf"^Paused.*step ({step}|{step:,})$"))
    at_rest.wait_for(timeout=TRAINING_MS)


def start_run(page, address: str) -> str:
    """Visit the lab at this address, press *Start* and wait for a few steps; returns the run."""
    visit(page, address)
    press(page, "do_start")
    wait_for_step(page, 5)
    return run_of(page)
