"""The list of pages: file, title, address and the addresses that it had before. One table.

Knows nothing of Streamlit, so that the server's routes read it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PAGES = Path(__file__).parents[3] / "pages"


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        file: its path. section: its heading in the navigation; "" for the start page alone.
        address: below the base address; "" for the start page. old: addresses that lead here.
    """

    file: str
    section: str
    title: str
    address: str
    old: tuple[str, ...] = ()


def _page(path: str, section: str, title: str, address: str, *old: str) -> Page:
    return Page(str(_PAGES / path), section, title, address, old)


PAGES = (
    _page("experiment/start.py", "", "Start", ""),
    _page("learn/glossary.py", "Learn", "Glossary", "glossary"),
    _page("experiment/lab.py", "Experiment", "Training lab", "lab"),
    _page(
        "experiment/walkthrough.py", "Experiment", "Routing walkthrough", "walkthrough", "theatre"
    ),
    _page("experiment/capacity.py", "Experiment", "Capacity lab", "capacity"),
    _page("experiment/conventions.py", "Experiment", "Library conventions", "conventions"),
    _page("experiment/runs.py", "Experiment", "Runs", "runs"),
    _page("cost/total_vs_active.py", "Cost", "Total vs active", "total-vs-active", "bargain"),
    _page("cost/released_models.py", "Cost", "Released models", "released-models", "models"),
    _page("cost/your_config.py", "Cost", "Your config.json", "your-config", "own"),
    _page("cost/flops.py", "Cost", "FLOPs", "flops", "operations"),
    _page("cost/memory.py", "Cost", "Memory", "memory"),
    _page("cost/decoding_speed.py", "Cost", "Decoding speed", "decoding-speed", "speed"),
    _page("cost/granularity.py", "Cost", "Granularity", "granularity", "dial"),
)

(
    START, GLOSSARY, LAB, WALKTHROUGH, CAPACITY, CONVENTIONS, RUNS, TOTAL_VS_ACTIVE,
    RELEASED_MODELS, YOUR_CONFIG, FLOPS, MEMORY, DECODING_SPEED, GRANULARITY,
) = (page.file for page in PAGES)  # fmt: skip
