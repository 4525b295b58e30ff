"""When a router stops changing its mind about a text: routes at several steps in, numbers out.

Axis S: the steps at which the same T tokens were routed, ascending. Knows nothing of models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def settled_from(choice: IntArray) -> IntArray:
    """(T,) For each token the first place on axis S from which its choice never changed again.

    A token that changed at the very last step has S − 1: of that nothing can be said yet.

    Args:
        choice: (S, T) one expert for each step and token, such as the first choice.
    """
    same_as_last = choice == choice[-1]
    changed_before_end = ~same_as_last[::-1]
    from_end = np.where(
        changed_before_end.any(axis=0), changed_before_end.argmax(axis=0), len(choice)
    )
    return np.asarray(len(choice) - from_end, dtype=np.int64)


def settled_share(choice: IntArray) -> FloatArray:
    """(S,) At each step, the share of tokens that kept their choice from there to the last step.

    It never falls, and is 1 at the last step by its definition.
    """
    places = settled_from(choice)
    return np.array([np.mean(places <= place) for place in range(len(choice))])


def router_saturation(expert_index: IntArray) -> FloatArray:
    """(S,) mean over tokens of |E_s ∩ E_S| / K: how much of the last step's choice was there.

    Unlike `settled_share` it looks at all K choices, in any order, and lets a token wander off and
    come back.

    Args:
        expert_index: (S, T, K).

    Source: Muennighoff et al. 2024 (OLMoE), arXiv:2409.02060, section 5.1, with the last step that
    is at hand in place of the end of pretraining.
    """
    last = expert_index[-1]
    kept = (expert_index[:, :, :, None] == last[None, :, None, :]).any(axis=2)
    return np.asarray(kept.mean(axis=(1, 2)), dtype=np.float64)
