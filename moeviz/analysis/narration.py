"""What is happening in a run, in plain words for each model, computed from its records.

Experts and layers are numbered from 0, as in the model's own tensors. Knows nothing of how words
are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from moeviz.config import ArmConfig
from moeviz.records import COLLAPSE_ENTROPY, WINDOW_STEPS, RunHistory
from moeviz.routing.balancing import BALANCING_METHODS

BALANCED_ENTROPY = 0.95
"""From this normalised entropy of the load on, a layer is called balanced."""

MAX_NAMED = 3
"""At most this number of experts are named; more are counted."""

Verdict = Literal["dense", "early", "collapsed", "uneven", "balanced"]

_HEADINGS: dict[Verdict, str] = {
    "collapsed": "Collapsed since step {since:,}",
    "uneven": "Uneven since step {since:,}",
    "balanced": "Balanced since step {since:,}",
}


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
        return Narration(
            "dense", "No router", "Every token uses the whole network: nothing is routed."
        )
    if len(history) < WINDOW_STEPS:
        steps = WINDOW_STEPS
        words = f"The load is averaged over {steps} steps: it is judged from step {steps} on."
        return Narration("early", "First steps", words)
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
    sentence += _REASONS[own](arm)
    return Narration(
        verdict,
        _HEADINGS[verdict].format(since=since) + _where(now),
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
    named = f"layer {worst[0]}" if len(worst) == 1 else f"{len(worst)} of {len(kinds)} layers"
    return f", now in {named}"


def _collapsed(arm: ArmConfig, load: NDArray[Any], layer: int) -> str:
    """About the k busiest experts: at total collapse they get everything."""
    k = arm.routing.top_k
    busiest = np.argsort(-load)[:k]
    share = f"{load[busiest].sum():.0%} of layer {layer}'s {_routed(arm)}"
    if k == 1:
        return f"Expert {busiest[0]} gets {share} and learns from them"
    return f"{_experts(sorted(busiest))} get {share} and learn from them"


def _experts(numbers: list[int]) -> str:
    if len(numbers) > MAX_NAMED:
        return f"The {len(numbers)} busiest experts"
    return f"Experts {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _uneven(arm: ArmConfig, load: NDArray[Any], layer: int) -> str:
    busiest = int(np.argmax(load))
    times = load[busiest] * len(load)
    return (
        f"Expert {busiest} gets {load[busiest]:.0%} of layer {layer}'s {_routed(arm)}, "
        f"{times:.1f} times an even share"
    )


def _balanced(arm: ArmConfig, load: NDArray[Any], layer: int) -> str:
    low, high = f"{load.min():.0%}", f"{load.max():.0%}"
    shares = f"about {low}" if low == high else f"between {low} and {high}"
    return f"Each expert of layer {layer} gets {shares} of the {_routed(arm)}"


_SHARES = {"collapsed": _collapsed, "uneven": _uneven, "balanced": _balanced}


def _starved(dead: int, n_experts: int) -> str:
    if not dead:
        return ""
    verbs = ("gets", "learns") if dead == 1 else ("get", "learn")
    return f"; {dead} of {n_experts} {verbs[0]} almost none and hardly {verbs[1]}"


_METHODS = {"switch_loss": "Load balancing", "loss_free_bias": "The selection bias"}
_PUSHES = {
    "switch_loss": "the load-balancing loss pushes the router away from crowded experts",
    "loss_free_bias": "the selection bias lowers crowded experts and raises idle ones",
}


def _why_collapsed(arm: ArmConfig) -> str:
    if _balances(arm):
        return f"{_METHODS[arm.balance.method]} is on and pushes the router to the other experts."
    return _powerless(arm) or "Nothing pushes the router to use the others."


def _why_uneven(arm: ArmConfig) -> str:
    if _balances(arm):
        return f"{_METHODS[arm.balance.method]} is on: {_PUSHES[arm.balance.method]}."
    return _powerless(arm) or "Load balancing is off: nothing evens this out."


def _why_balanced(arm: ArmConfig) -> str:
    if _balances(arm):
        pushes = _PUSHES[arm.balance.method]
        return f"{pushes[:1].upper()}{pushes[1:]}."
    return _powerless(arm) or (
        "Load balancing is off; experts that have learned different things often keep their tokens."
    )


def _powerless(arm: ArmConfig) -> str:
    """Of a method that is on without any strength; "" where none is on."""
    strength = {"switch_loss": "α = 0", "loss_free_bias": "u = 0"}.get(arm.balance.method)
    if strength is None:
        return ""
    return f"{_METHODS[arm.balance.method]} is on, but with {strength} it pushes nothing."


_REASONS = {"collapsed": _why_collapsed, "uneven": _why_uneven, "balanced": _why_balanced}


def _balances(arm: ArmConfig) -> bool:
    """Whether something pushes towards an even load: a method with a strength above 0."""
    knobs = BALANCING_METHODS[arm.balance.method].knobs
    return any(getattr(arm.balance, name) > 0 for name in knobs)


def _routed(arm: ArmConfig) -> str:
    """What is routed: with k = 1 an assignment is a token."""
    return "tokens" if arm.routing.top_k == 1 else "assignments"


def _dropped(arm: ArmConfig, dropped: NDArray[Any], layer: int) -> str:
    share = float(dropped[layer])
    if share < 0.005:
        return ""
    return f" Layer {layer} drops {share:.0%} of its {_routed(arm)}: their experts are full."
