"""The path through the pages: what each leaves behind, its checks, and which comes next.

The order of the files in `pages/` is the path's; each names the address of its page, and the terms
that its page shows where nothing can link them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from moeviz.glossary import link, linked
from moeviz.study.blocks import Content, ContentError, parse
from moeviz.study.checks import FIELDS, Check, read_check
from moeviz.study.figures import Figures

_FOLDER = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True)
class PageEnd:
    """The end of one page.

    Attributes:
        explains: what the reader can now explain. checks: the questions that it ends with.
        terms: links to the terms that the page shows and that nothing else on it links, as in
            labels, tables and pictures.
    """

    explains: str
    checks: tuple[Check, ...]
    terms: tuple[str, ...]


@cache
def path() -> tuple[str, ...]:
    """The addresses of the pages, in the order of the path."""
    return tuple(_files())


def next_page(address: str) -> str:
    """The address of the page after this one; the last leads to the first."""
    order = path()
    return order[(order.index(address) + 1) % len(order)]


@cache
def check_ids(address: str) -> tuple[str, ...]:
    """The checks of a page by their names, which are the same in every run."""
    return tuple(block.attributes["id"] for block in _content(address).blocks)


def page_end(address: str, run: Mapping[str, Any]) -> PageEnd:
    """The end of the page at this address.

    Args:
        run: of `run_figures`, the run that the page shows.

    Raises:
        ContentError: names the file, the line and what is wrong there.
    """
    content, figures = _content(address), Figures(run)
    checks = tuple(read_check(block, figures) for block in content.blocks)
    terms = tuple(link(name) for name in content.front.get("terms", ()))
    return PageEnd(linked(figures.fill(content.prose)), checks, terms)


@cache
def _files() -> dict[str, Path]:
    """By address."""
    return {_parsed(file).front["page"]: file for file in sorted(_FOLDER.glob("*.md"))}


def _content(address: str) -> Content:
    return _parsed(_files()[address])


@cache
def _parsed(file: Path) -> Content:
    content = parse(file.read_text(encoding="utf-8"), file.name, {"check": FIELDS})
    if "page" not in content.front:
        raise ContentError(file.name, 1, "the front matter names the address of its page")
    for block in content.blocks:
        if "id" not in block.attributes:
            raise block.fault("a check has an id")
    return content
