"""All-to-all: bytes that expert parallelism sends, layer by layer and pass by pass.

Knows nothing of links, of latency or of load imbalance.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.bounds import positive, whole
from moeviz.accounting.distinct import distinct_ranks
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.terms import Exact, Term, simplified, total
from moeviz.config import ConfigError

Pass = Literal["forward", "training"]
PASSES: dict[Pass, int] = {"forward": 1, "training": 2}
"""How often a layer dispatches and combines: forward, and backward."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that leave their rank, all tokens and mixture layers together.

    Attributes:
        terms: dispatch and combine of each kind of mixture layer, exact in expectation.
        copies: (K or distinct ranks a token, of each kind of MoE layer) before the part that
            stays at home.
    """

    terms: tuple[Term, ...]
    copies: tuple[Exact, ...]

    @property
    def total_bytes(self) -> Exact:
        """Σ terms."""
        return total(self.terms)


def all_to_all(
    architecture: Architecture,
    n_tokens: int,
    n_ranks: int,
    passes: Pass = "forward",
    dispatch_bytes: int | Fraction = 2,
    combine_bytes: int | Fraction = 2,
    deduplicated: bool = False,
) -> Traffic:
    """T·copies·W·(1 − 1/R)·(dispatch + combine bytes)·L·passes, without the experts' hidden width.

    W is the width that experts read and write: D, or what latent experts' tokens are projected to
    before they are sent (transformers' `MuseSparkMoE` and `NemotronHMoE` project, then dispatch).

    A token is sent once for each of its K experts, or once for each rank that holds some of them
    when copies for the same rank are sent once; 1/R of either stay at home when routing is uniform.
    Routing that is limited to groups of experts (`MixtureFeedForward.groups`) needs fewer ranks.

    Args:
        n_tokens: T of all ranks together. n_ranks: R, that share out each layer's experts.
        dispatch_bytes, combine_bytes: of one number on the way there, and on the way back.

    Raises:
        ConfigError: R that does not divide a layer's experts, or a size that cannot be.
    """
    whole("n_tokens", n_tokens), whole("n_ranks", n_ranks)
    positive("dispatch_bytes", dispatch_bytes), positive("combine_bytes", combine_bytes)
    if passes not in PASSES:
        raise ConfigError("passes", passes, "one of " + ", ".join(PASSES))
    terms: list[Term] = []
    copies = []
    for stack in architecture.stacks:
        if mixture := stack.mixture:
            sent = _copies(mixture, n_ranks, deduplicated)
            copies.append(sent)
            factors = (
                ("tokens", n_tokens), ("copies per token", sent),
                ("width sent", mixture.routed_width),
                ("share that leaves its rank", 1 - Fraction(1, n_ranks)),
                ("layers", stack.n_layers), ("passes", PASSES[passes]),
            )  # fmt: skip
            for name, size in (("dispatch", dispatch_bytes), ("combine", combine_bytes)):
                terms.append(Term(name, name, (*factors, ("bytes per number", Fraction(size)))))
    return Traffic(tuple(terms), tuple(copies))


def transfer_seconds(traffic: Traffic, n_ranks: int, bytes_per_second: float) -> float:
    """(bytes / R) / bandwidth, without latency: a bound from below, the fullest rank takes longer.

    Args:
        bytes_per_second: that one rank sends, one way.
    """
    positive("bytes_per_second", bytes_per_second), whole("n_ranks", n_ranks)
    return float(traffic.total_bytes) / n_ranks / bytes_per_second


def _copies(mixture: MixtureFeedForward, n_ranks: int, deduplicated: bool) -> Exact:
    ranks = distinct_ranks(mixture.n_experts, mixture.top_k, n_ranks, mixture.groups)
    return simplified(ranks) if deduplicated else mixture.top_k
