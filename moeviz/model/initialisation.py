"""Weights drawn from a given generator. The global seed is neither read nor moved."""

from __future__ import annotations

import torch
from torch import nn

SMALL_STD = 0.02
"""Of embeddings, positions, routers and the head, as in GPT-2.

To a fresh router all tokens then look alike, as they do in large models: the first steps decide
whether it spreads them or collapses. With embeddings of N(0, 1) tokens differ from the start, and a
router left alone hardly collapses. A small head makes an untrained model guess evenly.
"""


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
