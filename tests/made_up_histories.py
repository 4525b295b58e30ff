"""Made-up histories whose charts can be worked out by hand."""

from __future__ import annotations

import numpy as np

from moeviz.records import COLUMNS, RunHistory

L, E, G = 2, 4, 3


def made_up_history(n: int, **columns: np.ndarray) -> RunHistory:
    """That many steps of even load, whose cross-entropy equals the step."""
    steps = np.arange(1, n + 1)
    defaults = dict.fromkeys(COLUMNS, np.zeros((n, L)))
    for name in ("expert_load", "processed_load", "mean_router_prob"):
        defaults[name] = np.full((n, L, E), 1 / E)
    for name in ("domain_cross_entropy", "held_out_cross_entropy", "held_out_accuracy"):
        defaults[name] = np.full((n, G), np.nan)
    defaults |= {"step": steps, "cross_entropy": steps * 1.0, "auxiliary_loss": steps * 0.0}
    return RunHistory({**defaults, **columns})
