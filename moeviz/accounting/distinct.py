"""How many different experts, or places that hold them, a batch of tokens needs.

Routing is taken to be uniform and independent here, within groups where it is limited to some of
them: skewed or correlated routing needs fewer, which only a measurement tells. Knows nothing of
bytes.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import comb

from moeviz.accounting.bounds import whole
from moeviz.config import ConfigError


def distinct_experts(n_experts: int, top_k: int, n_tokens: int) -> float:
    """E·(1 − (1 − K/E)^B): the expected number of experts that at least one of B tokens uses.

    Each token uses K different ones of E; it misses one given expert with probability 1 − K/E.

    Args:
        n_tokens: B, tokens of one step.

    Raises:
        ConfigError: K not from 1 to E, E or B below 1.
    """
    whole("n_experts", n_experts), whole("n_tokens", n_tokens)
    whole("top_k", top_k, high=n_experts)
    return n_experts * (1 - (1 - top_k / n_experts) ** n_tokens)


def distinct_ranks(
    n_experts: int, top_k: int, n_ranks: int, groups: tuple[int, int] | None = None
) -> Fraction:
    """Expected number of ranks that one token is sent to.

    R · (1 − the share of the sets of K experts that leave out the E/R experts of a rank); where
    only M of G groups of experts take part for a token, the same of the M·E/G experts of those
    groups, in the mean over the groups.

    Args:
        n_ranks: R, ranks that hold E/R experts each, in the experts' order.
        groups: (G, M) of group-limited routing, with the groups in the experts' order; None: any K
            experts. Groups are taken to be selected uniformly, as are experts within them.

    Raises:
        ConfigError: R that does not divide E, K not from 1 to E, groups that cannot be.

    Source: DeepSeek-V3, arXiv:2412.19437, section 2.1.2: 8 groups, of which 4 take part.
    """
    whole("n_experts", n_experts), whole("top_k", top_k, high=n_experts)
    if n_experts % whole("n_ranks", n_ranks):
        raise ConfigError("n_ranks", n_ranks, f"a divisor of {{}} ({n_experts})", ("n_experts",))
    n_groups, kept = (1, 1) if groups is None else groups
    if n_experts % whole("n_groups", n_groups):
        raise ConfigError("n_groups", n_groups, f"a divisor of {{}} ({n_experts})", ("n_experts",))
    size = n_experts // n_groups
    whole("kept_groups", kept, low=-(-top_k // size), high=n_groups)
    sets = comb(n_groups, kept) * comb(kept * size, top_k)
    missed = sum(_sets_without(rank, n_experts // n_ranks, size, (n_groups, kept), top_k)
                 for rank in range(n_ranks))  # fmt: skip
    return n_ranks - Fraction(missed, sets)


def _sets_without(rank: int, held: int, size: int, groups: tuple[int, int], top_k: int) -> int:
    """Sets of groups, and of K experts within them, that leave a rank's experts out."""
    n_groups, kept = groups
    overlaps = _overlaps(rank * held, (rank + 1) * held, size)
    ways = Counter({(0, 0): 1})  # (groups kept of those that the rank has a part of, its experts)
    for overlap in overlaps:
        for (number, experts), count in list(ways.items()):
            ways[number + 1, experts + overlap] += count
    others = n_groups - len(overlaps)
    return sum(
        count * comb(others, kept - number) * comb(kept * size - experts, top_k)
        for (number, experts), count in ways.items()
        if number <= kept
    )


def _overlaps(first: int, last: int, size: int) -> list[int]:
    """Of each group that the experts from first to last − 1 lie in, how many of them."""
    return [
        min(last, (group + 1) * size) - max(first, group * size)
        for group in range(first // size, (last - 1) // size + 1)
    ]
