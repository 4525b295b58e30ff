"""The word for how a model's load stands: collapsed, uneven or balanced. Decided here alone.

A layer is collapsed once its entropy above collapse h falls below COLLAPSED_BELOW, until h is above
COLLAPSED_UNTIL. It is balanced once MaxVio is at most BALANCED_UP_TO, h at least EVEN_FROM and no
expert is dead, until MaxVio reaches BALANCED_UNTIL, h falls below EVEN_UNTIL or an expert is dead.
In between it is uneven. The two borders of a word lie apart, so that a load near one of them does
not change its word with every batch.

Nothing is judged before the load window is full: the first batches of a balanced run look
collapsed. Knows records; knows nothing of how a word is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from moeviz.records import WINDOW_STEPS, RunHistory, StepSnapshot

COLLAPSED_BELOW, COLLAPSED_UNTIL = 0.6, 0.65
"""Of the entropy above collapse h: 0 when the same k experts get every token, 1 when even."""

BALANCED_UP_TO, BALANCED_UNTIL = 0.8, 1.0
"""Of MaxVio: how far the busiest expert is above an even share, in even shares. At 1 it has two.

Measured by `benchmarks/verdicts.py`, which takes other borders too: with `--balanced 0.5 0.7` it
prints how much less often healthy runs are balanced.
"""

EVEN_FROM, EVEN_UNTIL = 0.93, 0.9
"""Of h, for balanced: MaxVio alone denies the word to nothing where k is large, for it is at most
E/k − 1. At E = 8, k = 4 without load balancing it stays below 0.8 while h is 0.83 to 0.95.
"""

Verdict = Literal["collapsed", "uneven", "balanced", "all_experts", "early", "dense"]
"""The last three are no judgement: k = E, the load window is not full, there is no router."""

VERDICTS: tuple[Verdict, ...] = (
    "collapsed", "uneven", "balanced", "all_experts", "early", "dense",
)  # fmt: skip
"""Where layers differ, a model has the first of their verdicts."""

_COLLAPSED, _UNEVEN, _BALANCED, _ALL_EXPERTS, _EARLY, _DENSE = range(len(VERDICTS))
_MEASURES = ("step", "window_load", "entropy_above_collapse", "max_violation", "dead_experts")
_MOST_DIGITS = 5

Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a model stands after its last step.

    Attributes:
        verdict: the worst of its layers'. since: the first step of the stretch that it holds for.
        layers: each layer's own. layers_since: the first steps of their stretches.
        before: the one that a layer had before that; its own if none.
        worst: of the layers with the model's verdict, that of lowest h.
    """

    verdict: Verdict
    since: int
    layers: tuple[Verdict, ...]
    layers_since: tuple[int, ...]
    before: tuple[Verdict, ...]
    worst: int


def standing(history: RunHistory) -> Standing:
    """How the model of a history with at least one record stands, judged from all of it."""
    codes = _codes(history.columns)
    model, now = codes.min(axis=0), codes[:, -1]
    steps = history["step"]
    lowest = np.where(now == model[-1], history["entropy_above_collapse"][-1], np.inf)
    return Standing(
        VERDICTS[model[-1]],
        _since(model, steps),
        tuple(VERDICTS[code] for code in now),
        tuple(_since(own, steps) for own in codes),
        tuple(VERDICTS[_before(own)] for own in codes),
        int(np.argmin(lowest)),
    )


def _since(codes: Codes, steps: NDArray[Any]) -> int:
    """The first step of the stretch of equal codes at the end."""
    others = np.flatnonzero(codes != codes[-1])
    return int(steps[int(others[-1]) + 1 if len(others) else 0])


def _before(codes: Codes) -> int:
    """The last code that differs from the one at the end; that one if none does."""
    others = codes[codes != codes[-1]]
    return int(others[-1] if len(others) else codes[-1])


def verdict_column(
    history: RunHistory, balanced: tuple[float, float] = (BALANCED_UP_TO, BALANCED_UNTIL)
) -> NDArray[np.str_]:
    """Each layer's verdict after each step, (steps, L) words; also with other borders of MaxVio."""
    return np.array(VERDICTS)[_codes(history.columns, balanced=balanced).T]


def first_collapse(history: RunHistory) -> int | None:
    """The first step after which some layer was collapsed."""
    fallen = np.flatnonzero((_codes(history.columns) == _COLLAPSED).any(axis=0))
    return int(history["step"][fallen[0]]) if len(fallen) else None


def verdicts_after(before: Sequence[Verdict], snapshot: StepSnapshot) -> tuple[Verdict, ...]:
    """Each layer's verdict after one more step, from those before it; () before the first."""
    columns = {name: np.asarray(getattr(snapshot, name))[None] for name in _MEASURES}
    held = np.array([VERDICTS.index(each) for each in before], np.int8) if before else None
    return tuple(VERDICTS[code] for code in _codes(columns, held)[:, 0])


def in_figures(value: float, *borders: float, digits: int = 2) -> str:
    """The value to two decimals, or to as many more as put it on its own side of the borders.

    So the number that stands beside a word never contradicts it.

    Args:
        digits: decimals where the borders are far.
    """
    texts = [f"{value:.{each}f}" for each in range(digits, _MOST_DIGITS + 1)]
    sides = np.sign(np.subtract(value, borders))
    agree = (text for text in texts if (np.sign(np.subtract(float(text), borders)) == sides).all())
    return next(agree, texts[-1])


def _codes(
    columns: Mapping[str, NDArray[Any]],
    before: Codes | None = None,
    balanced: tuple[float, float] = (BALANCED_UP_TO, BALANCED_UNTIL),
) -> Codes:
    """The place of each layer's verdict among VERDICTS at each step: (L, steps).

    Args:
        before: (L,) those of the step before the first.
        balanced: the two borders of MaxVio.
    """
    up_to, until = balanced
    # Layers first, for memory in their order: across them it is ten times as slow.
    h, max_violation, dead = (np.ascontiguousarray(columns[name].T) for name in _MEASURES[2:])
    before = np.full(len(h), _EARLY, np.int8) if before is None else before
    if columns["window_load"].shape[-1] == 0:
        return np.full(h.shape, _DENSE, np.int8)
    early, no_word = columns["step"] < WINDOW_STEPS, np.isnan(h)
    collapsed = _switched(
        on=~early & (h < COLLAPSED_BELOW),
        off=no_word | (h > COLLAPSED_UNTIL),
        before=before == _COLLAPSED,
    )
    hindered = no_word | collapsed | (dead > 0)
    even = _switched(
        on=~early & ~hindered & (max_violation <= up_to) & (h >= EVEN_FROM),
        off=hindered | (max_violation >= until) | (h < EVEN_UNTIL),
        before=before == _BALANCED,
    )
    codes = np.full(h.shape, _UNEVEN, np.int8)
    codes[even], codes[collapsed], codes[no_word] = _BALANCED, _COLLAPSED, _ALL_EXPERTS
    codes[:, early] = _EARLY
    return codes


def _switched(on: NDArray[Any], off: NDArray[Any], before: NDArray[Any]) -> NDArray[Any]:
    """Whether a switch of each layer is on at each step, (L, steps): it stays as it was last put.

    Args:
        on, off: (L, steps) where it is put on or off; never both.
        before: (L,) whether it was on before the first step.
    """
    put = np.concatenate([before[:, None], on], axis=1)
    places = np.arange(put.size, dtype=np.int32).reshape(put.shape)
    places[:, 1:] *= on | off
    last = np.maximum.accumulate(places, axis=1)[:, 1:]
    return put.ravel().take(last)
