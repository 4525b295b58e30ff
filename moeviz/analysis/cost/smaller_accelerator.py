"""One accelerator that is too small: the host keeps the routed experts of the first layers.

As llama.cpp's `--n-cpu-moe N` does it: the routed experts of layers 0 to N − 1, dense layers
counted, lie in the host's memory, all else on the accelerator. The input embedding is only looked
up, so llama.cpp keeps it on the host too, unless it is also the output head. Knows nothing of how
anything is drawn.

Source: ggml-org/llama.cpp, pull request 15077, and `llm_add_n_cpu_ffn_overrides` in common.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.bounds import positive, whole
from moeviz.accounting.decode import Serving, decode_step, expert_bytes
from moeviz.accounting.kv_cache import kv_bytes
from moeviz.accounting.memory import usable
from moeviz.accounting.parts import DenseFeedForward, MixtureFeedForward
from moeviz.accounting.precision import Precision
from moeviz.accounting.terms import Exact, simplified
from moeviz.accounting.weights import Weights

HIDDEN_BYTES = 2
"""Of one number of a token's vector that crosses the link."""


@dataclass(frozen=True, slots=True)
class Host:
    """The machine around an accelerator.

    Attributes:
        memory_bytes: of its memory. bytes_per_second: peak of reading it.
        link_bytes_per_second: of the link to the accelerator, in one direction.
    """

    memory_bytes: float
    bytes_per_second: float
    link_bytes_per_second: float

    def __post_init__(self) -> None:
        for field in ("memory_bytes", "bytes_per_second", "link_bytes_per_second"):
            positive(field, getattr(self, field))


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the weights lie when the host keeps the experts of the first N layers.

    Attributes:
        n_cpu_moe: N. kept, moved: layers with experts, on the accelerator and on the host.
        kept_bytes, moved_bytes: of their routed experts.
        other_bytes: of all other weights on the accelerator. cache_bytes: of one sequence.
        table_bytes: of an input embedding that is only looked up, on the host.
        accelerator_room, host_room: usable bytes of each memory.
    """

    serving: Serving
    host: Host
    n_cpu_moe: int
    kept: tuple[int, ...]
    moved: tuple[int, ...]
    kept_bytes: Exact
    moved_bytes: Exact
    other_bytes: Exact
    cache_bytes: Exact
    table_bytes: Exact
    accelerator_room: Exact
    host_room: Exact

    @property
    def on_accelerator(self) -> Exact:
        """Weights and KV cache there."""
        return simplified(self.other_bytes + self.cache_bytes + self.kept_bytes)

    @property
    def on_host(self) -> Exact:
        """Weights there."""
        return simplified(self.table_bytes + self.moved_bytes)

    @property
    def fits_accelerator(self) -> bool:
        """Whether what is there fits, with a part kept free."""
        return self.on_accelerator <= self.accelerator_room

    @property
    def fits_host(self) -> bool:
        """Whether the host's memory holds its part."""
        return self.on_host <= self.host_room


def placement(serving: Serving, host: Host) -> Placement:
    """The smallest N for which the accelerator holds the rest; where none does, of all experts."""
    nothing_moved = placed(serving, host, 0)
    room = nothing_moved.accelerator_room - nothing_moved.other_bytes - nothing_moved.cache_bytes
    for place, size in reversed(_expert_layers(serving.architecture, serving.precision).items()):
        room -= size
        if room < 0:
            return placed(serving, host, place + 1)
    return nothing_moved


def placed(serving: Serving, host: Host, n_cpu_moe: int) -> Placement:
    """With the experts of layers 0 to N − 1 on the host.

    Raises:
        ConfigError: N not from 0 to the number of layers.
    """
    architecture, precision = serving.architecture, serving.precision
    whole("n_cpu_moe", n_cpu_moe, 0, architecture.n_layers)
    sizes = _expert_layers(architecture, precision)
    kept = {place: size for place, size in sizes.items() if place >= n_cpu_moe}
    moved = {place: size for place, size in sizes.items() if place < n_cpu_moe}
    table = precision.bytes_of(filter(_is_looked_up, architecture.weights()))
    everything = precision.bytes_of(architecture.weights())
    return Placement(
        serving,
        host,
        n_cpu_moe,
        tuple(kept),
        tuple(moved),
        simplified(sum(kept.values(), Fraction(0))),
        simplified(sum(moved.values(), Fraction(0))),
        simplified(everything - sum(sizes.values()) - table),
        kv_bytes(architecture, serving.context, 1, serving.cache_bits),
        simplified(table),
        usable(Fraction(serving.hardware.memory_bytes)),
        usable(Fraction(host.memory_bytes)),
    )


