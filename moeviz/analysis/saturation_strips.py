"""The same text at many steps of training, as strips: one a token, its first choices.

Plain values for a component; knows nothing of how they are drawn or of who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from moeviz.analysis.saturation import router_saturation, settled_from, settled_share
from moeviz.traces import Routes


def strips_plan(
    tokens: Sequence[str], routes: Sequence[Routes], layer: int, n_experts: int
) -> dict[str, Any]:
    """What the strips show of one layer.

    Args:
        routes: of the same T tokens at S steps, ascending.

    Returns:
        `tokens`, `steps`, `first` (T × S experts), `settled` (T places on `steps`), `share` (S),
        `n_experts`, `sentence`.
    """
    steps = [each.step for each in routes]
    if not steps:
        return {"tokens": [], "steps": [], "n_experts": n_experts}
    index = np.stack([each.expert_index[layer] for each in routes])
    first = index[:, :, 0]
    settled, share = settled_from(first), settled_share(first)
    return {
        "tokens": list(tokens),
        "steps": steps,
        "first": first.T.tolist(),
        "settled": settled.tolist(),
        "share": share.round(4).tolist(),
        "n_experts": n_experts,
        "sentence": _sentence(steps, share.tolist(), len(tokens))
        + _saturation(steps, router_saturation(index).tolist()),
    }


def _sentence(steps: Sequence[int], share: Sequence[float], n_tokens: int) -> str:
    """When half of the tokens had their expert for good, in words."""
    if len(steps) < 2:
        return "One step is kept: train on, then there is something to compare."
    until, before = f"step {steps[-1]:,}", share[-2]
    unmoved = f"{100 * before:.0f}\u202f% did not change from step {steps[-2]:,} to {until}"
    if before < 0.5:
        return f"The router has not made up its mind: only {unmoved}."
    half = next(place for place, part in enumerate(share) if part >= 0.5)
    return (
        f"Half of the {n_tokens} tokens keep their first choice from step {steps[half]:,} on; "
        f"{unmoved}."
    )


def _saturation(steps: Sequence[int], saturation: Sequence[float]) -> str:
    """How far all k choices were the last step's, first and last but one, in words."""
    if len(steps) < 3:
        return ""
    first, before = (f"{100 * part:.0f}\u202f%" for part in (saturation[0], saturation[-2]))
    return (
        f" Router saturation, the part of a step's choices that are the last step's too, was "
        f"{first} at step {steps[0]:,} and {before} at step {steps[-2]:,}."
    )
