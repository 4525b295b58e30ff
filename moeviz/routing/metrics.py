"""How even the load is: each measure as a function of the load.

`moeviz.records` declares the measures of a step, in words. Knows nothing of routers or of time:
loads are averaged over steps before they come here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

    from moeviz.records import FloatArray

Entropies = TypeVar("Entropies", "Tensor", "FloatArray")
"""Of a running model as a tensor, of its records as an array."""


def expert_load(expert: Int[Tensor, "*assignments"], n_experts: int) -> Float[Tensor, " E"]:
    """f_i = (assignments to expert i) / (all of them): what the router chose, before any drop."""
    return expert.flatten().bincount(minlength=n_experts) / expert.numel()


def normalised_entropy(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """−Σ_i f_i · ln f_i / ln E, the entropy over its largest value: 1 when the load is even.

    ln K / ln E when the same K experts get every token: compare it between equal K only.

    Args:
        load: fractions that sum to 1, of at least 2 experts.
    """
    return -load.xlogy(load).sum(dim=-1) / math.log(load.shape[-1])


def entropy_above_collapse(
    load: Float[Tensor, "*layers E"], top_k: int | float
) -> Float[Tensor, "*layers"]:
    """h = (entropy − ln K) / (ln E − ln K): 1 when the load is even, for every K < E.

    0 when the same K experts get every token. NaN from K = E on, where every load is even. Compares
    across K and E.

    Args:
        top_k: K, at least 1; of a load that is a mean over steps with different K, their geometric
            mean; of tokens with different numbers of experts, their mean.
    """
    return above_collapse(normalised_entropy(load), load.shape[-1], top_k)


def above_collapse(normalised: Entropies, n_experts: int, top_k: int | float) -> Entropies:
    """h from the normalised entropy.

    Never below 0: the entropy is below ln K by rounding only.
    """
    if top_k >= n_experts:
        return normalised * math.nan
    floor = math.log(top_k) / math.log(n_experts)
    return ((normalised - floor) / (1 - floor)).clip(0)


def effective_experts(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """exp(entropy): as many experts with equal loads have the same entropy.

    E when the load is even, K when the same K experts get every token. Divide by K to compare
    across K: 1 at total collapse, E/K when even.
    """
    return effective(normalised_entropy(load), load.shape[-1])


def effective(normalised: Entropies, n_experts: int) -> Entropies:
    """exp(entropy) from the normalised entropy."""
    return n_experts**normalised


def max_violation(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """(max_i f_i − mean f) / mean f: how far the busiest expert is above an even share.

    0 when the load is even, E/K − 1 when the same K experts get every token.

    Source: Wang et al. 2024, arXiv:2408.15664, eq. 4 (MaxVio).
    """
    return max_over_mean(load) - 1


def max_over_mean(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """max_i f_i / mean f: the busiest expert's load in even shares.

    1 when the load is even, at most E/K: an expert gets a token once, so at most 1/K of the load.
    """
    return load.amax(dim=-1) / load.mean(dim=-1)


def load_cv(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """std f / mean f, over all E experts: 0 when the load is even.

    √(E/K − 1) when the same K experts get every token.

    Source: the coefficient of variation of Shazeer et al. 2017, arXiv:1701.06538, eq. 7.
    """
    return load.std(dim=-1, correction=0) / load.mean(dim=-1)


def dead_experts(load: Float[Tensor, "*layers E"]) -> Int[Tensor, "*layers"]:
    """The number of experts with f_i < DEAD_SHARE / E: they get almost no token to learn from.

    0 when the load is even, E − K when the same K experts get every token.
    """
    from moeviz.records import DEAD_SHARE  # here: the words of methods are read without numpy

    return (load < DEAD_SHARE / load.shape[-1]).sum(dim=-1)
