"""When a router's assignments of a text stop changing: routes at several steps in, numbers out.

The first axis, `steps`: the training steps at which the same T tokens were routed, ascending. Knows
nothing of models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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


def router_saturation(expert_index: IntArray) -> FloatArray:
    """(steps,) mean over tokens of |step's experts ∩ last step's experts| / K.

    Unlike `settled_share` it looks at all K experts, in any order, and lets a token wander off and
    come back.

    Args:
        expert_index: (steps, T, K).

    Source: Muennighoff et al. 2024 (OLMoE), arXiv:2409.02060, section 5.1, with the last step that
    is at hand in place of the end of pretraining.
    """
    last = expert_index[-1]
    kept = (expert_index[:, :, :, None] == last[None, :, None, :]).any(axis=2)
    return np.asarray(kept.mean(axis=(1, 2)), dtype=np.float64)
