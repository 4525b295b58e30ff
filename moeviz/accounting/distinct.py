"""How many different experts, or places that hold them, a batch of tokens needs.

Routing is taken to be uniform and independent here: skewed or correlated routing needs fewer, which
only a measurement tells. Knows nothing of bytes.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb

from moeviz.accounting.bounds import whole
from moeviz.config import ConfigError


def distinct_experts(n_experts: int, top_k: int, n_tokens: int) -> float:
    """N·(1 − (1 − k/N)^B): the expected number of experts that at least one of B tokens chose.

    Each token chooses k different ones of N; one given expert is missed with 1 − k/N each time.

    Args:
        n_tokens: B, tokens of one step.

    Raises:
        ConfigError: k not from 1 to N, N or B below 1.
    """
    whole("n_experts", n_experts), whole("n_tokens", n_tokens)
    whole("top_k", top_k, high=n_experts)
    return n_experts * (1 - (1 - top_k / n_experts) ** n_tokens)


def distinct_ranks(n_experts: int, top_k: int, n_ranks: int) -> Fraction:
    """R·(1 − C(N − N/R, k) / C(N, k)): the expected number of ranks that one token is sent to.

    Args:
        n_ranks: R, ranks that hold N/R experts each.

    Raises:
        ConfigError: R that does not divide N, k not from 1 to N.
    """
    whole("n_experts", n_experts), whole("top_k", top_k, high=n_experts)
    if n_experts % whole("n_ranks", n_ranks):
        raise ConfigError("n_ranks", n_ranks, f"a divisor of {{}} ({n_experts})", ("n_experts",))
    elsewhere = comb(n_experts - n_experts // n_ranks, top_k)
    return n_ranks * (1 - Fraction(elsewhere, comb(n_experts, top_k)))
