"""What is happening in a run, in plain words for each model, computed from its records.

Experts and layers are numbered from 0, as in the model's own tensors. Knows nothing of how words
are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from moeviz.config import KNOBS, ArmConfig
from moeviz.records import COLLAPSE_ENTROPY, WINDOW_STEPS, RunHistory
from moeviz.routing.balancers import BALANCERS
from moeviz.texts import say_from

BALANCED_ENTROPY = 0.95
"""From this normalised entropy of the load on, a layer is called balanced."""

MAX_NAMED = 3
"""At most this number of experts are named; more are counted."""

Verdict = Literal["dense", "early", "collapsed", "uneven", "balanced"]

say = say_from(__file__)


@dataclass(frozen=True, slots=True)
class Narration:
    """How a model does: one verdict for all of it, and a sentence about one of its layers.

    Attributes:
        verdict: the least even layer's, whichever layer the sentence is about.
        heading: the verdict in words; it names the layers that it holds for where others do better.
        since: the first step of the stretch that the verdict holds for.
        layer: the layer that the sentence is about. spread: experts that an even load of the same
            entropy would use, exp(H): E when even, 1 when one expert gets all (k = 1).
    """

    verdict: Verdict
    heading: str
    sentence: str
    since: int = 0
    layer: int = 0
    spread: float = 0.0


def narrate(arm: ArmConfig, history: RunHistory, layer: int | None = None) -> Narration:
    """The words for a model with at least one record, from its whole history.

    Args:
        layer: what the sentence is about. None: the least even layer.
    """
    if arm.model.is_dense:
        return Narration("dense", say("dense.heading"), say("dense.sentence"))
    if len(history) < WINDOW_STEPS:
        words = say("early.sentence", steps=WINDOW_STEPS)
        return Narration("early", say("early.heading"), words)
    # Layers first, for memory in their order: across them it is ten times as slow.
    by_layer = np.ascontiguousarray(history["normalised_entropy"].T)
    verdict, since = _standing(by_layer.min(axis=0), history["step"])
    now = _kinds(by_layer[:, -1])
    dropped = history["dropped_fraction"][-1]
    most_drops = int(np.argmax(dropped)) if layer is None else layer
    if layer is None:
        layer = int(np.argmin(by_layer[:, -1]))
    own = _VERDICTS[now[layer]]
    load = history["window_load"][-1, layer]
    dead = int(history["dead_experts"][-1, layer])
    sentence = f"{_SHARES[own](arm, load, layer)}{_starved(dead, len(load))}. "
    sentence += _reason(own, arm) + _recovers(arm, by_layer[layer, WINDOW_STEPS - 1 :])
    return Narration(
        verdict,
        say(f"heading.{verdict}", since=f"{since:,}") + _where(now),
        sentence + _dropped(arm, dropped, most_drops),
        since,
        layer,
        float(len(load) ** history["normalised_entropy"][-1, layer]),
    )


def _standing(lowest: NDArray[Any], steps: NDArray[Any]) -> tuple[Verdict, int]:
    """The verdict of the last step, and the first step of its unbroken stretch.

    Nothing is judged before a window is full: the first batches of a balanced run look collapsed.
    """
    kinds = _kinds(lowest)
    others = np.flatnonzero(kinds != kinds[-1])
    first = max(int(others[-1]) + 1 if len(others) else 0, WINDOW_STEPS - 1)
    return _VERDICTS[kinds[-1]], int(steps[first])


_VERDICTS: tuple[Verdict, ...] = ("collapsed", "uneven", "balanced")
"""The worst first."""


def _kinds(entropies: NDArray[Any]) -> NDArray[Any]:
    """The place of each entropy's verdict among `_VERDICTS`."""
    return (entropies >= COLLAPSE_ENTROPY).astype(int) + (entropies >= BALANCED_ENTROPY)


def _where(kinds: NDArray[Any]) -> str:
    """The layers that the worst verdict holds for; "" where it holds for all.

    Now: a layer can have recovered while another one collapsed.
    """
    worst = np.flatnonzero(kinds == kinds.min())
    if len(worst) == len(kinds):
        return ""
    if len(worst) == 1:
        return say("where.layer", layer=worst[0])
    return say("where.layers", count=len(worst), all=len(kinds))


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
    if not any(getattr(arm.balance, name) > 0 for name in method.knobs):
        strength = ", ".join(f"{KNOBS[name].symbol} = 0" for name in method.knobs)
        return say("why.powerless", acts=method.acts, strength=strength)
    given = {} if verdict == "collapsed" else {"pushes": method.pushes}
    return say(f"why.{verdict}", acts=method.acts, **given)


def _recovers(arm: ArmConfig, entropies: NDArray[Any]) -> str:
    """What speeds up a layer's recovery by the loss, while it is uneven after a collapse."""
    collapsed = np.flatnonzero(entropies < COLLAPSE_ENTROPY)
    after = entropies[collapsed[-1] + 1 :] if len(collapsed) else collapsed
    by_loss = "aux_coefficient" in BALANCERS[arm.balance.balancer].knobs
    acts = by_loss and arm.balance.aux_coefficient > 0
    uneven = len(after) > 0 and after.max() < BALANCED_ENTROPY
    return say("why.recovers") if acts and uneven else ""


def _routed(arm: ArmConfig) -> str:
    """What is routed: with k = 1 an assignment is a token."""
    return say("routed.tokens" if arm.routing.top_k == 1 else "routed.assignments")


def _dropped(arm: ArmConfig, dropped: NDArray[Any], layer: int) -> str:
    """What a model with a capacity limit drops; the mean of a window outlasts a limit taken off."""
    share = float(dropped[layer])
    if arm.routing.capacity_factor is None or share < 0.005:
        return ""
    return say("dropped.sentence", layer=layer, share=f"{share:.0%}", routed=_routed(arm))
