"""Hypothesis strategies: routings, loads and small valid configurations."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from moeviz.config import ACTIVATIONS, DROP_POLICIES, ModelConfig, RoutingConfig
from moeviz.routing.routers import ROUTERS

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
def groupings(draw: st.DrawFn, n_experts: int) -> tuple[int, int]:
    """n_groups, of at least two experts unless it is 1, and kept_groups."""
    n_groups = draw(st.sampled_from([1] + [n for n in range(2, 17) if fits(n_experts, n)]))
    return n_groups, draw(st.integers(1, n_groups))


def fits(n_experts: int, n_groups: int) -> bool:
    """Whether the experts fall into so many groups of two or more."""
    return n_experts % n_groups == 0 and n_experts >= 2 * n_groups


@st.composite
def routing_configs(draw: st.DrawFn, n_experts: int, dropless: bool = False) -> RoutingConfig:
    """Routing of every kind among so many experts, without noise."""
    factors = st.sampled_from([None] if dropless else [None, 0.1, 0.5, 1.0, 1.0, 1.25, 2.0])
    n_groups, kept_groups = draw(groupings(n_experts))
    return RoutingConfig(
        top_k=draw(st.integers(1, min(n_experts // n_groups * kept_groups, 8))),
        capacity_factor=draw(factors),
        drop_policy=draw(st.sampled_from(DROP_POLICIES) | st.just("reroute")),
        router=draw(st.sampled_from(list(ROUTERS))),
        gate_scale=draw(st.sampled_from([1.0, 0.5, 2.5])),
        n_groups=n_groups,
        kept_groups=kept_groups,
    )
