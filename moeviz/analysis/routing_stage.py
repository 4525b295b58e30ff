"""What the routing stage shows: one layer of a trace as a plan in plain values, and its words.

Knows nothing of how it is drawn or of who asked. Every figure in a sentence is counted here, from
the trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.analysis.stage_scenes import stage_scenes
from moeviz.analysis.token_words import leading_token, split_words
from moeviz.analysis.traced_layer import score_name
from moeviz.traces import LayerTrace, RoutingTrace

Plan = dict[str, Any]
Pairs = list[list[int]]


def stage_plan(trace: RoutingTrace, layer: int, before: Mapping[str, Any] | None = None) -> Plan:
    """Everything that the stage needs of one layer, in lists and numbers.

    The logits are those that the rule saw: with the noise, where there was any.

    Args:
        layer: counted from 0.
        before: the plan that is on the stage now; None, or one of another text: nothing to compare
            with.

    Returns:
        The keys that the component reads: identity (`rev`), tokens, `words` in several of them
        (start, end, text), the token that goes first (`lead`), matrices (T × E), assignments (a
        list for each token), norms (T), the eight `scenes`, the `step` and `changed`.
    """
    each = trace.layers[layer]
    assignments = each.assignments
    by_token = assignments.by_token
    plan: Plan = {
        "step": trace.step,
        "tokens": list(trace.tokens),
        "words": [[word.start, word.end, word.text] for word in split_words(trace.tokens)],
        "lead": leading_token(trace.tokens),
        "sequence": trace.sequence.tolist(),
        "n_experts": each.router_logits.shape[1],
        "top_k": assignments.most_per_token,
        "capacity": each.expert_capacity,
        "logits": _rounded(each.router_logits + each.router_noise, 3),
        "scores": _rounded(each.router_scores, 4),
        "score_name": score_name(each) if trace.tokens else "",
        "ranked": _ranked(each),
        "noise": bool(np.any(each.router_noise)),
        "chosen": by_token(assignments.chosen),
        "sent": by_token(assignments.expert),
        "gates": by_token(assignments.weight.astype(np.float64).round(4)),
        "place": by_token(assignments.queue_place),
        "kept": by_token(assignments.kept),
        "out_norm": _rounded(np.linalg.norm(each.moe_output, axis=1), 4),
        "residual_norm": _rounded(np.linalg.norm(each.residual, axis=1), 4),
        "scenes": stage_scenes(trace, each),
    }
    plan["rev"] = _identity(layer, plan)
    comparable = before is not None and before["tokens"] == plan["tokens"]
    plan["changed"] = changed_assignments(before, plan) if before and comparable else None
    return plan


def changed_assignments(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Pairs]:
    """The assignments [t, k] that differ between two plans; none where the texts differ.

    An assignment to an expert that did not have the token came from one that has it no more;
    the first to come is paired with the first to leave. In another order the same experts are the
    same assignments, and one that came or went alone (another k) has no counterpart: it moved from
    nowhere.

    Returns:
        `moved`: came from another expert; `dropped`: dropped now, where its counterpart was kept or
        there was none; `kept`: the other way round; `new`: chosen without a counterpart;
        `gone`, as [t, e]: expert e that is no longer chosen.
    """
    changed: dict[str, Pairs] = {n: [] for n in ("moved", "dropped", "kept", "new", "gone")}
    if before["tokens"] != after["tokens"]:
        return changed
    for token, (old, new) in enumerate(zip(before["sent"], after["sent"], strict=True)):
        left = iter([k for k, expert in enumerate(old) if expert not in new])
        for k, expert in enumerate(new):
            stayed = expert in old
            origin = old.index(expert) if stayed else next(left, None)
            was_kept = origin is None or before["kept"][token][origin]
            if not stayed and origin is not None:
                changed["moved"].append([token, k])
            if was_kept != after["kept"][token][k]:
                changed["dropped" if was_kept else "kept"].append([token, k])
    for token, (old, new) in enumerate(zip(before["chosen"], after["chosen"], strict=True)):
        changed["new"] += [[token, k] for k in _without_counterpart(new, old)]
        changed["gone"] += [[token, old[k]] for k in _without_counterpart(old, new)]
    return changed


def _without_counterpart(these: list[int], others: list[int]) -> list[int]:
    """Where those of `these` are that neither stayed nor took the place of another."""
    own = [k for k, expert in enumerate(these) if expert not in others]
    replaced = sum(expert not in these for expert in others)
    return own[replaced:]


def _ranked(layer: LayerTrace) -> list[list[float | None]] | None:
    """What top-k ranked, where that is not the scores alone; None: may not be chosen."""
    scores = layer.selection_scores
    if np.allclose(scores, layer.router_scores, atol=1e-6):
        return None
    return [[round(s, 4) if np.isfinite(s) else None for s in row] for row in scores.tolist()]


def _rounded(values: NDArray[Any], digits: int) -> list[Any]:
    """Finer than the eye, in fewer bytes."""
    rounded: list[Any] = values.astype(np.float64).round(digits).tolist()
    return rounded


def _identity(layer: int, plan: Mapping[str, Any]) -> str:
    content = repr([(name, plan[name]) for name in sorted(plan)])
    return f"{layer}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
