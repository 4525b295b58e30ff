"""Takes parameters out of an address one by one and notes, in words, what it refuses.

Nothing here raises for what a user typed into an address. Knows nothing of any one page.
"""

from __future__ import annotations

from typing import Any

from moeviz.config import ConfigError, Knob
from moeviz.routing.names import check_names

UNKNOWN_NAMED = 10
"""So many parameters that no page knows are refused by name; the others are counted."""


class QueryReader:
    """The parameters that are left, and the notices so far."""

    def __init__(self, query: dict[str, str]) -> None:
        self.query = query
        self.notices: list[str] = []

    def refuse(self, name: str, text: str, bound: str, used: str) -> None:
        """Note that a parameter was refused, and what is used instead."""
        self.notices.append(
            f"{_short(name)}={_short(text)} was refused: it must be {bound}. Used instead: {used}."
        )

    def knob_value(self, knob: Knob, name: str, default: Any, used: str = "") -> Any:
        """The parameter of that name as a value of the knob; the default when absent or refused.

        Args:
            used: the default in words, where it is no value of the knob.
        """
        if name not in self.query:
            return default
        text = self.query.pop(name)
        try:
            value = knob.parse(text)
            check_names({knob.name: value})
        except ConfigError as error:
            self.refuse(name, text, error.bound, used or knob.format(default))
            return default
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """One of the choices."""
        return str(
            self.knob_value(Knob(name, "choice", default, "", "", choices=choices), name, default)
        )

    def run(self, name: str = "run") -> str:
        """A run's id, or ""."""
        text = self.query.pop(name, "")
        if len(text) > 64 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in text):
            self.refuse(name, text, "at most 64 letters, digits, - and _", "no run")
            return ""
        return text

    def refuse_the_rest(self) -> None:
        """Whatever nobody has asked for is no parameter of this page."""
        unknown = list(self.query.items())
        for name, text in unknown[:UNKNOWN_NAMED]:
            self.notices.append(
                f"{_short(name)}={_short(text)} was left out: this page has no such parameter."
            )
        if len(unknown) > UNKNOWN_NAMED:
            more = len(unknown) - UNKNOWN_NAMED
            self.notices.append(f"{more} more were left out: this page has no such parameters.")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
