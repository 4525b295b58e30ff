"""The menu has the pages that there are, in the order and by the names of the standard."""

from __future__ import annotations

from itertools import groupby

from moeviz.ui.shared.navigation import PAGES

STANDARD = {
    "": "Start /",
    "Learn": "Course /learn, Glossary /glossary",
    "Experiment": "Training lab /lab, Routing walkthrough /walkthrough, Capacity lab /capacity, "
    "Library conventions /conventions, Runs /runs",
    "Cost": "Total vs active /total-vs-active, Released models /released-models, "
    "Your config.json /your-config, FLOPs /flops, Memory /memory, "
    "Decoding speed /decoding-speed, Granularity /granularity, "
    "Expert parallelism /expert-parallelism",
}
"""Of `WORDS.md`, without the sections of which no page is there yet."""


def test_the_menu_is_that_of_the_standard_without_the_pages_to_come():
    menu = {
        section: [f"{page.title} /{page.address}" for page in pages]
        for section, pages in groupby(PAGES, lambda page: page.section)
    }
    assert list(menu) == list(STANDARD)
    for section, pages in menu.items():
        wanted = STANDARD[section].split(", ")
        assert pages == [each for each in wanted if each in pages], section
    assert sum(map(len, menu.values())) == len(PAGES)
