"""Total against active parameters: more experts, fewer of them per token, or narrower ones.

Every change makes an `Architecture` again, so that all counts come from the same sums. Knows
nothing of quality.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.bounds import whole
from moeviz.accounting.flops import forward_flops
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.parts import MixtureFeedForward, Part
from moeviz.config import ConfigError


@dataclass(frozen=True, slots=True)
class SparsityPoint:
    """A model with one setting of experts, experts per token and their width.

    Attributes:
        total, active: parameters, both vocabulary tables counted. flops: forward, one token alone.
        combinations: E! / (K! · (E − K)!), sets of experts that a token can use in a layer.
        experts_used: K / E of the routed experts. parameters_used: active / total of the model.
    """

    n_experts: int
    top_k: int
    d_expert: int
    total: int
    active: int
    flops: int
    combinations: int
    experts_used: Fraction
    parameters_used: Fraction


def sparsity_point(architecture: Architecture) -> SparsityPoint:
    """Counts of a model whose mixture layers are alike; raises ConfigError where they are not."""
    shapes = {(m.n_experts, m.top_k, m.d_expert) for m in _mixtures(architecture)}
    if len(shapes) != 1:
        raise ConfigError("n_experts", sorted(shapes), "one size and k in all mixture layers")
    n_experts, top_k, d_expert = shapes.pop()
    count = parameter_count(architecture)
    active = count.active["all"]
    return SparsityPoint(
        n_experts,
        top_k,
        d_expert,
        count.total,
        active,
        forward_flops(architecture, 1).total,
        comb(n_experts, top_k),
        Fraction(top_k, n_experts),
        Fraction(active, count.total),
    )


def with_top_k(architecture: Architecture, top_k: int) -> Architecture:
    """The same weights with K experts per token: the total stays, active and FLOPs change.

    Raises:
        ConfigError: K not from 1 to the experts of every MoE layer.
    """

    def turned(mixture: MixtureFeedForward) -> MixtureFeedForward:
        whole("top_k", top_k, high=mixture.n_experts)
        return dataclasses.replace(mixture, top_k=top_k)

    return with_mixtures(architecture, turned)


def with_experts(architecture: Architecture, n_experts: int) -> Architecture:
    """E experts of the same size, K as before: the total changes, active ones by the router alone.

    Raises:
        ConfigError: E below K.
    """

    def turned(mixture: MixtureFeedForward) -> MixtureFeedForward:
        whole("n_experts", n_experts, low=mixture.top_k)
        return dataclasses.replace(mixture, n_experts=n_experts)

    return with_mixtures(architecture, turned)


def fine_grained(architecture: Architecture, split: int) -> Architecture:
    """m·E experts of width F/m, m·K of them per token: experts' weights and FLOPs stay exactly.

    Only the router grows, m-fold, with its biases, and where experts have a bias on their output,
    there are m times as many of these.

    Args:
        split: m, parts of each expert.

    Raises:
        ConfigError: m that does not divide the width of an expert.

    Source: DeepSeekMoE, arXiv:2401.06066, section 3.1.
    """
    whole("split", split)

    def turned(mixture: MixtureFeedForward) -> MixtureFeedForward:
        if mixture.d_expert % split:
            bound = f"a divisor of {{}} ({mixture.d_expert})"
            raise ConfigError("split", split, bound, ("d_expert",))
        return dataclasses.replace(
            mixture,
            n_experts=mixture.n_experts * split,
            top_k=mixture.top_k * split,
            d_expert=mixture.d_expert // split,
        )

    return with_mixtures(architecture, turned)


def with_mixtures(
    architecture: Architecture, turned: Callable[[MixtureFeedForward], Part]
) -> Architecture:
    """Every mixture replaced; raises ConfigError where there is none."""
    if not _mixtures(architecture):
        raise ConfigError("n_experts", 0, "at least 1 in some layer")
    stacks = tuple(
        dataclasses.replace(
            stack,
            parts=tuple(
                turned(part) if isinstance(part, MixtureFeedForward) else part
                for part in stack.parts
            ),
        )
        for stack in architecture.stacks
    )
    return dataclasses.replace(architecture, stacks=stacks)


def _mixtures(architecture: Architecture) -> list[MixtureFeedForward]:
    return [stack.mixture for stack in architecture.stacks if stack.mixture]
