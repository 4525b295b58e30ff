"""What an experiment predicts, judged on the run itself: seen, not yet, or it did not happen.

Records in, verdicts out. Knows nothing of experiments' names or of how a verdict is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from moeviz.analysis.verdict import (
    BALANCED_UNTIL,
    BALANCED_UP_TO,
    COLLAPSED_BELOW,
    first_collapse,
    in_figures,
    standing,
)
from moeviz.records import WINDOW_STEPS, FloatArray, RunHistory

Histories = Mapping[str, RunHistory]
Outcome = Literal["seen", "not yet", "did not happen"]

_ENTROPY = "entropy above collapse"
_NOTICEABLE = 0.01
"""A difference of entropies that is visible in the bars."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome with the measured figure that decides it."""

    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """A claim in words and its check. `by_step`: when it should have happened at the latest."""

    claim: str
    by_step: int
    check: Callable[[Histories, int], Judgement]

    def verdict(self, histories: Histories) -> Judgement:
        """Judge the run so far; 'not yet' while there are no records."""
        if not histories or any(len(history) == 0 for history in histories.values()):
            return Judgement("not yet", "no step so far")
        return self.check(histories, self.by_step)


def collapses(arm: str) -> Callable[..., Judgement]:
    """Some layer collapses by the step."""

    def check(histories: Histories, by_step: int) -> Judgement:
        until = histories[arm].until(by_step)
        judged = until.since(WINDOW_STEPS - 1)
        if not len(judged):
            return _pending(histories[arm], by_step, f"fewer than {WINDOW_STEPS} steps so far")
        if np.isnan(judged["entropy_above_collapse"]).all():
            return _pending(histories[arm], by_step, "not judged with k = E")
        lowest = float(np.nanmin(judged["entropy_above_collapse"]))
        figures = f"lowest {_ENTROPY} {in_figures(lowest, COLLAPSED_BELOW)}"
        step = first_collapse(until)
        if step is None:
            return _pending(histories[arm], by_step, f"{figures} so far")
        return Judgement("seen", f"collapsed at step {step}, {figures}")

    return check


def balanced(arm: str) -> Callable[..., Judgement]:
    """At the step, every layer is balanced."""

    def check(histories: Histories, by_step: int) -> Judgement:
        until = histories[arm].until(by_step)
        verdict = standing(until).verdict
        worst, dead = float(until["max_violation"][-1].max()), int(until["dead_experts"][-1].max())
        said = verdict if verdict in ("collapsed", "uneven", "balanced") else "not judged"
        evidence = f"{said}: highest MaxVio of a layer "
        evidence += in_figures(worst, BALANCED_UP_TO, BALANCED_UNTIL)
        evidence += f", {dead} dead" if dead else ""
        return _decided(histories[arm], by_step, verdict == "balanced", evidence)

    return check


def all_layers_above(arm: str, h: float) -> Callable[..., Judgement]:
    """At the step, every layer's entropy above collapse is at least `h`."""
    return _at_step(
        arm,
        lambda history: float(history["entropy_above_collapse"][-1].min()),
        lambda lowest: lowest >= h,
        lambda lowest: (
            f"lowest {_ENTROPY} of a layer: {in_figures(lowest, h)}, expected at least {h:g}"
        ),
    )


def drops_at_least(arm: str, fraction: float) -> Callable[..., Judgement]:
    """At the step, some layer drops at least that fraction of its assignments."""
    return _at_step(
        arm,
        lambda h: float(h["dropped_fraction"][-1].max()),
        lambda dropped: dropped >= fraction,
        lambda dropped: (
            f"{in_figures(100 * dropped, 100 * fraction, digits=0)}% dropped in one layer, "
            f"expected at least {fraction:.0%}"
        ),
    )


