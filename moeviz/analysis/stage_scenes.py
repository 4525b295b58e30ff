"""The words of the routing stage: for each scene a title, a sentence, a formula and live shapes.

Every number is taken from the trace at hand; what a rule did (renormalise, add a bias) is read off
the numbers, not off its name. In sentences, formulas and shapes `_x` marks an index. Knows nothing
of where the words stand.
"""

from __future__ import annotations

import numpy as np

from moeviz.analysis.traced_layer import (
    overruled,
    residual_share,
    score_function,
    score_name,
    score_symbol,
)
from moeviz.texts import say_from
from moeviz.traces import LayerTrace, RoutingTrace

SCENES = ("arrive", "score", "select", "weigh", "dispatch", "compute", "combine", "residual")

_PARTS = ("title", "sentence", "formula", "shapes")
_Words = tuple[str, str, str, str]

say = say_from(__file__)


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
    cut = trace.n_tokens > n_tokens
    count = len(set(trace.sequence.tolist()))
    return (
        say("arrive.title"),
        say(
            "arrive.sentence",
            n_tokens=n_tokens,
            width=width,
            cut=say("arrive.cut", n_tokens=n_tokens, all=f"{trace.n_tokens:,}") if cut else "",
            sequences=say("arrive.sequences", count=count) if count > 1 else "",
        ),
        say("arrive.formula"),
        say("arrive.shapes", n_tokens=n_tokens, width=width),
    )


def _score(layer: LayerTrace) -> _Words:
    (n_tokens, n_experts), width = layer.router_logits.shape, layer.residual.shape[1]
    noisy, function = bool(np.any(layer.router_noise)), score_function(layer)
    return (
        say("score.title", scores=_plural(score_name(layer))),
        say(
            "score.sentence",
            count=f"{n_tokens * n_experts:,}",
            n_tokens=n_tokens,
            n_experts=n_experts,
            noise=say("score.noise") if noisy else "",
            meaning=say(f"score.{function}"),
        ),
        say(
            "score.formula",
            p=score_symbol(layer),
            function=function,
            noise=say("score.formula_noise") if noisy else "",
        ),
        say("score.shapes", n_tokens=n_tokens, n_experts=n_experts, width=width),
    )


def _select(layer: LayerTrace) -> _Words:
    n_tokens, top_k = layer.assignments.n_tokens, layer.assignments.most_per_token
    n_experts, p = layer.router_scores.shape[1], score_symbol(layer)
    biased = bool(np.any(layer.selection_bias))
    grouped = bool(np.isinf(layer.selection_scores).any())
    decided, rest = int(overruled(layer).sum()), n_experts - top_k
    ranked = "select.by_biased_score" if biased else "select.by_score"
    tokens = _many(decided, "token")
    return (
        say("select.title", top_k=top_k, n_experts=n_experts),
        say(
            "select.sentence",
            experts=_many(top_k, "expert"),
            ranked=say(ranked, score=score_name(layer), p=p),
            rest=say("select.rest", experts=_many(rest, "expert")) if rest else "",
            groups=say("select.groups") if grouped else "",
            overruled=say("select.overruled", p=p, tokens=tokens) if biased or decided else "",
        ),
        say("select.formula", top_k=top_k, ranked=f"{p} + b" if biased else p),
        say("select.shapes", n_tokens=n_tokens, n_experts=n_experts, top_k=top_k),
    )


def _weigh(layer: LayerTrace) -> _Words:
    n_tokens, top_k = layer.assignments.n_tokens, layer.assignments.most_per_token
    rule, scale = _gate_rule(layer)
    factor = {"scale": f"{scale:.3g}"} if rule.endswith("scaled") else {}
    p = score_symbol(layer)
    return (
        say("weigh.title"),
        say(
            "weigh.sentence",
            n_tokens=n_tokens,
            weights=_many(top_k, "weight"),
            how=say(f"weigh.{rule}", score=score_name(layer), p=p, **factor),
            sums=_sums(layer),
        ),
        say(f"weigh.formula.{rule}", p=p, **factor),
        say("weigh.shapes", n_tokens=n_tokens, top_k=top_k),
    )


def _gate_rule(layer: LayerTrace) -> tuple[str, float]:
    """How gate weights follow from scores, as the table of strings calls it; by which factor."""
    each = layer.assignments
    sums = each.summed(each.weight)
    of_experts = layer.router_scores[each.token, each.expert]
    scale = float(sums.sum() / of_experts.sum())
    if np.allclose(each.weight, scale * of_experts, atol=1e-4):
        return ("as_it_is" if _is_one(scale) else "scaled"), scale
    if np.allclose(sums, sums.mean(), atol=1e-3):
        scale = float(sums.mean())
        return ("renormalised" if _is_one(scale) else "renormalised_scaled"), scale
    return "by_rule", 1.0


