"""Memory: what training stores per parameter and accelerator, and whether a model fits to serve.

Weights, gradients and the optimizer's state; no activations, no buffers. Shares are even: what one
accelerator holds is a mean. Knows nothing of speed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.bounds import whole
from moeviz.accounting.hardware import Hardware
from moeviz.accounting.kv_cache import kv_bytes
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.precision import PRECISIONS, Precision, total_bytes
from moeviz.accounting.terms import Exact, Term, by_component, simplified, total
from moeviz.config import ConfigError


@dataclass(frozen=True, slots=True)
class TrainingState:
    """Bytes that training keeps for each parameter, active or not.

    Attributes:
        master: 32-bit copies of 16-bit weights. moments: Adam's two.

    Source: Megatron-Core, `theoretical_memory_usage.py`: 18, or 6 + 12 / DP with the distributed
    optimizer; Rajbhandari et al. 2020 (ZeRO), arXiv:1910.02054, section 3.1: 16.
    """

    weight: int = 2
    gradient: int = 4
    master: int = 4
    moments: int = 8

    def __post_init__(self) -> None:
        for name in ("weight", "gradient", "master", "moments"):
            whole(name, getattr(self, name), low=0)

    @property
    def replicated(self) -> int:
        """Weight and gradient: on every rank that computes with the parameter."""
        return self.weight + self.gradient

    @property
    def sharded(self) -> int:
        """Master weight and moments: over ranks with the distributed optimizer."""
        return self.master + self.moments


TRAINING_STATES: dict[str, TrainingState] = {
    "bf16 with 32-bit gradients, 18 bytes": TrainingState(),
    "bf16 with 16-bit gradients, 16 bytes": TrainingState(gradient=2),
    "fp32, 16 bytes": TrainingState(weight=4, gradient=4, master=0),
}


@dataclass(frozen=True, slots=True)
class Parallelism:
    """How ranks share a training.

    Attributes:
        ranks: all accelerators. expert: EP, ranks that share out a layer's experts.
        tensor: TP, ranks that share each matrix outside the experts. pipeline: PP, ranks that share
            out the layers.
        distributed_optimizer: whether replicas share master weights and moments.
    """

    ranks: int = 1
    expert: int = 1
    tensor: int = 1
    pipeline: int = 1
    distributed_optimizer: bool = True

    def __post_init__(self) -> None:
        for name in ("ranks", "expert", "tensor", "pipeline"):
            whole(name, getattr(self, name))
        stage = self.ranks // self.pipeline
        if self.ranks % self.pipeline:
            raise ConfigError("pipeline", self.pipeline, f"a divisor of ranks ({self.ranks})")
        for name in ("tensor", "expert"):
            if stage % getattr(self, name):
                bound = f"a divisor of the {stage} ranks of a pipeline stage"
                raise ConfigError(name, getattr(self, name), bound)

    @property
    def replicas(self) -> int:
        """DP = ranks / (TP·PP): copies of what is no expert."""
        return self.ranks // (self.tensor * self.pipeline)

    @property
    def expert_replicas(self) -> int:
        """ranks / (EP·PP): copies of each expert."""
        return self.ranks // (self.expert * self.pipeline)


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """Bytes of one accelerator, and of the whole state as if there were one copy of everything.

    Attributes:
        terms: of one accelerator, by component "experts" and "others".
        one_copy: bytes a parameter times total parameters.
    """

    terms: tuple[Term, ...]
    one_copy: int

    @property
    def per_accelerator(self) -> Exact:
        """Σ terms."""
        return total(self.terms)

    @property
    def components(self) -> dict[str, Exact]:
        """Σ terms of each component."""
        return by_component(self.terms)


USUAL_EXPERT_RANKS = 8
"""Accelerators of one machine, between which all-to-all is fast."""


def usual_expert_ranks(architecture: Architecture, ranks: int) -> int:
    """EP that can be: the most, up to USUAL_EXPERT_RANKS, that divides ranks and all experts.

    Args:
        ranks: of a pipeline stage.
    """
    sizes = [ranks, *(stack.mixture.n_experts for stack in architecture.stacks if stack.mixture)]
    return max(
        each for each in range(1, USUAL_EXPERT_RANKS + 1) if not any(size % each for size in sizes)
    )


def training_memory(
    architecture: Architecture,
    parallelism: Parallelism = Parallelism(),
    state: TrainingState = TrainingState(),
) -> TrainingMemory:
    """P_others/(TP·PP)·(6 + 12/DP) + P_experts/(EP·PP)·(6 + 12·EP·PP/ranks), at 6 + 12 bytes.

    Over total parameters: an expert that no token of the batch uses keeps its state all the same.
    The optimizer's state of experts is shared by fewer replicas than that of the rest.

    Raises:
        ConfigError: EP that does not divide the experts of a layer.

    Source: as `TrainingState`.
    """
    for stack in architecture.stacks:
        if stack.mixture and stack.mixture.n_experts % parallelism.expert:
            bound = f"a divisor of {{}} ({_with_divisors(stack.mixture.n_experts)})"
            raise ConfigError("expert", parallelism.expert, bound, ("n_experts",))
    count = parameter_count(architecture)
    experts = count.components.get("routed_experts", 0)
    others = count.total - experts
    p = parallelism
    terms = (
        *_state_terms("others", others, p.tensor * p.pipeline, p.replicas, p, state),
        *_state_terms("experts", experts, p.expert * p.pipeline, p.expert_replicas, p, state),
    )
    one_copy = count.total * (state.replicated + state.sharded)
    return TrainingMemory(terms, one_copy)


def _with_divisors(number: int) -> str:
    """ "60: 1, 2, 3, 4, 5, 6, 10, 12, …"."""
    found = [each for each in range(1, min(number, 1024) + 1) if number % each == 0]
    more = ", …" if found[-1] != number or len(found) > _DIVISORS_NAMED else ""
    return f"{number}: " + ", ".join(map(str, found[:_DIVISORS_NAMED])) + more


_DIVISORS_NAMED = 12


def _state_terms(
    component: str,
    parameters: int,
    shards: int,
    replicas: int,
    p: Parallelism,
    state: TrainingState,
) -> tuple[Term, ...]:
    held = (("parameters", parameters), ("share of one accelerator", Fraction(1, shards)))
    over = replicas if p.distributed_optimizer else 1
    sizes = {
        "weights": (state.weight, 1),
        "gradients": (state.gradient, 1),
        "master weights": (state.master, over),
        "moments": (state.moments, over),
    }
    return tuple(
        Term(
            component,
            name,
            (*held, ("bytes per parameter", size), ("share of one replica", Fraction(1, shared))),
        )
        for name, (size, shared) in sizes.items()
        if size and parameters
    )


RESERVED = Fraction(1, 10)
"""Part of the memory that is kept free, for activations and the runtime."""


def usable(memory: Exact, reserved: Fraction = RESERVED) -> Exact:
    """memory·(1 − reserved): what weights, caches and training's state must fit into."""
    if not 0 <= reserved < 1:
        raise ConfigError("reserved", reserved, "a part from 0 to below 1")
    return simplified(memory * (1 - Fraction(reserved)))


