"""How even the load is: each measure as a function of the load, and in words.

Knows nothing of routers or of time: loads are averaged over steps before they come here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moeviz.records import DEAD_SHARE

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def expert_load(expert: Int[Tensor, "*assignments"], n_experts: int) -> Float[Tensor, " E"]:
    """f_i = (assignments to expert i) / (all of them): what the router chose, before any drop."""
    return expert.flatten().bincount(minlength=n_experts) / expert.numel()


def normalised_entropy(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """−Σ_i f_i · ln f_i / ln E: 1 when the load is even.

    ln K / ln E when the same K experts get every token.

    Args:
        load: fractions that sum to 1, of at least 2 experts.
    """
    return -load.xlogy(load).sum(dim=-1) / math.log(load.shape[-1])


def max_violation(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """(max_i f_i − mean f) / mean f: how far the busiest expert is above an even share.

    0 when the load is even, E/K − 1 when the same K experts get every token.

    Source: Wang et al. 2024, arXiv:2408.15664, eq. 4 (MaxVio).
    """
    return max_over_mean(load) - 1


def max_over_mean(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """max_i f_i / mean f: the busiest expert's load in even shares. 1 to E/K."""
    return load.amax(dim=-1) / load.mean(dim=-1)


def load_cv(load: Float[Tensor, "*layers E"]) -> Float[Tensor, "*layers"]:
    """std f / mean f, over all E experts: 0 when the load is even.

    √(E/K − 1) when the same K experts get every token.

    Source: the coefficient of variation of Shazeer et al. 2017, arXiv:1701.06538, eq. 7.
    """
    return load.std(dim=-1, correction=0) / load.mean(dim=-1)


def dead_experts(load: Float[Tensor, "*layers E"]) -> Int[Tensor, "*layers"]:
    """The number of experts with f_i < DEAD_SHARE / E: they get almost no token to learn from."""
    return (load < DEAD_SHARE / load.shape[-1]).sum(dim=-1)


@dataclass(frozen=True, slots=True)
class Metric:
    """One balance metric in words, and its two anchors.

    Attributes:
        name: the function of this module and the column of the records.
        label: a term of the glossary.
        formula: LaTeX, in f_i (load), E (experts), K (experts per token).
        at_balance: its value when every expert gets the same.
        at_collapse: its value when the same K of E experts get every token.
        collapse_formula: the same as LaTeX.
    """

    name: str
    label: str
    formula: str
    definition: str
    at_balance: float
    at_collapse: Callable[[int, int], float]
    collapse_formula: str


METRICS: tuple[Metric, ...] = (
    Metric(
        "normalised_entropy",
        "Normalised entropy",
        r"-\frac{1}{\ln E}\sum_i f_i \ln f_i",
        "How evenly the assignments spread over the experts, from 0 to 1.",
        1.0,
        lambda n_experts, k: math.log(k) / math.log(n_experts),
        r"\frac{\ln K}{\ln E}",
    ),
    Metric(
        "max_violation",
        "MaxVio",
        r"\frac{\max_i f_i - \bar f}{\bar f}",
        "How far the load of the busiest expert is above an even share, in even shares.",
        0.0,
        lambda n_experts, k: n_experts / k - 1,
        r"\frac{E}{K} - 1",
    ),
    Metric(
        "load_cv",
        "Coefficient of variation",
        r"\frac{\operatorname{std}(f)}{\bar f}",
        "Standard deviation of the experts' loads ÷ their mean.",
        0.0,
        lambda n_experts, k: math.sqrt(n_experts / k - 1),
        r"\sqrt{\frac{E}{K} - 1}",
    ),
    Metric(
        "max_over_mean",
        "Max ÷ mean load",
        r"\frac{\max_i f_i}{\bar f}",
        "Load of the busiest expert in even shares. A layer waits for its busiest expert.",
        1.0,
        lambda n_experts, k: n_experts / k,
        r"\frac{E}{K}",
    ),
    Metric(
        "dead_experts",
        "Dead experts",
        rf"\left|\left\{{ i : f_i < {DEAD_SHARE} / E \right\}}\right|",
        f"Experts that get less than {DEAD_SHARE:.0%} of an even share.",
        0.0,
        lambda n_experts, k: n_experts - k,
        "E - K",
    ),
)
