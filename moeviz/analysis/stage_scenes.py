"""The words of the routing stage: for each scene a title, a sentence, a formula and live shapes.

Every number is taken from the trace at hand; what a rule did (renormalise, add a bias) is read off
the numbers, not off its name. In formulas and shapes `_x` marks an index. Knows nothing of where
the words stand.
"""

from __future__ import annotations

import numpy as np

from moeviz.analysis.traced_layer import (
    overruled,
    residual_share,
    score_function,
    score_name,
)
from moeviz.traces import LayerTrace, RoutingTrace

SCENES = ("arrive", "score", "select", "weigh", "dispatch", "compute", "combine", "residual")

_PARTS = ("title", "sentence", "formula", "shapes")
_Words = tuple[str, str, str, str]

_MEANINGS = {
    "softmax": "probabilities that sum to 1 for each token",
    "sigmoid": "each expert's own score from 0 to 1",
    "f": "the rule's own scores",
}


def stage_scenes(trace: RoutingTrace, layer: LayerTrace) -> list[dict[str, str]]:
    """The eight scenes, in order, in words; without words where there is no token."""
    if not trace.tokens:
        return [{"name": name, **dict.fromkeys(_PARTS, "")} for name in SCENES]
    written = (
        _arrive(trace, layer),
        _score(layer),
        _select(layer),
        _weigh(layer),
        _dispatch(trace, layer),
        _compute(layer),
        _combine(layer),
        _residual(layer),
    )
    return [
        {"name": name, **dict(zip(_PARTS, words, strict=True))}
        for name, words in zip(SCENES, written, strict=True)
    ]


def _arrive(trace: RoutingTrace, layer: LayerTrace) -> _Words:
    n_tokens, width = layer.residual.shape
    cut = f", the first of {trace.n_tokens:,}" if trace.n_tokens > n_tokens else ""
    sequences = len(set(trace.sequence.tolist()))
    apart = f", read in {sequences} sequences" if sequences > 1 else ""
    return (
        "Tokens arrive",
        f"{_many(n_tokens, 'token')}{cut}{apart}: each is a vector x of {width} numbers. "
        "A normalised copy h goes to the router; x itself takes the residual path below.",
        "h = norm(x)",
        f"x, h: {n_tokens} × {width}",
    )


def _score(layer: LayerTrace) -> _Words:
    (n_tokens, n_experts), width = layer.router_logits.shape, layer.residual.shape[1]
    noisy = bool(np.any(layer.router_noise))
    rule = score_function(layer)
    return (
        "The router scores every expert",
        f"{_many(n_tokens, 'token')} × {n_experts} experts: {n_tokens * n_experts:,} scores. "
        f"First logits, one matrix product{' and noise' if noisy else ''}; then {_MEANINGS[rule]}.",
        f"p = {rule}(h · W_r{' + noise' if noisy else ''})",
        f"{n_tokens} × {width} · {width} × {n_experts} → {n_tokens} × {n_experts}",
    )


def _select(layer: LayerTrace) -> _Words:
    n_tokens, top_k = layer.chosen_index.shape
    n_experts = layer.router_probs.shape[1]
    stay = "the best one stays" if top_k == 1 else f"the best {top_k} stay"
    rest = f", the other {n_experts - top_k} are not computed" if top_k < n_experts else ""
    ranked = "p + b" if np.any(layer.selection_bias) else "p"
    allowed = " of the allowed" if np.isinf(layer.selection_scores).any() else ""
    return (
        f"Top-{top_k} of {n_experts}",
        f"For each token {stay}{rest}.{_decided(layer)}",
        f"S = top-{top_k}({ranked}){allowed}",
        f"{n_tokens} × {n_experts} → {n_tokens} × {top_k}",
    )


def _decided(layer: LayerTrace) -> str:
    """Whether something other than p decided, and for how many tokens."""
    decided = int(overruled(layer).sum())
    if np.any(layer.selection_bias):
        return f" The bias b changed the experts of {_many(decided, 'token')}."
    return f" The rule chose otherwise than p for {_many(decided, 'token')}." if decided else ""


def _weigh(layer: LayerTrace) -> _Words:
    n_tokens, top_k = layer.gate_weights.shape
    formula, how = _gate_rule(layer)
    weights = "weight is" if top_k == 1 else f"{top_k} weights sum to"
    return (
        "Gate weights",
        f"Each chosen expert's weight is {how}; a token's {weights} {_sums(layer)}.",
        formula,
        f"g: {n_tokens} × {top_k}",
    )


def _gate_rule(layer: LayerTrace) -> tuple[str, str]:
    sums, score = layer.gate_weights.sum(1), score_name(layer)
    of_experts = np.take_along_axis(layer.router_probs, layer.expert_index, 1)
    scale = float(sums.sum() / of_experts.sum())
    if np.allclose(layer.gate_weights, scale * of_experts, atol=1e-4):
        how = f"times {scale:.3g}" if _times(scale) else "as it is"
        return f"g_i = {_times(scale)}p_i", f"its {score}, {how}"
    if np.allclose(sums, sums.mean(), atol=1e-3):
        return f"g_i = {_times(sums.mean())}p_i / Σ p", f"its {score}, rescaled among the chosen"
    return "g_i = g(p_i)", f"made by the rule from its {score}"