def _is_one(scale: float) -> bool:
    return abs(scale - 1) < 1e-3


def _sums(layer: LayerTrace) -> str:
    each = layer.assignments
    sums = each.summed(each.weight)
    count = "one" if each.most_per_token == 1 else "several"
    if np.allclose(sums, sums.mean(), atol=1e-3):
        return say(f"weigh.{count}_sum", sum=f"{sums.mean():.3g}")
    return say(f"weigh.{count}_range", least=f"{sums.min():.2f}", most=f"{sums.max():.2f}")


def _dispatch(trace: RoutingTrace, layer: LayerTrace) -> _Words:
    n_tokens, top_k = layer.assignments.n_tokens, layer.assignments.most_per_token
    n_experts, count = layer.assignments.n_experts, len(layer.assignments)
    capacity, factor = layer.expert_capacity, f"{trace.routing.capacity_factor or 0:g}"
    given = {
        "n_tokens": n_tokens,
        "experts": _many(top_k, "expert"),
        "assignments": _many(count, "assignment"),
        "n_experts": n_experts,
    }
    if capacity is None:
        load = layer.assignments.load
        return (
            say("dispatch.title"),
            say("dispatch.dropless", **given, least=load.min(), most=load.max()),
            say("dispatch.formula.dropless"),
            say("dispatch.shapes.dropless", top_k=top_k, n_tokens=n_tokens, count=count),
        )
    rerouted = int((layer.assignments.chosen != layer.assignments.expert).sum())
    sent_on = say("dispatch.rerouted", assignments=_many(rerouted, "assignment"))
    return (
        say("dispatch.title"),
        say(
            "dispatch.limited",
            **given,
            factor=factor,
            slots=_many(capacity, "capacity slot"),
            rerouted=sent_on if rerouted else "",
            fate=_fate(layer),
        ),
        say("dispatch.formula.limited"),
        say(
            "dispatch.shapes.limited",
            factor=factor,
            top_k=top_k,
            n_tokens=n_tokens,
            n_experts=n_experts,
            capacity=capacity,
        ),
    )


def _fate(layer: LayerTrace) -> str:
    """How many assignments are dropped, and how many tokens have none left."""
    each = layer.assignments
    lost = int((~each.kept).sum())
    if not lost:
        return say("dispatch.all_kept")
    dropped = {
        "assignments": _many(lost, "assignment"),
        "share": f"{100 * lost / len(each):.0f}\u202f%",
    }
    whole = _without_expert(layer) if each.most_per_token > 1 else 0
    if whole:
        return say("dispatch.dropped_whole", **dropped, tokens=_many(whole, "token"))
    return say("dispatch.dropped", **dropped)


def _compute(layer: LayerTrace) -> _Words:
    width = layer.residual.shape[1]
    rows = layer.assignments.processed
    idle = int((rows == 0).sum())
    return (
        say("compute.title"),
        say(
            "compute.sentence",
            least=rows.min(),
            most=rows.max(),
            rows=_many(int(rows.sum()), "row"),
            idle=say("compute.idle", experts=_many(idle, "expert")) if idle else "",
        ),
        say("compute.formula"),
        say("compute.shapes", width=width),
    )


def _combine(layer: LayerTrace) -> _Words:
    n_tokens, width = layer.moe_output.shape
    lost = int((~layer.assignments.kept).sum())
    return (
        say("combine.title"),
        say("combine.sentence", lost=say("combine.lost", count=lost) if lost else ""),
        say("combine.formula"),
        say("combine.shapes", n_tokens=n_tokens, width=width),
    )


def _residual(layer: LayerTrace) -> _Words:
    n_tokens, width = layer.residual.shape
    shares = 100 * residual_share(layer)
    passed = _without_expert(layer)
    return (
        say("residual.title"),
        say(
            "residual.sentence",
            median=f"{np.median(shares):.0f}\u202f%",
            least=f"{shares.min():.0f}",
            most=f"{shares.max():.0f}\u202f%",
            passed=say("residual.passed", count=passed) if passed else "",
        ),
        say("residual.formula"),
        say("residual.shapes", n_tokens=n_tokens, width=width),
    )


def _without_expert(layer: LayerTrace) -> int:
    """Tokens that no expert computes: without an assignment, or with none that was kept."""
    return int((layer.assignments.summed(layer.assignments.kept) == 0).sum())


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _plural(name: str) -> str:
    return {"probability": "probabilities", "score": "scores"}[name]
