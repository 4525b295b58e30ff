"""How a browser test visits the app, reads a run off the page and waits for it to go on."""

from __future__ import annotations

import re

from playwright.sync_api import expect

# Training shares two cores with the browser: generous, and only a hang reaches it.
TRAINING_MS = 120_000
TINY = "d_model=16&d_expert=16&batch=4&context=16"

_RUN = re.compile(r"[?&]run=([\w-]+)")
_FOUND = """const found = (selector) => {
    const inside = (root) => root.querySelector(selector) ?? [...root.querySelectorAll("*")]
        .map((host) => host.shadowRoot && inside(host.shadowRoot)).find(Boolean);
    return inside(document); };"""
_DRAWN = f"""() => {{ {_FOUND}
    const stage = found(".start-stage, .lab-stage");
    return document.querySelector("[data-test-script-state=notRunning] .stElementContainer")
        && (!stage || !["", "Connecting"].includes(found(".standing")?.textContent ?? "")); }}"""
_REACHED = f"""(least) => {{ {_FOUND}
    const said = found(".standing")?.textContent ?? document.body.innerText;
    const reached = said.match(/(?:· +|reached )step ([\\d,]+)/);
    return reached && Number(reached[1].replaceAll(",", "")) >= least; }}"""

_SAMPLE = f"""(parts) => {{ {_FOUND}
    window.places = Object.fromEntries(parts.map((part) => [part, []]));
    const look = () => {{
        for (const part of parts) {{
            const box = found(part)?.getBoundingClientRect();
            const place = box
                ? [box.x, box.y, box.width, box.height].map((each) => Math.round(each)).join(" ")
                : "gone";
            const passed = window.places[part];
            if (passed.at(-1) !== place) passed.push(place);
        }}
    }};
    const frame = () => (look(), requestAnimationFrame(frame));
    frame();
    new MutationObserver(look).observe(document.body, {{ childList: true, subtree: true }}); }}"""

_NOTE_VALUES = """(field) => {
    const shown = () => field.getAttribute("aria-valuetext") ?? field.value;
    window.values = [shown()];
    const look = () => {
        if (shown() !== window.values.at(-1)) window.values.push(shown());
        requestAnimationFrame(look);
    };
    look(); }"""

_NOTE_SHIFTS = """() => {
    window.shifts = [];
    const placeOf = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
    const moved = ({ sources }) => sources.map(({ previousRect, currentRect }) =>
        [placeOf(previousRect), placeOf(currentRect)]).filter(([from, to]) => from !== to);
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries()
        .filter((entry) => !entry.hadRecentInput).flatMap(moved)))
        .observe({ type: "layout-shift" }); }"""

LIVE = {
    "do_start": (".transport .main", "Start"),
    "do_pause": (".transport .main", "Pause"),
    "do_play": (".transport .main", "Resume"),
    "do_step": (".transport .step", "Step"),
    "do_reset": (".transport .back", "Back to step 0"),
}
"""The buttons of a live stage, with what they are called."""


def visit(page, address: str) -> None:
    """Open an address and wait until the page has been drawn and knows its run."""
    page.goto(address)
    wait_until_drawn(page)


def visit_whole(page, address: str) -> None:
    """Open an address and wait until the page has loaded all files that it is made of."""
    visit(page, address)
    page.wait_for_load_state("networkidle")  # sockets do not count


def wait_until_drawn(page) -> None:
    """Wait until the server has no more to say of the page."""
    page.wait_for_function(_DRAWN)


def button(page, key: str):
    """The button with this key: a live one by its words, or one of Streamlit's."""
    if key not in LIVE:
        return page.locator(f".st-key-{key} button")
    where, called = LIVE[key]
    return page.locator(where).filter(has_text=called)


def press(page, key: str) -> None:
    """Click the button with this key."""
    button(page, key).click()


def knob(page, name: str, which: int = 0):
    """A live knob's field: A's and B's one, or with 1 that of B where it is set apart."""
    return page.locator(f'.knob[data-knob="{name}"] input').nth(which)


def run_of(page) -> str:
    """The run that the address names, once it does."""
    expect(page).to_have_url(_RUN)
    return _RUN.search(page.url)[1]


def step_of(page) -> int:
    """The step that the page shows now."""
    standing = page.locator(".standing").filter(has_text=re.compile(r"step [\d,]+"))
    return int(re.search(r"step ([\d,]+)", standing.inner_text())[1].replace(",", ""))


def wait_for_step(page, step: int) -> None:
    """Wait until the run has come at least so far."""
    page.wait_for_function(_REACHED, arg=step, timeout=TRAINING_MS)


def watch_places(page, parts: list[str]) -> None:
    """Note from now on where these parts of the page are, frame by frame and change by change."""
    page.evaluate("document.fonts.ready.then(() => null)")
    page.evaluate(_SAMPLE, parts)


def places_passed(page) -> dict[str, list[str]]:
    """By part, where it has been since it is watched: x, y, width and height, or "gone"."""
    return page.evaluate("window.places")


def watch_shifts(page) -> None:
    """Note from now on what moves by itself, without a press just before."""
    page.evaluate(_NOTE_SHIFTS)


def shifts_seen(page) -> list[tuple[str, str]]:
    """What has moved since it is watched, from where to where: x, y, width and height."""
    return page.evaluate("window.shifts")


def watch_values(field) -> None:
    """Note from now on all that a field or a slider shows, frame by frame."""
    field.evaluate(_NOTE_VALUES)


def values_passed(page) -> list[str]:
    """What the watched field has shown, one after the other."""
    return page.evaluate("window.values")


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
