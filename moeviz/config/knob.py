"""What a knob is: its bounds, label and help, and how its text is read, checked and written.

A field of a configuration is declared once, by `knob`: also what the command line and the address
call it, and where its control stands. All of them, and the validation, read its `Knob`. Knows
nothing of which knobs there are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from moeviz.config.errors import ConfigError, Unquoted, length

MAX_USER_TEXT_CHARACTERS = 200_000
MIN_USER_TEXT_CHARACTERS = 500

_NUMBER = re.compile(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?", re.IGNORECASE)
"""What is read as a number: Python itself also takes digits of other scripts, blanks and `_`."""

_REFUSED: Any = object()
_OR_NONE = " or none"


def _in_full(limit: float) -> str:
    """ "1,000,000" rather than 1e+06; small and broken numbers as they are."""
    return f"{limit:,.0f}" if limit % 1 == 0 and abs(limit) < 1e15 else f"{limit:g}"


@dataclass(frozen=True, slots=True)
class Knob:
    """The description of one configuration field.

    Attributes:
        kind: "int", "float", "optional_float" (None allowed), "choice", "name" or "text".
        live: True when a running model takes the new value on its next step; False when a change
            needs a new run.
        multiple_of: for kind "int", the value must be a multiple of it.
        none_means: what None is called; `parse` takes the word too.
        steps: how a field's − and + move: "even" by `step`; "doubling" to the next power of two;
            "1-2-5" to the next of 1, 2, 5 times a power of ten.
        step: of "even" (0: `multiple_of`); of "1-2-5", where + leads from 0.
        from_none: where − and + lead from None.
        flag: of the command line; "": the name, with dashes.
        url: in an address; "": the name.
        controls: of the lab, where it stands: among the "first", among "more" or with the "model".
            "": among "more" if it is live, else with the "model". "none": it has no control, and no
            place in the address.
        order: controls show lower ones first; equal ones in the order of the table.
        formerly: an earlier name of the knob; former_values: earlier names of its values. Saved
            runs, addresses and command lines may still have them, as well as the earlier `flag` and
            `url`: former_flags, former_urls.
    """

    name: str
    kind: Literal["int", "float", "optional_float", "choice", "name", "text"]
    default: Any
    label: str
    help: str
    live: bool = False
    low: float = -math.inf
    high: float = math.inf
    multiple_of: int = 1
    choices: tuple[str, ...] = ()
    none_means: str = "none"
    steps: Literal["even", "doubling", "1-2-5"] = "even"
    step: float = 0
    from_none: float = 1.0
    flag: str = ""
    url: str = ""
    controls: Literal["", "first", "more", "model", "none"] = ""
    order: int = 100
    formerly: str = ""
    former_values: Mapping[str, Any] = field(default_factory=dict)
    former_flags: tuple[str, ...] = ()
    former_urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "flag", self.flag or "--" + self.name.replace("_", "-"))
        object.__setattr__(self, "url", self.url or self.name)
        object.__setattr__(self, "controls", self.controls or ("more" if self.live else "model"))

    @property
    def called(self) -> frozenset[str]:
        """Its names everywhere, of today and of earlier versions: no other knob may have them."""
        names = (self.name, self.flag, self.url, self.formerly or self.name)
        return frozenset({*names, *self.former_flags, *self.former_urls})

    @property
    def bound(self) -> str:
        """The accepted values in words, as error messages print them."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "name":
            return "a name of lower-case letters, digits and underscores"
        if self.kind == "text":
            low, high = MIN_USER_TEXT_CHARACTERS, MAX_USER_TEXT_CHARACTERS
            return f"{low:,} to {high:,} characters long, or empty"
        kind = "a whole number" if self.kind == "int" else "a number"
        words = f"{kind} from {_in_full(self.low)} to {_in_full(self.high)}"
        if self.multiple_of > 1:
            words += f", a multiple of {self.multiple_of}"
        return words + (_OR_NONE if self.kind == "optional_float" else "")

    @property
    def tooltip(self) -> str:
        """What the knob does, then its range; a control with choices shows those itself."""
        if self.kind in ("choice", "name"):
            return self.help
        range_ = self.bound.removesuffix(_OR_NONE)
        empty = f", or empty: {self.none_means}" if range_ != self.bound else ""
        return f"{self.help} {range_[0].upper()}{range_[1:]}{empty}.".strip()

    @property
    def symbol(self) -> str:
        """The symbol that ends the label: "α" of "Balance coefficient α"."""
        return self.label.split()[-1]

    def present(self, value: Any) -> Any:
        """The value by the name that it has today."""
        return self.former_values.get(value, value) if isinstance(value, str) else value

    def check(self, value: object) -> Any:
        """Return the value in its own type, or raise ConfigError."""
        value = self.present(value)
        accepted = getattr(self, f"_check_{self.kind}")(value)
        if accepted is _REFUSED:
            raise ConfigError(self.name, self._shown(value), self.bound)
        return accepted

    def _shown(self, value: object) -> object:
        """What a refusal says it got: of a text that is too short or too long, its length."""
        too = self.kind == "text" and isinstance(value, str)
        return length(len(value), "character") if too else value  # type: ignore[arg-type]

    def parse(self, text: str) -> Any:
        """Read the value from URL or command-line text, or raise ConfigError."""
        stripped = text.strip()
        if self.kind == "optional_float" and stripped.lower() in ("none", self.none_means.lower()):
            return None
        if self.kind in ("choice", "name", "text"):
            return self.check(stripped)
        try:
            if not _NUMBER.fullmatch(text):
                raise ValueError
            number = int(text) if self.kind == "int" else float(text)
        except (ValueError, OverflowError):
            raise ConfigError(self.name, text, self.bound) from None
        try:
            return self.check(number)
        except ConfigError:
            raise ConfigError(self.name, Unquoted(text), self.bound) from None

    def equation(self, shown: object) -> str:
        """The knob and a value of it, as marks and names of runs say them."""
        return f"{self.label} = {self.none_means if shown is None else shown}"

    def format(self, value: object) -> str:
        """The text that `parse` reads back to the same value."""
        if value is None:
            return "none"
        return repr(float(value)) if "float" in self.kind else str(value)  # type: ignore[arg-type]

    def _check_int(self, value: object) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            return _REFUSED
        inside = self.low <= value <= self.high and value % self.multiple_of == 0
        return value if inside else _REFUSED

    def _check_float(self, value: object) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _REFUSED
        inside = math.isfinite(value) and self.low <= value <= self.high
        return float(value) if inside else _REFUSED

    def _check_optional_float(self, value: object) -> Any:
        return None if value is None else self._check_float(value)

    def _check_choice(self, value: object) -> Any:
        return value if isinstance(value, str) and value in self.choices else _REFUSED

    def _check_name(self, value: object) -> Any:
        plain = isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value)
        return value if plain else _REFUSED

    def _check_text(self, value: object) -> Any:
        if not isinstance(value, str):
            return _REFUSED
        inside = MIN_USER_TEXT_CHARACTERS <= len(value) <= MAX_USER_TEXT_CHARACTERS
        return value if inside or value == "" else _REFUSED


def knob(kind: str, default: Any, label: str, help: str, **more: Any) -> Any:
    """The declaration of a dataclass field whose metadata are the attributes of its `Knob`."""
    return field(default=default, metadata={"kind": kind, "label": label, "help": help, **more})
