"""How a browser test visits the app, reads a run off the page and waits for it to go on."""

from __future__ import annotations

import re

# Training shares two cores with the browser: generous, and only a hang reaches it.
TRAINING_MS = 120_000
TINY = "d_model=16&d_expert=16&batch=4&context=16"

_SETTLED = """() => localStorage.getItem("moeviz.browser")
    && document.querySelector("[data-test-script-state=notRunning]")"""
_REACHED = """least => {
    const found = document.body.innerText.match(/(?:· +|reached )step ([\\d,]+)/);
    return found && Number(found[1].replaceAll(",", "")) >= least; }"""


def visit(page, address: str) -> None:
    """Open an address and wait until the page has been drawn for the browser's own name."""
    page.goto(address)
    page.wait_for_function(_SETTLED)


def press(page, key: str) -> None:
    """Click the button with this key."""
    page.locator(f".st-key-{key} button").click()


def run_of(page) -> str:
    """The run that the address names."""
    return re.search(r"run=([\w-]+)", page.url)[1]


def step_of(page) -> int:
    """The step that the page shows now."""
    text = page.get_by_text(re.compile(r"step [\d,]+")).first.inner_text()
    return int(re.search(r"step ([\d,]+)", text)[1].replace(",", ""))


def wait_for_step(page, step: int) -> None:
    """Wait until the run has come at least so far."""
    page.wait_for_function(_REACHED, arg=step, timeout=TRAINING_MS)


def start_run(page, address: str) -> str:
    """Visit the lab at this address, press *Start* and wait for a few steps; returns the run."""
    visit(page, address)
    press(page, "do_start")
    wait_for_step(page, 5)
    return run_of(page)
