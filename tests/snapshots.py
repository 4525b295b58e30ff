"""Hand-made records: give the loads, and the balance measures follow by the papers' loops."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from moeviz.records import DEAD_SHARE, RunHistory, StepSnapshot
from tests import oracles


def snapshot(
    load: ArrayLike = ((0.5, 0.5),),
    processed: ArrayLike | None = None,
    step: int = 1,
    top_k: int = 1,
    **more: Any,
) -> StepSnapshot:
    """A record of one step whose window had this load (L, E); NaN where a dense arm has nothing."""
    asked = np.asarray(load, dtype=np.float32)
    computed = asked if processed is None else np.asarray(processed, dtype=np.float32)
    layers, experts = asked.shape
    missing = np.full(layers, np.nan)
    rows = asked.astype(float).tolist() if experts else []
    measured = {
        "normalised_entropy": [oracles.normalised_entropy(row) for row in rows] or missing,
        "entropy_above_collapse": [oracles.entropy_above_collapse(row, top_k) for row in rows]
        or missing,
        "effective_experts": [oracles.effective_experts(row) for row in rows] or missing,
        "max_violation": [oracles.max_violation(row) for row in rows] or missing,
        "load_cv": [oracles.coefficient_of_variation(row) for row in rows] or missing,
        "max_over_mean": [max(row) * experts for row in rows] or missing,
        "dead_experts": [sum(f < DEAD_SHARE / experts for f in row) for row in rows] or missing,
        "dropped_fraction": asked.sum(axis=1) - computed.sum(axis=1) if experts else missing,
    }
    fields: dict[str, Any] = {
        "step": step,
        "cross_entropy": 3.0,
        "domain_cross_entropy": np.full(2, 3.0),
        "held_out_cross_entropy": np.full(2, np.nan),
        "held_out_accuracy": np.full(2, np.nan),
        "expert_load": asked,
        "processed_load": computed,
        "mean_router_prob": asked,
        "window_load": asked,
        "window_processed_load": computed,
        **{name: np.asarray(value, dtype=np.float32) for name, value in measured.items()},
        "load_balancing_loss": missing,
        "router_z_loss": missing,
        "auxiliary_loss": 0.0,
    }
    return StepSnapshot(**{**fields, **more})


def history(steps: int, load: ArrayLike = ((0.5, 0.5),), **more: Any) -> RunHistory:
    """That many equal steps, from 1 on."""
    return RunHistory.of([snapshot(load, step=step, **more) for step in range(1, steps + 1)])
