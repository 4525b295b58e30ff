"""What is happening in a run, in plain words for each model, computed from its records.

Experts and layers are numbered from 0, as in the model's own tensors. Knows nothing of how words
are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.analysis.verdict import (
    BALANCED_UNTIL,
    BALANCED_UP_TO,
    COLLAPSED_BELOW,
    COLLAPSED_UNTIL,
    EVEN_FROM,
    EVEN_UNTIL,
    Standing,
    Verdict,
    in_figures,
    standing,
)
from moeviz.config import KNOBS, ArmConfig
from moeviz.records import WINDOW_STEPS, RunHistory
from moeviz.routing.balancers import BALANCERS
from moeviz.texts import say_from

MAX_NAMED = 3
"""At most this number of experts are named; more are counted."""

say = say_from(__file__)


@dataclass(frozen=True, slots=True)
class Narration:
    """How a model or one of its layers does: a verdict, and a sentence about a layer.

    Attributes:
        verdict: of the model, the least even layer's; or that of the layer that was asked about.
        heading: the verdict in words; it names the layers that it holds for where others do better.
        since: the first step of the stretch that the verdict holds for.
        layer: the layer that the sentence is about. measures: the numbers of that layer that its
            own verdict follows from, in words; effective: over how many experts its load is spread
            as; both "" where nothing is judged.
    """

    verdict: Verdict
    heading: str
    sentence: str
    since: int = 0
    layer: int = 0
    measures: str = ""
    effective: str = ""


def narrate(
    arm: ArmConfig,
    history: RunHistory,
    layer: int | None = None,
    stands: Standing | None = None,
) -> Narration:
    """The words for a model with at least one record, from its whole history.

    Args:
        layer: the one that the words are about; they then name the model's verdict where it is
            another one. None: the model, and the layer that decides its verdict.
        stands: how the model stands by that history, where it is known already.
    """
    if arm.model.is_dense:
        return Narration("dense", say("dense.heading"), say("dense.sentence"))
    stands = standing(history) if stands is None else stands
    if stands.verdict == "early":
        words = say("early.sentence", steps=WINDOW_STEPS)
        return Narration("early", say("early.heading"), words)
    dropped = history["dropped_fraction"][-1]
    verdict: Verdict
    if layer is None:
        verdict, since, where = stands.verdict, stands.since, _where(stands)
        layer, most_drops, elsewhere = stands.worst, int(np.argmax(dropped)), ""
    else:
        verdict, since, where = stands.layers[layer], stands.layers_since[layer], ""
        most_drops, elsewhere = layer, _elsewhere(stands, layer)
    return Narration(
        verdict,
        say(f"heading.{verdict}", since=f"{since:,}") + where,
        _about(arm, history, layer, stands) + _dropped(arm, dropped, most_drops) + elsewhere,
        since,
        layer,
        _measures(history, layer, stands.layers[layer]),
        _effective(arm, history, layer, stands.layers[layer]),
    )


def _elsewhere(stands: Standing, layer: int) -> str:
    """The layers that stand worse than this one; "" where none does."""
    if stands.layers[layer] == stands.verdict:
        return ""
    worst = [n for n, own in enumerate(stands.layers) if own == stands.verdict]
    verdict = say(f"word.{stands.verdict}")
    if len(worst) == 1:
        return say("elsewhere.layer", layer=worst[0], verdict=verdict)
    return say("elsewhere.layers", count=len(worst), all=len(stands.layers), verdict=verdict)


def _about(arm: ArmConfig, history: RunHistory, layer: int, stands: Standing) -> str:
    """What a layer's load is like, and why."""
    own = stands.layers[layer]
    if own == "all_experts":
        return say("share.all_experts", experts=arm.model.n_experts)
    load = history["window_load"][-1, layer]
    dead = int(history["dead_experts"][-1, layer])
    sentence = f"{_SHARES[own](arm, load, layer)}{_starved(dead, len(load))}. {_reason(own, arm)}"
    return sentence + _recovers(arm, own, stands.before[layer])


def _effective(arm: ArmConfig, history: RunHistory, layer: int, own: Verdict) -> str:
    if own == "all_experts":
        return ""
    effective = float(history["effective_experts"][-1, layer])
    return say("effective", effective=f"{effective:.1f}", experts=arm.model.n_experts)