def _times(scale: float) -> str:
    return "" if abs(scale - 1) < 1e-3 else f"{scale:.3g} · "


def _sums(layer: LayerTrace) -> str:
    sums = layer.gate_weights.sum(1)
    if np.allclose(sums, sums.mean(), atol=1e-3):
        return f"{sums.mean():.3g}"
    apart = f"{sums.min():.2f} to {sums.max():.2f}"
    return apart if layer.gate_weights.shape[1] == 1 else f"{apart}, not to 1"


def _dispatch(trace: RoutingTrace, layer: LayerTrace) -> _Words:
    n_tokens, top_k = layer.expert_index.shape
    n_experts, assignments = layer.router_logits.shape[1], n_tokens * top_k
    queue = f"{_many(n_tokens, 'token')} queue"
    if top_k > 1:
        queue = f"{_many(assignments, 'assignment')} ({n_tokens} × {top_k}) queue"
    capacity, load = layer.expert_capacity, layer.expert_load
    if capacity is None:
        longest = f"The longest queue has {load.max()}, the shortest {load.min()}."
        sentence = (
            f"{queue} at {n_experts} experts; no capacity limit, so nothing is dropped. {longest}"
        )
        return "Dispatch", sentence, "Q_e = {t : e ∈ S_t}", f"Σ_e n_e = {assignments}"
    return (
        "Dispatch",
        f"{queue} for {_many(capacity, 'capacity slot')} at each of {n_experts} experts. "
        f"{_overflow(layer)}.",
        _capacity_formula(trace, assignments, n_experts),
        f"{n_experts} × {capacity} slots for {assignments} assignments",
    )


def _overflow(layer: LayerTrace) -> str:
    rerouted = int((layer.chosen_index != layer.expert_index).sum())
    lost = int((~layer.kept).sum())
    whole = int((~layer.kept).all(1).sum()) if layer.kept.shape[1] > 1 else 0
    share = f"{100 * lost / layer.kept.size:.0f}\u202f%"
    sent_on = f"{rerouted} {_one(rerouted, 'is', 'are')} sent on to another; " if rerouted else ""
    if not lost:
        return f"{sent_on}{'all' if sent_on else 'All'} find a slot"
    fall = _one(lost, "finds no slot and is dropped", "find no slot and are dropped")
    all_of = f", {_many(whole, 'token')} with all their assignments" if whole else ""
    return f"{sent_on}{lost} ({share}) {fall}{all_of}"


def _capacity_formula(trace: RoutingTrace, assignments: int, n_experts: int) -> str:
    factor = trace.routing.capacity_factor
    return "" if factor is None else f"C = ⌈{factor:g} · {assignments} / {n_experts}⌉"


def _compute(layer: LayerTrace) -> _Words:
    width = layer.residual.shape[1]
    rows = np.bincount(layer.expert_index[layer.kept], minlength=layer.router_logits.shape[1])
    idle = int((rows == 0).sum())
    rest = f" {_many(idle, 'expert')} {_one(idle, 'has', 'have')} nothing to do." if idle else ""
    return (
        "Experts compute",
        f"Each expert takes its own n rows at once: {rows.max()} in the fullest, {rows.min()} in "
        f"the emptiest.{rest}",
        "o = FFN_e(h)",
        f"n_e × {width} → n_e × {width}, Σ_e n_e = {rows.sum()}",
    )


def _combine(layer: LayerTrace) -> _Words:
    n_tokens, width = layer.moe_output.shape
    lost = int((~layer.kept).sum())
    gap = f" {_many(lost, 'dropped assignment')} {_one(lost, 'adds', 'add')} 0." if lost else ""
    return (
        "Outputs return",
        "Each token's outputs come back, times their gate weights, and are added up to its y."
        f"{gap}",
        "y = Σ_i g_i · o_i",
        f"y: {n_tokens} × {width}",
    )


def _residual(layer: LayerTrace) -> _Words:
    n_tokens, width = layer.residual.shape
    shares = 100 * residual_share(layer)
    passed = int((~layer.kept).all(1).sum())
    untouched = f" {_many(passed, 'dropped token')} {_one(passed, 'passes', 'pass')} unchanged."
    return (
        "Added to the stream",
        f"y joins what came along the residual path: at the median it is {np.median(shares):.0f}"
        f"\u202f% as long as x ({shares.min():.0f} to {shares.max():.0f}\u202f%)."
        f"{untouched if passed else ''}",
        "x ← x + y",
        f"{n_tokens} × {width}",
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _one(count: int, one: str, more: str) -> str:
    return one if count == 1 else more
