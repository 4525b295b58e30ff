"""How many assignments an expert accepts. Knows numbers only."""

from __future__ import annotations

import math
from fractions import Fraction


def expert_capacity(
    n_tokens: int, n_experts: int, top_k: int | Fraction, capacity_factor: float | None
) -> int | None:
    """C = ⌈capacity_factor · k · T / E⌉ slots per expert; None (dropless) without a factor.

    A factor of 1 is exactly enough for an even load. The factor is taken as the decimal number that
    is written: ⌈1.1 · 1 · 200 / 4⌉ is 55. In floats the product is 55.00000000000001, which would
    round up to 56; the exact binary 1.1, slightly larger, would make ⌈1.1 · 80 / 8⌉ a 12.

    k is counted, as in Megatron-Core, DeepSpeed, Tutel, MegaBlocks and V-MoE (which round
    differently). Switch, Mesh-TensorFlow, Lingvo and Flaxformer (ST-MoE) leave it out: GShard's
    top-2 has a factor of 2 there, which is 1 here.

    Args:
        n_tokens: T, all tokens that are routed together: here the whole batch.
        top_k: k; of a list of assignments, how many a token has in the mean.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 3, with k as in Megatron-Core.
    """
    if capacity_factor is None:
        return None
    return math.ceil(Fraction(repr(float(capacity_factor))) * top_k * n_tokens / n_experts)