def _is_looked_up(weights: Weights) -> bool:
    return weights.component == "embedding" and not weights.multiplied


def _expert_layers(architecture: Architecture, precision: Precision) -> dict[int, Fraction]:
    """Bytes of all routed experts of each layer that has some, by its place."""
    sizes = {
        stack: mixture.n_experts * expert_bytes(mixture, precision)
        for stack in architecture.stacks
        if (mixture := stack.mixture)
    }
    layers = enumerate(architecture.layers())
    return {place: sizes[stack] for place, stack in layers if stack in sizes}


@dataclass(frozen=True, slots=True)
class SplitStep:
    """A decode step of one sequence, by where it waits; a bound from below.

    Attributes:
        accelerator_bytes, host_bytes: read from each memory. host_rate: bytes per second at which
            the latter are reached.
        accelerator_seconds: max(bytes / bandwidth, FLOPs / peak) of its part.
        host_seconds: host_bytes / host_rate.
        link_seconds: a token's vectors, to the host and back.
        beside_seconds: what the accelerator computes of these layers meanwhile.
    """

    accelerator_bytes: float
    host_bytes: float
    host_rate: float
    accelerator_seconds: float
    host_seconds: float
    link_seconds: float
    beside_seconds: float

    @property
    def seconds(self) -> float:
        """Accelerator + host + link − what runs beside: layers follow each other."""
        one_after_another = self.accelerator_seconds + self.host_seconds + self.link_seconds
        return one_after_another - self.beside_seconds

    @property
    def tokens_per_second(self) -> float:
        """Of one sequence."""
        return 1 / self.seconds


def computed_on_host(found: Placement) -> SplitStep:
    """The host computes its experts: they are read at its bandwidth, vectors cross the link."""
    crossing = sum(2 * mixture.routed_width for mixture in _mixtures(found)) * HIDDEN_BYTES
    link = crossing / found.host.link_bytes_per_second
    return _split_step(found, found.host.bytes_per_second, link)


def copied_over_link(found: Placement) -> SplitStep:
    """The accelerator computes all experts: each one that a token uses is copied to it first."""
    slower = min(found.host.bytes_per_second, found.host.link_bytes_per_second)
    return _split_step(found, slower, 0.0)


def _split_step(found: Placement, rate: float, link_seconds: float) -> SplitStep:
    """Attention waits for the layer before and the experts wait for the router, so times add up.

    Only what a layer computes beside its experts can overlap with them.
    """
    serving = found.serving
    step, hardware = decode_step(serving, 1), serving.hardware
    reads = [_read_bytes(each, serving.precision) for each in _mixtures(found)]
    host_bytes, host_flops = sum(reads), sum(map(_expert_flops, _mixtures(found)))
    mine = step.total_bytes - host_bytes
    layers = serving.architecture.layers()
    beside = (
        min(_beside(layers[place], serving.precision) / hardware.bytes_per_second, read / rate)
        for place, read in zip(found.moved, reads, strict=True)
    )
    return SplitStep(
        mine,
        host_bytes,
        rate,
        max(
            mine / hardware.bytes_per_second, (step.flops - host_flops) / hardware.flops_per_second
        ),
        host_bytes / rate,
        link_seconds,
        sum(beside),
    )


def _mixtures(found: Placement) -> Sequence[MixtureFeedForward]:
    """Of the host's layers."""
    layers = found.serving.architecture.layers()
    mixtures = (layers[place].mixture for place in found.moved)
    return [each for each in mixtures if each is not None]


def _read_bytes(mixture: MixtureFeedForward, precision: Precision) -> float:
    """Of the K experts that one token uses in a layer."""
    return mixture.top_k * float(expert_bytes(mixture, precision))


def _expert_flops(mixture: MixtureFeedForward) -> int:
    matrices = (each.parameters for each in mixture.expert_weights() if each.multiplied)
    return 2 * mixture.top_k * sum(matrices)


def _beside(layer: Stack, precision: Precision) -> float:
    """Bytes of a layer that are no routed experts and need not wait for them, nor they for these.

    Shared experts, a dense feed-forward in parallel, and what a family lists after its mixture.
    """
    place = next(i for i, part in enumerate(layer.parts) if isinstance(part, MixtureFeedForward))
    found = [each for each in layer.parts[place].weights() if each.component == "shared_experts"]
    for i, part in enumerate(layer.parts):
        if isinstance(part, DenseFeedForward) or i > place:
            found += part.weights()
    return float(precision.bytes_of(found))
