"""Each term that a page shows has a link on it that explains it: of prose, labels, tables, charts.

What is closed when the page opens is not read: a text that opens has links of its own.
"""

from __future__ import annotations

import pytest

from moeviz.ui.shared.navigation import GLOSSARY, PAGES, RUNS
from tests.e2e.visit import TINY, start_run, visit, wait_until_drawn
from tests.terms import occurrences

pytestmark = pytest.mark.browser

_READ = """() => {
  const texts = [], links = [];
  const unread = "script, style, textarea, pre, code, .katex, .visually-hidden, .page-end, "
    + "[data-testid=stPageLink], h1, .terms";
  const read = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent);
      if (node.nodeType !== Node.ELEMENT_NODE || node.matches(unread)) continue;
      const { display, visibility } = getComputedStyle(node);
      if (display === "none" || visibility === "hidden") continue;
      const term = node.matches("a[href]") && String(node.href).match(/glossary[?]term=([\\w-]+)/);
      if (term) links.push(term[1]);
      if (node.shadowRoot) read(node.shadowRoot);
      read(node.matches("details:not([open])") ? node.querySelector("summary") ?? node : node);
    }
  };
  read(document.querySelector(".stMain"));
  return [texts, links];
}"""


@pytest.fixture(scope="module")
def address(serve) -> str:
    return serve().address


@pytest.fixture(scope="module")
def run(browser, address) -> str:
    """Two models at a few steps."""
    context = browser.new_context()
    made = start_run(context.new_page(), f"{address}/lab?{TINY}&until=step:10")
    context.close()
    return made


def unexplained(texts: list[str], links: list[str]) -> dict[str, str]:
    """The terms that are named and not linked, each with a text that names it."""
    named = {term: text for text in texts for term, _, _ in occurrences(text)}
    return {
        term.name: " ".join(text.split())[:80]
        for term, text in named.items()
        if term.id not in links and not term.everyday
    }


SHOWN = [each for each in PAGES if each.file != GLOSSARY]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda each: each.address or "start")
def test_a_term_that_a_page_shows_is_explained_on_it(page, address, run, shown):
    of_a_run = shown.section in ("", "Experiment") and shown.file != RUNS
    visit(page, f"{address}/{shown.address}" + (f"?run={run}" if of_a_run else ""))
    page.locator(".page-end li").first.wait_for()
    page.wait_for_load_state("networkidle")
    wait_until_drawn(page)
    texts, links = page.evaluate(_READ)
    assert len(texts) > 10
    assert unexplained(texts, links) == {}


def test_a_planted_term_without_a_link_is_found():
    assert unexplained(["The KV caches", "an expert"], ["expert"]) == {"KV cache": "The KV caches"}