def _measures(history: RunHistory, layer: int, own: Verdict) -> str:
    """What decides a layer's verdict, with as many decimals as agree with it."""
    if own == "all_experts":
        return ""
    columns = ("entropy_above_collapse", "max_violation")
    h, max_violation = (float(history[name][-1, layer]) for name in columns)
    return say(
        "measures",
        layer=layer,
        h=in_figures(h, COLLAPSED_BELOW, COLLAPSED_UNTIL, EVEN_UNTIL, EVEN_FROM),
        max_violation=in_figures(max_violation, BALANCED_UP_TO, BALANCED_UNTIL),
    )


def _where(stands: Standing) -> str:
    """The layers that the model's verdict holds for; "" where it holds for all.

    Now: a layer can have recovered while another one collapsed.
    """
    worst = [layer for layer, own in enumerate(stands.layers) if own == stands.verdict]
    if len(worst) == len(stands.layers):
        return ""
    if len(worst) == 1:
        return say("where.layer", layer=worst[0])
    return say("where.layers", count=len(worst), all=len(stands.layers))


def _collapsed(arm: ArmConfig, load: NDArray[Any], layer: int) -> str:
    """About the k busiest experts: at total collapse they get everything."""
    busiest = np.argsort(-load)[: arm.routing.top_k]
    about = {"share": f"{load[busiest].sum():.0%}", "layer": layer, "routed": _routed(arm)}
    if len(busiest) == 1:
        return say("share.collapsed_one", expert=busiest[0], **about)
    return say("share.collapsed_some", experts=_experts(sorted(busiest)), **about)


def _experts(numbers: list[int]) -> str:
    if len(numbers) > MAX_NAMED:
        return say("experts.many", count=len(numbers))
    return say("experts.named", first=", ".join(map(str, numbers[:-1])), last=numbers[-1])


def _uneven(arm: ArmConfig, load: NDArray[Any], layer: int) -> str:
    busiest = int(np.argmax(load))
    share, times = f"{load[busiest]:.0%}", f"{load[busiest] * len(load):.1f}"
    routed = _routed(arm)
    return say("share.uneven", expert=busiest, share=share, layer=layer, routed=routed, times=times)


def _balanced(arm: ArmConfig, load: NDArray[Any], layer: int) -> str:
    low, high = f"{load.min():.0%}", f"{load.max():.0%}"
    alike = low == high
    shares = say("share.about", share=low) if alike else say("share.between", low=low, high=high)
    return say("share.balanced", layer=layer, shares=shares, routed=_routed(arm))


_SHARES = {"collapsed": _collapsed, "uneven": _uneven, "balanced": _balanced}


def _starved(dead: int, n_experts: int) -> str:
    if not dead:
        return ""
    return say("starved.one" if dead == 1 else "starved.some", dead=dead, all=n_experts)


def _reason(verdict: Verdict, arm: ArmConfig) -> str:
    """Why the load is so: what pushes towards an even one, or that nothing does."""
    method = BALANCERS[arm.balance.balancer]
    if not method.pushes:
        return say(f"why.off.{verdict}")
    if not any(arm.balance.knobs[name] > 0 for name in method.knobs):
        strength = ", ".join(f"{KNOBS[name].symbol} = 0" for name in method.knobs)
        return say("why.powerless", acts=method.acts, strength=strength)
    given = {} if verdict == "collapsed" else {"pushes": method.pushes}
    return say(f"why.{verdict}", acts=method.acts, **given)


def _recovers(arm: ArmConfig, own: Verdict, before: Verdict) -> str:
    """What speeds up a layer's recovery by the loss, while it is uneven after a collapse."""
    by_loss = "aux_coefficient" in BALANCERS[arm.balance.balancer].knobs
    acts = by_loss and arm.balance.aux_coefficient > 0
    return say("why.recovers") if acts and (before, own) == ("collapsed", "uneven") else ""


def _routed(arm: ArmConfig) -> str:
    """What is routed: with k = 1 an assignment is a token."""
    return say("routed.tokens" if arm.routing.top_k == 1 else "routed.assignments")


def _dropped(arm: ArmConfig, dropped: NDArray[Any], layer: int) -> str:
    """What a model with a capacity limit drops; the mean of a window outlasts a limit taken off."""
    share = float(dropped[layer])
    if arm.routing.capacity_factor is None or share < 0.005:
        return ""
    return say("dropped.sentence", layer=layer, share=f"{share:.0%}", routed=_routed(arm))
