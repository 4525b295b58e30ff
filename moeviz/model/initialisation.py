"""Weights drawn from a given generator. The global seed is neither read nor moved."""

from __future__ import annotations

import math

import torch
from torch import nn

SMALL_STD = 0.02
"""Of embeddings, positions and the head, as in GPT-2.

To a fresh router all tokens then look alike, as they do in large models: the first steps decide
whether it spreads them or collapses. With embeddings of N(0, 1) tokens differ from the start, and a
router left alone hardly collapses. A small head makes an untrained model guess evenly.
"""

SWITCH_SCALE = 0.1
"""s of routers and feed-forwards, a tenth of the usual 1."""


def switch_std(d_in: int) -> float:
    """√(s / d_in): the reduced initialisation of Switch, as a standard deviation.

    With experts at s = 1 and routers of 0.02, a router that was left alone for 300 steps was even
    again 300 steps later on 5 to 7 seeds of 10; benchmarks/phenomena.py counts them as it is now.

    Args:
        d_in: the inputs of the matrix.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, section 2.4. There every weight matrix
    is scaled so, by a truncated normal. Here attention keeps s = 1: with a tenth there too, a
    router left alone collapses less.
    """
    return math.sqrt(SWITCH_SCALE / d_in)


def normal_parameter(
    shape: tuple[int, ...], std: float, generator: torch.Generator
) -> nn.Parameter:
    """A parameter of independent N(0, std²) numbers."""
    return nn.Parameter(torch.empty(shape).normal_(std=std, generator=generator))


def linear(d_in: int, d_out: int, std: float, generator: torch.Generator) -> nn.Linear:
    """x ↦ x · Wᵀ without bias, W (d_out, d_in) of N(0, std²)."""
    layer = nn.Linear(d_in, d_out, bias=False, device="meta")  # meta: draws nothing
    layer.weight = normal_parameter((d_out, d_in), std, generator)
    return layer
