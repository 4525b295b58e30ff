"""Hypothesis strategies: routings, loads and small valid configurations."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

from moeviz.config import ACTIVATIONS, DROP_POLICIES, ModelConfig, RoutingConfig

# A time limit per example is a timed assertion, and torch's first call is slow.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

seeds = st.integers(0, 2**31 - 1)


@dataclass(frozen=True)
class RoutingCase:
    """Router logits of a batch and how many experts each token takes."""

    router_logits: Tensor
    top_k: int

    @property
    def n_experts(self) -> int:
        return self.router_logits.shape[1]


@st.composite
def routing_cases(draw: st.DrawFn, max_tokens: int = 12, max_experts: int = 7) -> RoutingCase:
    """Any shape from T = E = K = 1, from even to very uneven routers; ties have probability 0."""
    n_tokens = draw(st.integers(1, max_tokens))
    n_experts = draw(st.integers(1, max_experts))
    top_k = draw(st.integers(1, n_experts))
    generator = torch.Generator().manual_seed(draw(seeds))
    logits = torch.randn(n_tokens, n_experts, generator=generator)
    lean = torch.randn(n_experts, generator=generator) * draw(st.sampled_from([0.0, 1.0, 5.0]))
    return RoutingCase(logits + lean, top_k)


@st.composite
def loads(draw: st.DrawFn) -> list[float]:
    """Fractions of slots of 2 to 16 experts, often with zeros."""
    counts = draw(st.lists(st.integers(0, 50), min_size=2, max_size=16).filter(any))
    return [count / sum(counts) for count in counts]


@st.composite
def model_configs(draw: st.DrawFn, dense: bool = False) -> ModelConfig:
    """Small models of every kind."""
    n_heads = draw(st.sampled_from([1, 2, 4]))
    return ModelConfig(
        n_experts=draw(st.integers(2, 9)),
        n_layers=draw(st.integers(1, 3)),
        d_model=16 * draw(st.integers(1, 2)),
        d_expert=16 + 4 * draw(st.integers(0, 4)),
        n_heads=n_heads,
        context_length=draw(st.integers(8, 20)),
        vocab_size=draw(st.integers(300, 320)),
        activation=draw(st.sampled_from(ACTIVATIONS)),
        dense_width=draw(st.integers(1, 80)) if dense else 0,
    )


@st.composite
def routing_configs(draw: st.DrawFn, max_top_k: int, dropless: bool = False) -> RoutingConfig:
    """Routing of at most `max_top_k` experts per token, without noise."""
    factors = st.none() if dropless else st.none() | st.sampled_from([0.1, 0.5, 1.0, 1.25, 2.0])
    return RoutingConfig(
        top_k=draw(st.integers(1, min(max_top_k, 8))),
        capacity_factor=draw(factors),
        drop_policy=draw(st.sampled_from(DROP_POLICIES)),
    )