def accelerators_for(held: Exact, one: Hardware) -> int:
    """⌈held / (memory of one · (1 − reserved))⌉: how many hold it, evenly divided, at least one."""
    return max(1, math.ceil(Fraction(held) / usable(Fraction(one.memory_bytes))))


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether weights fit on accelerators, and what is left for keys and values.

    Attributes:
        memory: bytes of all accelerators together. reserved: kept free. weights: of the model.
        left: memory − reserved − weights; negative when it does not fit.
        cache_per_sequence: of the context asked for.
        sequences: of that context, whole ones.
    """

    memory: Fraction
    reserved: Fraction
    weights: Exact
    left: Exact
    cache_per_sequence: Exact
    sequences: int | None

    @property
    def fits(self) -> bool:
        """Whether the weights do, and the cache of one sequence with them."""
        return self.left >= self.cache_per_sequence


def serving_fit(
    architecture: Architecture,
    hardware: Hardware,
    context: int,
    precision: Precision = PRECISIONS["bf16"],
    cache_bits: int | Fraction = 16,
    reserved: Fraction = RESERVED,
) -> Fit:
    """left = memory·(1 − reserved) − weights; sequences = ⌊left / KV cache of one⌋.

    Evenly divided over all accelerators (`Hardware.times`): heads of keys and values that are
    fewer than accelerators, and so kept twice, are not thought of.

    Args:
        context: S, positions that each sequence keeps.
        reserved: part of the memory for activations and the runtime.

    Raises:
        ConfigError: context below 1, reserved not from 0 to below 1.
    """
    memory = Fraction(hardware.memory_bytes)
    weights = total_bytes(architecture.weights(), precision)
    left = simplified(usable(memory, reserved) - weights)
    one = kv_bytes(architecture, context, 1, cache_bits)
    return Fit(memory, memory * Fraction(reserved), weights, left, one, _times(left, one))


def _times(room: Exact, size: Exact) -> int | None:
    """How often the size fits; None where it is nothing and fits without end."""
    return int(max(room, 0) // size) if size else None