def computed_more_evenly(arm: str) -> Callable[..., Judgement]:
    """At the step, the layer with the least even assignments computes a more even load."""

    def check(histories: Histories, by_step: int) -> Judgement:
        end = histories[arm].until(by_step)
        layer = int(end["normalised_entropy"][-1].argmin())
        assigned = float(end["normalised_entropy"][-1][layer])
        computed = _normalised_entropy(end["window_processed_load"][-1][layer])
        evidence = f"entropy in layer {layer}: assigned {assigned:.3f}, computed {computed:.3f}"
        return _decided(histories[arm], by_step, computed > assigned + _NOTICEABLE, evidence)

    return check


def _normalised_entropy(load: FloatArray) -> float:
    """Of a load that need not sum to 1: it has no dropped assignments."""
    shares = load[load > 0].astype(float) / load.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(load)))


def loss_order(lower: str, higher: str) -> Callable[..., Judgement]:
    """At the step, arm `lower` has the lower cross-entropy, mean over the window."""

    def check(histories: Histories, by_step: int) -> Judgement:
        ends = [histories[arm].until(by_step) for arm in (lower, higher)]
        a, b = (float(h["cross_entropy"][-WINDOW_STEPS:].mean()) for h in ends)
        evidence = f"{lower} {a:.3f}, {higher} {b:.3f} nats at step {int(ends[0]['step'][-1])}"
        return _decided(histories[lower], by_step, a < b, evidence)

    return check


def loses_share(
    collapsed: str, balanced: str, dense: str, share: float
) -> Callable[..., Judgement]:
    """At the step, collapse has lost at least that share of what the experts gain.

    (A − B) ÷ (D − B) of the cross-entropies of the collapsed, the balanced and the dense model,
    means over the window. Not seen where the balanced model gains nothing over the dense one.
    """

    def check(histories: Histories, by_step: int) -> Judgement:
        ends = [histories[arm].until(by_step) for arm in (collapsed, balanced, dense)]
        a, b, d = (float(h["cross_entropy"][-WINDOW_STEPS:].mean()) for h in ends)
        lost = (a - b) / (d - b) if d > b else 0.0
        evidence = (
            f"{collapsed} {a:.3f}, {balanced} {b:.3f}, {dense} {d:.3f} nats: "
            f"{in_figures(100 * lost, 100 * share, digits=0)}% lost, expected at least {share:.0%}"
        )
        return _decided(histories[collapsed], by_step, lost >= share, evidence)

    return check


def entropy_order(higher: str, lower: str) -> Callable[..., Judgement]:
    """At the step, the least even layer of `higher` is more even than that of `lower`.

    By the entropy above collapse, which compares models with different k.
    """

    def check(histories: Histories, by_step: int) -> Judgement:
        ends = [histories[arm].until(by_step) for arm in (higher, lower)]
        a, b = (float(end["entropy_above_collapse"][-1].min()) for end in ends)
        evidence = f"lowest {_ENTROPY} of a layer: {higher} {a:.2f}, {lower} {b:.2f}"
        return _decided(histories[lower], by_step, a > b, evidence)

    return check


def _at_step(
    arm: str,
    measure: Callable[[RunHistory], float],
    holds: Callable[[float], bool],
    words: Callable[[float], str],
) -> Callable[..., Judgement]:
    """A condition on one number, taken at the step (or now, for the evidence, before it)."""

    def check(histories: Histories, by_step: int) -> Judgement:
        value = measure(histories[arm].until(by_step))
        return _decided(histories[arm], by_step, holds(value), words(value))

    return check


def _decided(history: RunHistory, by_step: int, holds: bool, evidence: str) -> Judgement:
    if int(history["step"][-1]) < by_step:
        so_far = "so far yes, " if holds else ""
        return Judgement("not yet", f"{so_far}{evidence}; judged at step {by_step}")
    return Judgement("seen" if holds else "did not happen", evidence)


def _pending(history: RunHistory, by_step: int, evidence: str) -> Judgement:
    return _decided(history, by_step, False, evidence)
