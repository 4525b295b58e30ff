"""Large numbers for people: three significant digits and a unit; exact ones with separators.

The only place where a count is rounded. Knows nothing of what is counted.
"""

from __future__ import annotations

import math

from moeviz.accounting.terms import Exact, simplified

_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_COUNTS = ("", "K", "M", "B", "T", "Q")
NO_BREAK = "\u00a0"
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def count(value: float) -> str:
    """46,702,792,704 → "46.7 B", as models are named; below a thousand as it is."""
    return _scaled(value, _COUNTS, 1000, "")


def exact(value: int) -> str:
    """46,702,792,704 with separators."""
    return f"{value:,}"


def number(value: Exact) -> str:
    """A whole number in full; a fraction to a tenth where it is large, else to six digits."""
    whole = simplified(value)
    if isinstance(whole, int):
        return exact(whole)
    return f"{float(whole):,.1f}" if abs(whole) >= 1000 else f"{float(whole):.6g}"


def plain(value: Exact) -> int | float:
    """For a file or a picture: a whole number as it is, a fraction as the nearest float."""
    whole = simplified(value)
    return whole if isinstance(whole, int) else float(whole)


def operations(value: float) -> str:
    """Floating-point operations: "25.5 GFLOP"; of trainings as papers write them: "10²⁴"."""
    if not 1e21 <= value < math.inf:
        return _scaled(value, _PREFIXES, 1000, "FLOP")
    digits, _, power = f"{value:.2e}".partition("e+")
    return f"{digits}{NO_BREAK}×{NO_BREAK}{power_of_ten(int(power))}{NO_BREAK}FLOP"


def power_of_ten(power: int) -> str:
    """ "10²⁴"."""
    return f"10{str(power).translate(_SUPERSCRIPTS)}"


def rate(value: float, what: str) -> str:
    """A rate: "989 TFLOP/s", "3.35 TB/s"."""
    return _scaled(value, _PREFIXES, 1000, f"{what}/s")


def size(n_bytes: float) -> str:
    """Bytes in powers of ten: "93.4 GB"."""
    return _scaled(n_bytes, _PREFIXES, 1000, "B")


def seconds(value: float) -> str:
    """ "7.62 ms", "1.2 s"; long times in days and years."""
    for unit, length in (("years", 365.25 * 86_400), ("days", 86_400.0), ("h", 3600.0)):
        if value >= 2 * length:
            return f"{_digits(value / length)}{NO_BREAK}{unit}"
    if value == 0 or value >= 0.9995:
        return f"{_digits(value)}{NO_BREAK}s"
    for unit, length in (("ms", 1e-3), ("µs", 1e-6)):
        if value >= 0.9995 * length:
            return f"{_digits(value / length)}{NO_BREAK}{unit}"
    return f"{_digits(value / 1e-9)}{NO_BREAK}ns"


def ratio(value: float) -> str:
    """ "3.63×"."""
    return f"{_digits(value)}×"


def percent(part: float, signed: bool = False) -> str:
    """0.0153 → "1.53 %"."""
    sign = "+" if signed and part > 0 else ""
    return f"{sign}{_digits(100 * part)}{NO_BREAK}%"


def with_unit(title: str, unit: str) -> str:
    """ "Bytes of a step (B)": a column's title where its numbers stand alone."""
    return f"{title} ({unit})" if unit else title


def _scaled(value: float, prefixes: tuple[str, ...], step: int, unit: str) -> str:
    if not math.isfinite(value):
        return "∞"
    power, scaled = 0, float(value)
    while abs(float(f"{scaled:.3g}")) >= step and power < len(prefixes) - 1:
        power, scaled = power + 1, value / step ** (power + 1)
    number = f"{value:,}" if power == 0 and isinstance(value, int) else _digits(scaled)
    suffix = prefixes[power] + unit
    return f"{number}{NO_BREAK}{suffix}" if suffix else number


def _digits(value: float) -> str:
    """Three significant digits without an exponent, and all digits before the point."""
    rounded = float(f"{value:.3g}")
    if rounded == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(abs(rounded))))
    if decimals > 6:
        return f"{rounded:.2e}"
    return f"{rounded:,.{decimals}f}" if abs(value) < 1000 else f"{round(value):,}"
