"""A decoding step as a roofline: bytes read, operations done, and which of them takes longer.

A bound from below: perfect overlap, peak rates, no communication, no time to start a kernel. Knows
nothing of who asks or of how anything is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.bounds import whole
from moeviz.accounting.distinct import distinct_experts
from moeviz.accounting.flops import decode_flops
from moeviz.accounting.hardware import Hardware
from moeviz.accounting.kv_cache import kv_bytes
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.precision import PRECISIONS, Precision
from moeviz.accounting.weights import Weights
from moeviz.config import ConfigError

Bound = Literal["memory", "compute"]


@dataclass(frozen=True, slots=True)
class Serving:
    """What is decoded, where and how.

    Attributes:
        context: S, positions that each sequence sees, the new one included.
        cache_bits: of one element of the cache.
    """

    architecture: Architecture
    hardware: Hardware
    precision: Precision = PRECISIONS["bf16"]
    context: int = 1
    cache_bits: int | Fraction = 16

    def __post_init__(self) -> None:
        whole("context", self.context)


@dataclass(frozen=True, slots=True)
class DecodeStep:
    """One step for a batch of B sequences.

    Attributes:
        distinct: (layers, experts of a layer, distinct ones read, bytes of one) of each mixture.
        resident_bytes: what every step reads: all but routed experts and the looked-up table.
        expert_bytes: of the distinct experts of all layers. cache_bytes: of B sequences.
        flops: operations.
        memory_seconds, compute_seconds: bytes / bandwidth, operations / peak.
    """

    batch: int
    distinct: tuple[tuple[int, int, float, Fraction], ...]
    resident_bytes: float
    expert_bytes: float
    cache_bytes: float
    flops: int
    memory_seconds: float
    compute_seconds: float

    @property
    def total_bytes(self) -> float:
        """Read in the step."""
        return self.resident_bytes + self.expert_bytes + self.cache_bytes

    @property
    def seconds(self) -> float:
        """max(bytes / bandwidth, operations / peak)."""
        return max(self.memory_seconds, self.compute_seconds)

    @property
    def tokens_per_second(self) -> float:
        """B / seconds, of all sequences together."""
        return self.batch / self.seconds

    @property
    def bound(self) -> Bound:
        """What the step waits for."""
        return "memory" if self.memory_seconds > self.compute_seconds else "compute"


def decode_step(serving: Serving, batch: int, distinct: float | None = None) -> DecodeStep:
    """bytes = resident + Σ layers distinct(B)·expert + cache(B, S); operations = B·decode(S).

    Of the input embedding B rows are read, of a tied one all.

    Args:
        batch: B, sequences decoded together.
        distinct: experts read in a layer on average, as measured; None: expected of uniform
            routing.

    Raises:
        ConfigError: batch below 1, or a distinct number that no routing can have.
    """
    architecture, precision = serving.architecture, serving.precision
    whole("batch", batch)
    mixtures = tuple(
        (stack.n_layers, m.n_experts, _distinct(m, batch, distinct), expert_bytes(m, precision))
        for stack in architecture.stacks
        if (m := stack.mixture)
    )
    resident = float(_resident_bytes(architecture, precision, batch))
    experts = sum(layers * read * float(size) for layers, _, read, size in mixtures)
    cache = float(kv_bytes(architecture, serving.context, batch, serving.cache_bits))
    flops = decode_flops(architecture, serving.context, batch).total
    hardware = serving.hardware
    return DecodeStep(
        batch,
        mixtures,
        resident,
        experts,
        cache,
        flops,
        (resident + experts + cache) / hardware.bytes_per_second,
        flops / hardware.flops_per_second,
    )


def compute_bound_batch(serving: Serving) -> int | None:
    """The smallest B whose operations take as long as its bytes; None where no batch does.

    None when one more sequence's cache takes longer to read than its token takes to compute.
    Bytes grow ever more slowly with B, operations do not: so the first such B is found by halving.
    """
    one = decode_step(serving, 1)
    cache_seconds = one.cache_bytes / serving.hardware.bytes_per_second
    if one.bound == "compute":
        return 1
    if one.compute_seconds <= cache_seconds:
        return None
    below, at = 1, 2
    while decode_step(serving, at).bound == "memory":
        below, at = at, 2 * at
    while at - below > 1:
        middle = (below + at) // 2
        if decode_step(serving, middle).bound == "compute":
            at = middle
        else:
            below = middle
    return at


def dense_equivalent(serving: Serving, step: DecodeStep) -> float:
    """Weights of the dense model whose step takes as long, with the same cache and attention.

    The smaller of what can be read and what can be computed in that time.
    """
    return min(dense_by_bytes_and_operations(serving, step))


def dense_by_bytes_and_operations(serving: Serving, step: DecodeStep) -> tuple[float, float]:
    """(t·bandwidth − cache) / bytes a weight, and (t·peak / B − attention's products) / 2.

    The dense model's weights, which every token uses, are those of the head and the layers, without
    the input embedding, in the format of the model's own matrices outside the experts.
    """
    attention = attention_products(serving)
    hardware, seconds = serving.hardware, step.seconds
    readable = seconds * hardware.bytes_per_second - step.cache_bytes
    computable = seconds * hardware.flops_per_second / step.batch - attention
    return readable * 8 / float(serving.precision.matrices.bits), computable / 2


def attention_products(serving: Serving) -> float:
    """Operations of one sequence's step that are between positions."""
    components = decode_flops(serving.architecture, serving.context).components
    return float(components.get("attention_products", 0))


def _distinct(mixture: MixtureFeedForward, batch: int, measured: float | None) -> float:
    if measured is None:
        return distinct_experts(mixture.n_experts, mixture.top_k, batch)
    least, most = mixture.top_k, min(mixture.n_experts, batch * mixture.top_k)
    if not least <= measured <= most:
        raise ConfigError("distinct", measured, f"a number from {least} to {most}")
    return measured


def expert_bytes(mixture: MixtureFeedForward, precision: Precision) -> Fraction:
    """Of one routed expert of one layer."""
    return precision.bytes_of(mixture.expert_weights())


def _resident_bytes(architecture: Architecture, precision: Precision, batch: int) -> Fraction:
    """All weights but routed experts; of a table that is only looked up, B rows."""
    return sum((_read(each, precision, batch) for each in architecture.weights()), Fraction(0))


def _read(weights: Weights, precision: Precision, batch: int) -> Fraction:
    if weights.component == "routed_experts":
        return Fraction(0)
    stored = precision.bytes_of((weights,))
    if weights.component == "embedding" and not weights.multiplied:
        rows = weights.shape[0]
        return stored * min(batch, rows) / rows
    return stored
