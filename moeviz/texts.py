"""What a reader reads, kept as data beside the module that shows it, with figures filled in.

`memory.py` shows `memory.md` (a page's prose) or `memory.toml` (a table of short strings). A figure
stands as `{{name}}` in the text; the module computes it. A term of the glossary stands as
`[[name]]` or `[[name|other words]]` and becomes a link. Knows nothing of any page.

A page's prose is Markdown:

    # The page's title

    Its one idea.

    ## how it is computed
    Prose of one section, named by its heading.

    ## try: Title of an experiment
    ?experts=16&k=1

    What to look at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from moeviz.glossary import linked

_FIGURE = re.compile(r"\{\{(\w+)\}\}")
_HEADING = re.compile(r"^(#{1,2}) +(.+?) *$", re.MULTILINE)
_TRY = "try: "


@dataclass(frozen=True, slots=True)
class Experiment:
    """A link to a page with its controls set, and what to look at there."""

    title: str
    story: str
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PageTexts:
    """The prose of one page.

    Attributes:
        title: its first heading. idea: the words below it.
        sections: by heading. experiments: of the headings that begin with "try: ".
    """

    title: str
    idea: str
    sections: Mapping[str, str]
    experiments: tuple[Experiment, ...]

    def __getitem__(self, section: str) -> str:
        return self.sections[section]


def page_texts(module: str, **figures: str) -> PageTexts:
    """The Markdown beside a module, its figures filled in and its terms linked.

    Args:
        module: the `__file__` of the module that shows it.
        figures: by name. Each occurs in the text, and the text has no other.

    Raises:
        ValueError: names a figure that the text lacks, one that nothing was given for, or a term
            that the glossary lacks.
    """
    path = Path(module).with_suffix(".md")
    text = linked(filled(_read(path), path.name, figures))
    (_, title, idea), *rest = _blocks(text)
    sections = {heading: body for _, heading, body in rest if not heading.startswith(_TRY)}
    tries = [(heading, body) for _, heading, body in rest if heading.startswith(_TRY)]
    return PageTexts(title, idea, sections, tuple(_experiment(*each) for each in tries))


def strings(module: str) -> Mapping[str, Any]:
    """The table of short strings beside a module: TOML, by name, nested as the file nests them.

    Its terms are linked; a string that is not shown as Markdown has none.
    """
    return _table(Path(module).with_suffix(".toml"))


def fill(text: str, /, **figures: str) -> str:
    """A short string with its figures; raises as `filled` does."""
    return filled(text, text, figures)


def fill_all(texts: Mapping[str, str], /, **figures: str) -> dict[str, str]:
    """Several strings of one thing with their figures: each figure occurs in one of them, or more.

    Raises:
        ValueError: as `filled` does.
    """
    wanted = set(_FIGURE.findall(" ".join(texts.values())))
    _check_figures(wanted, str(dict(texts)), figures)
    return {key: _FIGURE.sub(lambda found: figures[found[1]], text) for key, text in texts.items()}


def say_from(module: str) -> Callable[..., str]:
    """How a module says its strings: `say("queue.full", slots=5)`, by their names in the table.

    Each call gives every figure of its string, and no other.
    """
    path = Path(module).with_suffix(".toml")

    def say(name: str, /, **figures: object) -> str:
        text: Any = _table(path)
        for part in name.split("."):
            text = text[part]
        shown = {each: str(value) for each, value in figures.items()}
        return filled(text, f"{path.name}, {name}", shown)

    return say


def filled(text: str, name: str, figures: Mapping[str, str]) -> str:
    """The text with each `{{figure}}` replaced.

    Raises:
        ValueError: the figures of the text and those given differ; names the text and the figures.
    """
    _check_figures(set(_FIGURE.findall(text)), name, figures)
    return _FIGURE.sub(lambda found: figures[found[1]], text)


def _check_figures(wanted: set[str], name: str, figures: Mapping[str, str]) -> None:
    if wanted != set(figures):
        missing, unused = sorted(wanted - set(figures)), sorted(set(figures) - wanted)
        raise ValueError(f"{name}: figures without a value {missing}, values unused {unused}")


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _table(path: Path) -> Mapping[str, Any]:
    table: Mapping[str, Any] = _with_links(tomllib.loads(_read(path)))
    return table


def _with_links(data: Any) -> Any:
    """The same with links in all strings: `[[name]]` is TOML's own sign for a table elsewhere."""
    if isinstance(data, dict):
        return {key: _with_links(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_links(each) for each in data]
    return linked(data) if isinstance(data, str) else data


def _blocks(text: str) -> list[tuple[int, str, str]]:
    """(level, heading, body) of each heading, in order."""
    found = list(_HEADING.finditer(text))
    ends = [each.start() for each in found[1:]] + [len(text)]
    return [
        (len(each[1]), each[2], text[each.end() : end].strip())
        for each, end in zip(found, ends, strict=True)
    ]


def _experiment(heading: str, body: str) -> Experiment:
    """Its first line is the address's query, the rest what to look at."""
    query, _, story = body.partition("\n")
    return Experiment(
        heading.removeprefix(_TRY), story.strip(), dict(parse_qsl(query.strip().removeprefix("?")))
    )
