"""Colours: of experts, models, components and years, ramps for loads. Knows nothing of pictures.

The ramps are computed in OKLCH, where equal steps look equal (Ottosson 2020,
https://bottosson.github.io/posts/oklab/).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence

CATEGORICAL = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#999999",
    "#882255",
    "#44AA99",
)
"""Okabe and Ito's colours and two of Tol's: distinguishable with any common colour blindness."""

ARM_COLOURS = ("#3B82C4", "#C2571A", "#7A7F87", "#8E5BB5")
"""One for each arm of a run; at least 3:1 against white and against the dark page."""

DROPPED_COLOUR, PADDING_COLOUR = ARM_COLOURS[1], ARM_COLOURS[2]

COMPONENT_COLOURS: Mapping[str, str] = {
    "embedding": "#7A7F87",
    "attention": "#3B82C4",
    "attention_projections": "#3B82C4",
    "attention_products": "#1F5E96",
    "router": "#B58900",
    "routed_experts": "#C2571A",
    "shared_experts": "#A8327D",
    "dense_ffn": "#8E5BB5",
    "norms": "#6E8B1F",
    "lm_head": "#56608F",
    "other": "#9A6A55",
    "kv_cache": "#2E8B6F",
    "state": "#1B8492",
    "reserved": "#7A7F87",
    "weights": "#3B82C4",
    "gradients": "#B58900",
    "master weights": "#8E5BB5",
    "moments": "#A8327D",
}
"""White words stand on each of them, and each stands on both pages."""

BORDER, MOST_BORDERED = 1.8, 3

_RAMP_LIGHTNESS = (0.58, 0.65, 0.51)
_RAMP_CHROMA = 0.13


def arm_colour(arm: int) -> str:
    """An arm's colour in every row."""
    return ARM_COLOURS[arm % len(ARM_COLOURS)]


@functools.cache
def line_borders(lines: int) -> list[float]:
    """By how many pixels each of n lines is wider than the next one.

    Arms of one seed start equal: the line drawn first shows on both sides of the line above it.
    Many lines would be all border.
    """
    return [BORDER * (lines - 1 - i) if lines <= MOST_BORDERED else 0.0 for i in range(lines)]


def expert_colours(n_experts: int) -> tuple[str, ...]:
    """One colour for each expert: `CATEGORICAL`, then hue along a ramp.

    The ramp goes once round the circle; lightness alternates, so that neighbours differ even where
    64 experts leave less than 7° of hue between them.
    """
    more = max(0, n_experts - len(CATEGORICAL))
    ramp = (
        oklch_to_hex(_RAMP_LIGHTNESS[i % 3], _RAMP_CHROMA, 360 * i / more + 20) for i in range(more)
    )
    return (*CATEGORICAL[:n_experts], *ramp)


def oklch_to_hex(lightness: float, chroma: float, hue_degrees: float) -> str:
    """An sRGB colour of that look; chroma is lowered until the colour exists in sRGB."""
    while True:
        rgb = _oklch_to_linear(lightness, chroma, math.radians(hue_degrees))
        if chroma == 0 or all(-1e-4 <= channel <= 1 + 1e-4 for channel in rgb):
            return "#" + "".join(f"{_encode(channel):02X}" for channel in rgb)
        chroma = max(0.0, chroma - 0.005)


def year_colour(year: int, years: Sequence[int]) -> str:
    """From light gold over red to dark violet: later years are darker, also without colour."""
    part = years.index(year) / max(1, len(years) - 1)
    return oklch_to_hex(0.84 - 0.44 * part, 0.14, 90 - 150 * part)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _oklch_to_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        +4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )


def _encode(channel: float) -> int:
    """Linear light to an sRGB byte."""
    value = min(1.0, max(0.0, channel))
    encoded = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(255 * encoded)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@functools.cache
def load_ramp(dark: bool = False) -> tuple[tuple[float, str], ...]:
    """A colour scale for loads: stops at squares, so that colour grows with the square root.

    An even share of a few per cent and a collapse to 100 % are then both distinct from zero.
    From the page's own tone at 0 towards the strongest tone at 1; one hue, monotone lightness.
    """
    nothing, most = (0.24, 0.93) if dark else (0.97, 0.33)
    parts = [i / 8 for i in range(9)]
    return tuple(
        (t * t, oklch_to_hex(nothing + (most - nothing) * t, 0.13 * min(1.0, 2 * t), 250 - 20 * t))
        for t in parts
    )
