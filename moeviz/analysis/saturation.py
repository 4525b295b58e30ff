"""When a router's assignments of a text stop changing: routes at several steps in, numbers out.

The first axis, `steps`: the training steps at which the same T tokens were routed, ascending. Knows
nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moeviz.traces import AssignmentList

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def settled_from(expert: IntArray) -> IntArray:
    """(T,) For each token the first place on axis `steps` from which its expert stays the same.

    A token that changed at the very last step has the last place: it may change again.

    Args:
        expert: (steps, T) one expert for each step and token, such as that of preference 0.
    """
    same_as_last = expert == expert[-1]
    changed_before_end = ~same_as_last[::-1]
    from_end = np.where(
        changed_before_end.any(axis=0), changed_before_end.argmax(axis=0), len(expert)
    )
    return np.asarray(len(expert) - from_end, dtype=np.int64)


def settled_share(expert: IntArray) -> FloatArray:
    """(steps,) At each step, the share of tokens that kept their expert from there to the last.

    It never falls, and is 1 at the last step by its definition.
    """
    places = settled_from(expert)
    return np.array([np.mean(places <= place) for place in range(len(expert))])


def router_saturation(routes: Sequence[AssignmentList]) -> FloatArray:
    """(steps,) the share of the last step's assignments that a step has too; K a token with top-k.

    Unlike `settled_share` it looks at all experts of a token, in any order, and lets a token wander
    off and come back.

    Args:
        routes: of the same T tokens at each step.

    Source: Muennighoff et al. 2024 (OLMoE), arXiv:2409.02060, section 5.1, with the last step that
    is at hand in place of the end of pretraining.
    """
    pairs = [each.token * each.n_experts + each.expert for each in routes]
    return np.array([np.isin(pairs[-1], step).mean() for step in pairs])
