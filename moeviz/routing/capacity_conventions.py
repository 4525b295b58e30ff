"""The capacity of an expert by the formula of each library: with k or without it, rounded its way.

Knows numbers only. The lab's own formula is `capacity.expert_capacity`. T counts the tokens that a
library routes together: a batch, a group of tokens or one device's share.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from moeviz.routing.registry import by_name

LEAST_SLOTS = 4
"""The default minimum of slots per expert in Mesh-TensorFlow, Flaxformer and DeepSpeed."""

VMOE_MULTIPLE = 4
"""V-MoE rounds the slots up to a multiple of it, by default."""


def switch_paper(n_tokens: int, n_experts: int, top_k: int, factor: float) -> float:
    """T/E · CF: without k, and not rounded.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 3.
    """
    return n_tokens / n_experts * factor


def mesh_tensorflow(n_tokens: int, n_experts: int, top_k: int, factor: float) -> int:
    """max(4, ⌊T · CF / E⌋): without k, at most T. GShard's top-2 sets CF to 2.

    Source: Mesh-TensorFlow, transformer/moe.py; GShard (arXiv:2006.16668) has C = 2T/E.
    """
    return max(LEAST_SLOTS, min(n_tokens, int(n_tokens * factor / n_experts)))


def flaxformer(n_tokens: int, n_experts: int, top_k: int, factor: float) -> int:
    """max(4, round(CF · T / E)): without k.

    ST-MoE's top-2 with CF 1.25 has 0.625 slots per assignment.

    Source: Flaxformer, architectures/moe/moe_layers.py; ST-MoE, arXiv:2202.08906.
    """
    return max(LEAST_SLOTS, round(factor * n_tokens / n_experts))


def megatron(n_tokens: int, n_experts: int, top_k: int, factor: float) -> int:
    """⌈k·T/E · CF⌉.

    Source: Megatron-Core, transformer/moe/moe_utils.py, `get_capacity` of k·T tokens.
    """
    return math.ceil(n_tokens * top_k / n_experts * factor)


def deepspeed(n_tokens: int, n_experts: int, top_k: int, factor: float) -> int:
    """max(4, ⌈T/E · (CF · k)⌉).

    Source: DeepSpeed, moe/sharded_moe.py, `_capacity` as `topkgating` calls it.
    """
    return max(LEAST_SLOTS, math.ceil(n_tokens / n_experts * (factor * top_k)))


def tutel(n_tokens: int, n_experts: int, top_k: int, factor: float) -> int:
    """k · ⌊CF · ⌈T/E⌉⌋: rounded before it is multiplied by k.

    Source: Tutel, impls/fast_dispatch.py, `extract_critical`.
    """
    return top_k * int(factor * math.ceil(n_tokens / n_experts))


def megablocks(n_tokens: int, n_experts: int, top_k: int, factor: float) -> int:
    """⌊CF · k·T/E⌋, T over all devices that share the experts.

    Source: MegaBlocks, layers/moe.py, `expert_capacity`.
    """
    return int(factor * (top_k * n_tokens / n_experts))


def vmoe(n_tokens: int, n_experts: int, top_k: int, factor: float) -> int:
    """4·⌈⌈k·T·CF / E⌉ / 4⌉: rounded up, then to a multiple of 4.

    Source: google-research/vmoe, vmoe/moe.py, `compute_capacity` with its defaults.
    """
    slots = math.ceil(top_k * n_tokens * factor / n_experts)
    return slots + -slots % VMOE_MULTIPLE


@dataclass(frozen=True, slots=True)
class CapacityConvention:
    """One meaning of "capacity factor".

    Attributes:
        name: its function in this module. title: what pages call it.
        formula: in T, E, k and CF. source: paper or code.
        counts_k: whether a factor of 1 has a slot for each of the T·k assignments.
        slots: (T, E, K, CF) → C.
    """

    name: str
    title: str
    formula: str
    source: str
    counts_k: bool
    slots: Callable[[int, int, int, float], float]


CAPACITY_CONVENTIONS = by_name(
    CapacityConvention(
        "switch_paper", "Switch (paper)", "T/E · CF", "arXiv:2101.03961, eq. 3", False, switch_paper
    ),
    CapacityConvention(
        "mesh_tensorflow", "Mesh, GShard", "⌊T · CF / E⌋, at least 4",
        "Mesh-TensorFlow transformer/moe.py", False, mesh_tensorflow,
    ),
    CapacityConvention(
        "flaxformer", "Flaxformer, ST-MoE", "round(CF · T / E), at least 4",
        "Flaxformer moe_layers.py", False, flaxformer,
    ),
    CapacityConvention(
        "megatron", "Megatron-Core", "⌈k · T/E · CF⌉", "Megatron-Core moe_utils.py", True, megatron
    ),
    CapacityConvention(
        "deepspeed", "DeepSpeed", "⌈T/E · CF · k⌉, at least 4", "DeepSpeed sharded_moe.py", True,
        deepspeed,
    ),
    CapacityConvention(
        "tutel", "Tutel", "k · ⌊CF · ⌈T/E⌉⌋", "Tutel fast_dispatch.py", True, tutel
    ),
    CapacityConvention(
        "megablocks", "MegaBlocks", "⌊CF · k · T/E⌋", "MegaBlocks layers/moe.py", True, megablocks
    ),
    CapacityConvention(
        "vmoe", "V-MoE", "4·⌈⌈k · T · CF / E⌉ / 4⌉", "google-research/vmoe, vmoe/moe.py", True, vmoe
    ),
)  # fmt: skip
"""All of them by name, those without k first."""
