"""What models that differ in their capacity factor alone learnt, on the same steps and batches.

Knows histories; knows nothing of engines or of how they are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from moeviz.analysis.capacity import half_width
from moeviz.records import WINDOW_STEPS, RunHistory

DROPLESS = "dropless"


@dataclass(frozen=True, slots=True)
class TrainedAt:
    """One arm over the last WINDOW_STEPS steps that all arms have.

    Attributes:
        cross_entropy: mean, nats per token. held_out: at the last evaluation, mean over domains.
        above_dropless, half_width: mean difference on the same batches, and the half width of its
            95 % interval over the steps; NaN without a dropless arm.
        entropy, max_violation: of the router's load, before drops, mean over layers.
        highest_processed: the highest load that an expert of any layer computes, in even shares.
        dropped: share of the assignments, mean over layers.
    """

    name: str
    step: int
    cross_entropy: float
    held_out: float
    above_dropless: float
    half_width: float
    entropy: float
    max_violation: float
    highest_processed: float
    dropped: float


def trained_at(histories: Mapping[str, RunHistory]) -> tuple[TrainedAt, ...]:
    """One line an arm, in their order; none before every arm has a step."""
    last = min((len(history) for history in histories.values()), default=0)
    if last == 0:
        return ()
    window = slice(max(0, last - WINDOW_STEPS), last)
    losses = {name: history["cross_entropy"][window] for name, history in histories.items()}
    return tuple(_trained_at(name, history, losses, last) for name, history in histories.items())


def _trained_at(
    name: str, history: RunHistory, losses: Mapping[str, np.ndarray], last: int
) -> TrainedAt:
    above = np.empty(0)
    if DROPLESS in losses and name != DROPLESS:
        above = losses[name].astype(float) - losses[DROPLESS]
    computed = history["window_processed_load"][last - 1]
    return TrainedAt(
        name=name,
        step=last,
        cross_entropy=float(losses[name].mean()),
        held_out=_last_held_out(history["held_out_cross_entropy"][:last]),
        above_dropless=float(above.mean()) if len(above) else math.nan,
        half_width=half_width(above),
        entropy=float(history["normalised_entropy"][last - 1].mean()),
        max_violation=float(history["max_violation"][last - 1].mean()),
        highest_processed=float(computed.max() * computed.shape[-1]),
        dropped=float(history["dropped_fraction"][last - 1].mean()),
    )


def _last_held_out(values: np.ndarray) -> float:
    measured = values[np.isfinite(values).all(axis=1)]
    return float(measured[-1].mean()) if len(measured) else math.nan
