"""How even the load is: each measure as a function of the load, and in words.

Knows nothing of routers or of time: loads are averaged over steps before they come here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from moeviz.records import DEAD_SHARE, FloatArray

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

Entropies = TypeVar("Entropies", "Tensor", FloatArray)
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
    return (load < DEAD_SHARE / load.shape[-1]).sum(dim=-1)


@dataclass(frozen=True, slots=True)
class Metric:
    """One balance metric in words, and its two anchors.

    Attributes:
        name: the function of this module, of the load and K where it needs K; and the column of
            the records.
        label: a term of the glossary.
        formula: LaTeX, in f_i (load), E (experts), K (experts per token).
        at_balance: "0", "1" or "E", its value when every expert gets the same.
        at_collapse: its value when the same K of E experts get every token.
        collapse_formula: the same as LaTeX.
    """

    name: str
    label: str
    formula: str
    definition: str
    at_balance: Literal["0", "1", "E"]
    at_collapse: Callable[[int, int], float]
    collapse_formula: str

    def even_value(self, n_experts: int) -> float:
        """`at_balance` as a number."""
        return float(n_experts if self.at_balance == "E" else self.at_balance)


METRICS: tuple[Metric, ...] = (
    Metric(
        "entropy_above_collapse",
        "Entropy above collapse",
        r"h = \frac{-\sum_i f_i \ln f_i - \ln K}{\ln E - \ln K}",
        "Entropy of the load between its values at total collapse and at an even load. From 0 "
        "to 1 for every k < E; not defined for k = E.",
        "1",
        lambda n_experts, k: 0.0,
        "0",
    ),
    Metric(
        "normalised_entropy",
        "Normalised entropy",
        r"-\frac{1}{\ln E}\sum_i f_i \ln f_i",
        "Entropy of the load ÷ ln E, the largest possible one. From ln k ÷ ln E to 1.",
        "1",
        lambda n_experts, k: math.log(k) / math.log(n_experts),
        r"\frac{\ln K}{\ln E}",
    ),
    Metric(
        "effective_experts",
        "Effective experts",
        r"\exp\Big(-\sum_i f_i \ln f_i\Big)",
        "The number of equally loaded experts with the same entropy. From k to E.",
        "E",
        lambda n_experts, k: float(k),
        "K",
    ),
    Metric(
        "max_violation",
        "MaxVio",
        r"\frac{\max_i f_i - \bar f}{\bar f}",
        "How far the load of the busiest expert is above an even share, in even shares. From 0 to "
        "E/k − 1.",
        "0",
        lambda n_experts, k: n_experts / k - 1,
        r"\frac{E}{K} - 1",
    ),
    Metric(
        "load_cv",
        "Coefficient of variation",
        r"\frac{\operatorname{std}(f)}{\bar f}",
        "Standard deviation of the experts' loads ÷ their mean.",
        "0",
        lambda n_experts, k: math.sqrt(n_experts / k - 1),
        r"\sqrt{\frac{E}{K} - 1}",
    ),
    Metric(
        "max_over_mean",
        "Max ÷ mean load",
        r"\frac{\max_i f_i}{\bar f}",
        "Load of the busiest expert in even shares. A layer waits for its busiest expert.",
        "1",
        lambda n_experts, k: n_experts / k,
        r"\frac{E}{K}",
    ),
    Metric(
        "dead_experts",
        "Dead experts",
        rf"\left|\left\{{ i : f_i < {DEAD_SHARE} / E \right\}}\right|",
        f"Experts that get less than {DEAD_SHARE:.0%} of an even share.",
        "0",
        lambda n_experts, k: n_experts - k,
        "E - K",
    ),
)
