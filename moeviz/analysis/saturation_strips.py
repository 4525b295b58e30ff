"""The same text at many steps of training, as strips: one per token, its experts of preference 0.

Plain values for a component; knows nothing of how they are drawn or of who reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moeviz.analysis.saturation import router_saturation, settled_from, settled_share
from moeviz.texts import say_from
from moeviz.traces import Routes, first_experts

say = say_from(__file__)


def strips_plan(
    tokens: Sequence[str], routes: Sequence[Routes], layer: int, n_experts: int
) -> dict[str, Any]:
    """What the strips show of one layer.

    Args:
        routes: of the same T tokens at several steps, ascending.

    Returns:
        `tokens`, `steps`, `first` (an expert for each token and step), `settled` (for each token a
        place on `steps`), `share` (for each step), `n_experts`, `sentence`.
    """
    steps = [each.step for each in routes]
    if not steps:
        return {"tokens": [], "steps": [], "n_experts": n_experts}
    lists = [each.layers[layer] for each in routes]
    first = first_experts(lists)
    settled, share = settled_from(first), settled_share(first)
    return {
        "tokens": list(tokens),
        "steps": steps,
        "first": first.T.tolist(),
        "settled": settled.tolist(),
        "share": share.round(4).tolist(),
        "n_experts": n_experts,
        "sentence": _sentence(steps, share.tolist(), len(tokens))
        + _saturation(steps, router_saturation(lists).tolist()),
    }


def _sentence(steps: Sequence[int], share: Sequence[float], n_tokens: int) -> str:
    """When half of the tokens had their expert for good, in words."""
    if len(steps) < 2:
        return say("one")
    unmoved = {"before": f"{steps[-2]:,}", "last": f"{steps[-1]:,}", "unmoved": _percent(share[-2])}
    if share[-2] < 0.5:
        return say("unsettled", **unmoved)
    half = next(place for place, part in enumerate(share) if part >= 0.5)
    return say("settled", tokens=n_tokens, half=f"{steps[half]:,}", **unmoved)


def _saturation(steps: Sequence[int], saturation: Sequence[float]) -> str:
    """How many assignments of the first step and the last but one are the last step's, in words."""
    if len(steps) < 3:
        return ""
    return say(
        "saturation",
        first=f"{steps[0]:,}",
        first_share=_percent(saturation[0]),
        before=f"{steps[-2]:,}",
        before_share=_percent(saturation[-2]),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%"
