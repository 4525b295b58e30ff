"""The format of content: Markdown with YAML front matter and blocks. Knows no kind of content.

    ---
    page: lab
    ---
    Prose.

    :::check id="even-share" kind="number" unit="%"
    The block's own prose.
    given: {experts: 16}
    answer: 100 / experts
    :::

A block's fields are YAML and stand last in it, from the first line that begins with one of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_FRONT = re.compile(r"---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)
_ATTRIBUTE = re.compile(r"(\w+)=(?:\"([^\"]*)\"|([^\"\s]+))")
_OPENING = re.compile(rf":::(\w+)((?: +{_ATTRIBUTE.pattern})*) *")


class ContentError(ValueError):
    """A fault of the content: the file, the line, and what is wrong there."""

    def __init__(self, name: str, line: int, fault: str) -> None:
        super().__init__(f"{name}:{line}: {fault}")


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Attributes:
        kind: the word after the colons. attributes: of its first line. prose: its text.
        fields: what its YAML says. name, line: where it begins.
    """

    kind: str
    attributes: Mapping[str, str]
    prose: str
    fields: Mapping[str, Any]
    name: str
    line: int

    def fault(self, what: str) -> ContentError:
        """An error that names the place of this block."""
        return ContentError(self.name, self.line, what)


@dataclass(frozen=True, slots=True)
class Content:
    """One file: what its front matter says, its prose without the blocks, its blocks in order."""

    front: Mapping[str, Any]
    prose: str
    blocks: tuple[Block, ...]


def parse(text: str, name: str, kinds: Mapping[str, Collection[str]]) -> Content:
    """The content of a file.

    Args:
        name: of the file, for its faults. kinds: the fields that each kind of block may have.

    Raises:
        ContentError: no front matter, an unknown kind, a block without an end, a bad attribute or
            field.
    """
    front = _FRONT.match(text)
    if not front:
        raise ContentError(name, 1, "the file begins with front matter between two lines ---")
    lines = text.split("\n")
    place = front[0].count("\n")
    prose, blocks = [], []
    while place < len(lines):
        if lines[place].startswith(":::"):
            end = _end_of(lines, place, name)
            blocks.append(_block(lines[place:end], name, place + 1, kinds))
            place = end + 1
        else:
            prose.append(lines[place])
            place += 1
    said = _yaml(front[1], name, 1)
    return Content(said, "\n".join(prose).strip(), tuple(blocks))


def _end_of(lines: list[str], first: int, name: str) -> int:
    for place in range(first + 1, len(lines)):
        if lines[place].startswith(":::"):
            if lines[place].rstrip() == ":::":
                return place
            break
    raise ContentError(name, first + 1, "the block has no end: a line with ::: alone")


def _block(lines: list[str], name: str, line: int, kinds: Mapping[str, Collection[str]]) -> Block:
    opening = _OPENING.fullmatch(lines[0])
    if not opening:
        raise ContentError(name, line, f'a block begins like :::check id="…", not {lines[0]!r}')
    kind = opening[1]
    if kind not in kinds:
        raise ContentError(name, line, f"no block is called {kind!r}; there are {sorted(kinds)}")
    begins = re.compile("|".join(rf"{re.escape(field)}:(?: |$)" for field in kinds[kind]))
    first = next((i for i, each in enumerate(lines) if i and begins.match(each)), len(lines))
    fields = _yaml("\n".join(lines[first:]), name, line + first)
    if unknown := sorted(set(fields) - set(kinds[kind])):
        raise ContentError(name, line, f"unknown fields {unknown}")
    attributes = {name: quoted or bare for name, quoted, bare in _ATTRIBUTE.findall(opening[2])}
    return Block(kind, attributes, "\n".join(lines[1:first]).strip(), fields, name, line)


def _yaml(text: str, name: str, line: int) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ContentError(name, line, f"no YAML: {error}") from None
    if not isinstance(found, dict):
        raise ContentError(name, line, "fields are lines like name: value")
    return found
