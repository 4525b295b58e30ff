"""A typed number, exactly as it was meant, or a sentence about what is wrong. Knows no question."""

from __future__ import annotations

import re
from fractions import Fraction

from moeviz.texts import say_from

say = say_from(__file__)

MAX_TYPED = 60
"""Characters; a longer answer is no number, and no field takes one."""

_SHOWN = 30
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>\d{1,3}(?:,\d{3}){1,4}|\d{1,20})?(?P<point>\.\d{0,20})?"
    r"(?:[eE](?P<power>[+-]?\d{1,2}))?(?: */ *(?P<below>\d{1,9}))?(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
_SPELLINGS = {"%": ("percent", "per cent"), "billion": ("b", "bn", "billions")}


class NoNumber(ValueError):
    """What was typed is no number in this unit; the message says it to the reader."""


def typed_number(text: str, unit: str) -> Fraction:
    """The number that was typed: "0.3", "1,024", "1e3", "1/16", with or without the unit.

    Args:
        unit: that the number is wanted in, or "".

    Raises:
        NoNumber: with a sentence for the reader.
    """
    said = " ".join(text.replace("\u2212", "-").split())
    if not said:
        raise NoNumber(say("nothing"))
    found = _NUMBER.fullmatch(said) if len(said) <= MAX_TYPED else None
    if not found or not re.search(r"\d", (found["whole"] or "") + (found["point"] or "")):
        raise NoNumber(say("no_number", typed=_quoted(said)))
    rest = found["rest"].strip()
    if re.match(r"[\d,.]", rest):
        raise NoNumber(say("separators", typed=_quoted(said)))
    if rest and rest.casefold() not in _spellings(unit):
        raise NoNumber(say("unit" if unit else "no_unit", typed=_quoted(said), **_in(unit)))
    if found["below"] and not int(found["below"]):
        raise NoNumber(say("divided"))
    return _value(found)


def _value(found: re.Match[str]) -> Fraction:
    digits = (found["whole"] or "0").replace(",", "") + (found["point"] or "").rstrip(".")
    value = Fraction(digits) * Fraction(10) ** int(found["power"] or 0)
    return (-value if found["sign"] == "-" else value) / int(found["below"] or 1)


def _spellings(unit: str) -> set[str]:
    """How the unit may be written: as it is, in the singular, by its first word."""
    written = {unit, unit.removesuffix("s"), unit.split(" ")[0], *_SPELLINGS.get(unit, ())}
    return {each.casefold() for each in written if each}


def _in(unit: str) -> dict[str, str]:
    return {"unit": unit} if unit else {}


def _quoted(text: str) -> str:
    return f"“{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}”"
