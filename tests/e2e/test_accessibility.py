"""axe-core finds nothing serious or critical on any page, in the light and in the dark theme.

Each page is visited once, with its live picture painted, a run at a few steps and the expanders
open; then the theme changes. What axe-core does not judge, whether a field's name says what it
sets, is a test of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from moeviz.ui.shared.navigation import (
    GLOSSARY,
    LAB,
    PAGES,
    RUNS,
    START,
    WALKTHROUGH,
    Page,
)
from tests.e2e.visit import TINY, TRAINING_MS, start_run, visit, wait_until_drawn

pytestmark = pytest.mark.browser

WIDTH = 1280
SEVERE = {"serious", "critical"}
ALSO_HELD = {"page-has-heading-one", "heading-order"}
"""Rules of lesser weight: a screen reader's user walks a page by its headings."""

_RUN_AXE = """async ([only, exclude]) => (await axe.run({ exclude }, {
    resultTypes: ["violations"], selectors: false, preload: false, runOnly: only,
})).violations"""
_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOURS = ["color-contrast", "link-in-text-block"]

_IN_THEME = """(theme) =>
    getComputedStyle(document.querySelector(".stApp")).colorScheme === theme"""
_AT_REST = """() => !document.querySelector(".st-key-study_progress, [data-stale=true]")
    && document.getAnimations().every((each) => each.playState !== "running")"""

_FIELDS = re.compile(
    r"^ *- '?(?:spinbutton|slider|combobox|textbox|searchbox|switch) \"(.*?)\"", re.M
)


SOURCE = ".stCode"
"""Source code: hundreds of words a page in the same colours. It is judged on the start page."""


@pytest.fixture(scope="module")
def address(serve) -> Iterator[str]:
    return serve().address


@pytest.fixture(scope="module")
def run(tab, address) -> str:
    """Two models at step 10."""
    made = start_run(tab, f"{address}/lab?{TINY}&until=step:10")
    tab.get_by_text("reached step 10").wait_for(timeout=TRAINING_MS)
    return made


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all pages."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def address_of(address: str, page: Page, run: str) -> str:
    """The page with the run; the lab also with a control that the run cannot take over."""
    query = f"?run={run}" if page.section in ("", "Experiment") else ""
    more = "&experts=12&b_alpha=0.1" if page.file == LAB else ""
    return f"{address}/{page.address}{query}{more}"


def open_expanders(tab, page: Page) -> None:
    """Show what stands behind the expanders below the page's picture."""
    if page.file in (RUNS, GLOSSARY):
        return
    for label in ("How this is computed", "Reveal the answer"):
        tab.locator("summary").filter(has_text=label).click()
    wait_until_drawn(tab)


def show_all(tab) -> None:
    """Let the whole page fit: axe-core judges no colour and no size of what is scrolled away."""
    height = tab.evaluate("() => document.querySelector('.stMain').scrollHeight")
    tab.set_viewport_size({"width": WIDTH, "height": height + 100})


def held(tab, theme: str, rules: list[str], but: list[str]) -> list[str]:
    """What axe-core holds against the page in this theme: the rule, a node, and what is wrong."""
    tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
    tab.wait_for_function(_IN_THEME, arg=theme)
    tab.wait_for_function(_AT_REST, timeout=TRAINING_MS)
    return [
        f"{theme}: {each['id']} ({each['impact']}): {node['html'][:120]}: {node['failureSummary']}"
        for each in tab.evaluate(_RUN_AXE, [rules, but])
        if each["impact"] in SEVERE or each["id"] in ALSO_HELD
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address or "start")
def test_no_page_is_hard_to_use_in_either_theme(tab, address, run, page):
    tab.set_viewport_size({"width": WIDTH, "height": 800})
    visit(tab, address_of(address, page, run))
    if page.file == LAB:
        tab.get_by_role("button", name="Start the new run").wait_for()
    open_expanders(tab, page)
    show_all(tab)
    tab.evaluate(f"() => {{ {AXE_SCRIPT} }}")
    but = [] if page.file == START else [SOURCE]
    assert [*held(tab, "light", _ALL, but), *held(tab, "dark", _COLOURS, but)] == []


_POPOVERS = [
    (page, label)
    for page in PAGES
    for file, labels in (
        (LAB, ["Models and data", "More knobs", "Share", "Go back"]),
        (WALKTHROUGH, ["More"]),
        (RUNS, ["Delete"]),
    )
    for label in labels
    if page.file == file
]


@pytest.mark.parametrize(
    ("page", "label"), _POPOVERS, ids=lambda each: getattr(each, "address", each) or "start"
)
def test_nothing_that_opens_is_hard_to_use_in_either_theme(tab, address, run, page, label):
    tab.set_viewport_size({"width": WIDTH, "height": 800})
    visit(tab, address_of(address, page, run))
    if page.file == RUNS:
        tab.locator("[data-testid=stDataFrame] .dvn-scroller").click(position={"x": 15, "y": 50})
    opener = tab.locator("button, summary").filter(has_text=label).first
    before = shown_fields(tab)
    opener.click()
    tab.wait_for_function(f"(before) => ({_SHOWN})() > before", arg=before)
    tab.evaluate(f"() => {{ {AXE_SCRIPT} }}")
    found = [*held(tab, "light", _ALL, [SOURCE]), *held(tab, "dark", _COLOURS, [SOURCE])]
    assert shown_fields(tab) > before, "what was opened has closed: it was not judged"
    assert found == []


_SHOWN = """() => {
  const within = (root) => [...root.querySelectorAll("*")].flatMap((node) => [
    ...(node.matches("button, input, select, textarea, a") && node.checkVisibility() ? [node] : []),
    ...(node.shadowRoot ? within(node.shadowRoot) : []),
  ]);
  return within(document).length;
}"""


def shown_fields(tab) -> int:
    """The controls that are shown, also inside components."""
    return tab.evaluate(_SHOWN)


def test_each_field_of_the_lab_says_what_it_sets_and_for_which_model(tab, address, run):
    tab.set_viewport_size({"width": WIDTH, "height": 800})
    visit(tab, f"{address}/lab?{TINY}&b_alpha=0.1")
    tab.locator(".right canvas").first.wait_for()  # until then the button moves under a press
    tab.get_by_role("button", name="Models and data").click()
    tab.get_by_role("spinbutton", name="Seed").wait_for()
    names = _FIELDS.findall(tab.locator("body").aria_snapshot())
    assert {f"{model}: Balance coefficient α" for model in "AB"} <= set(names)
    assert len(names) == len(set(names)) > 15
    assert [name for name in names if len(name) < 4 or "icon" in name] == []
