"""What memory holds, shaped for people: to serve, by number format, and in training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.communication import all_to_all, transfer_seconds
from moeviz.accounting.hardware import Hardware
from moeviz.accounting.kv_cache import TWO_SIDED, KvCache, elements_per_token, kv_cache
from moeviz.accounting.memory import (
    RESERVED,
    Fit,
    Parallelism,
    TrainingMemory,
    TrainingState,
    serving_fit,
    usable,
)
from moeviz.accounting.precision import (
    FORMATS,
    PRECISIONS,
    Precision,
    total_bytes,
    weight_bytes,
)
from moeviz.accounting.terms import Exact, Term, by_component, simplified
from moeviz.accounting.units import count, exact, number, percent, rate, seconds, size
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.derived_numbers import DerivedNumber, term_summands


@dataclass(frozen=True, slots=True)
class ServingInfo:
    """A model held ready to serve, term by term.

    Attributes:
        cache: of all sequences. fit: with one tenth kept free.
    """

    weights: tuple[Term, ...]
    cache: KvCache
    fit: Fit
    elements: int
    sequences: int
    context: int
    two_sided: bool
    hardware: Hardware


def serving_info(
    architecture: Architecture,
    hardware: Hardware,
    precision: str,
    cache_format: str,
    context: int,
    sequences: int,
) -> ServingInfo:
    """Weights, cache and what fits."""
    bits = FORMATS[cache_format].bits
    held = PRECISIONS[precision]
    return ServingInfo(
        weight_bytes(architecture.weights(), held),
        kv_cache(architecture, context, sequences, bits),
        serving_fit(architecture, hardware, context, held, bits),
        elements_per_token(architecture),
        sequences,
        context,
        architecture.two_sided,
        hardware,
    )


def serving_numbers(info: ServingInfo, precision: str) -> tuple[DerivedNumber, ...]:
    """Weights, cache, and how many sequences there is room for."""
    fit = info.fit
    told = "no end" if fit.sequences is None else exact(fit.sequences)
    shown = "no end" if fit.sequences is None else count(fit.sequences)
    cache = info.cache.total_bytes
    return (
        DerivedNumber(
            "Weights", size(float(fit.weights)), f"{number(fit.weights)} bytes",
            "Σ parameters · bits / 8", term_summands(info.weights), _format_words(precision),
        ),
        DerivedNumber(
            "Cache", size(float(cache)), f"{number(cache)} bytes",
            "Σ layers · elements a position · positions kept · sequences · bytes",
            term_summands(info.cache.terms),
            f"{exact(info.elements)} elements a token, {exact(info.sequences)} sequences of "
            f"{exact(info.context)}{_read_and_written(info)} A mixture of experts changes nothing "
            "here: attention does.",
            f"for {exact(info.context)} tokens read and as many written" if info.two_sided else "",
        ),
        DerivedNumber(
            "Memory", size(float(fit.memory)), f"{number(fit.memory)} bytes",
            "accelerators · memory of one",
            ((info.hardware.name, "", f"{number(fit.memory)}"),
             ("kept free", f"{float(RESERVED):g} of it", number(fit.reserved))),
            f"{number(fit.reserved)} bytes of it, {percent(float(RESERVED))}, are kept free for "
            f"activations. Source: {info.hardware.source}.",
        ),
        DerivedNumber(
            "Sequences that fit", shown if fit.fits else "none", told,
            f"⌊(memory · {float(1 - RESERVED):g} − weights) / cache of one⌋",
            (
                ("memory less what is kept free", "", number(fit.memory - fit.reserved)),
                ("weights", "", number(fit.weights)),
                ("left", "", number(fit.left)),
                ("cache of one sequence", "", number(fit.cache_per_sequence)),
            ),
            "Evenly divided over the accelerators.",
            "fits" if fit.fits else "the weights do not fit" if fit.left < 0 else "no room",
        ),
    )  # fmt: skip


def _read_and_written(info: ServingInfo) -> str:
    return f" tokens read and as many written. {TWO_SIDED}" if info.two_sided else "."


def _format_words(precision: str) -> str:
    held: Precision = PRECISIONS[precision]
    named = dict.fromkeys([held.matrices, held.vectors, *held.components.values()])
    return " ".join(f"{each.name}: {each.meaning} ({each.source})." for each in named)


def serving_row(info: ServingInfo) -> ComponentRow:
    """One bar: weights by component, cache, what is kept free."""
    held = {**by_component(info.weights), "kv_cache": info.cache.total_bytes}
    parts = {**held, "reserved": simplified(info.fit.reserved)}
    return ComponentRow("Weights and cache", parts, size(float(sum(held.values()))))


def format_rows(architecture: Architecture) -> tuple[ComponentRow, ...]:
    """A bar a precision: all weights, by component."""
    weights = architecture.weights()
    return tuple(
        ComponentRow(
            name,
            by_component(weight_bytes(weights, precision)),
            size(float(total_bytes(weights, precision))),
        )
        for name, precision in PRECISIONS.items()
    )


def training_rows(memory: TrainingMemory) -> tuple[ComponentRow, ...]:
    """What one accelerator keeps of experts, and of all else."""
    return tuple(
        _training_row(title, [term for term in memory.terms if term.component == name])
        for name, title in (("experts", "Routed experts"), ("others", "All else"))
    )


def _training_row(title: str, terms: Iterable[Term]) -> ComponentRow:
    parts = {term.name: term.value for term in terms}
    return ComponentRow(title, parts, size(float(sum(parts.values()))))


def traffic_numbers(
    architecture: Architecture, n_tokens: int, n_ranks: int, bytes_per_second: float
) -> tuple[DerivedNumber, DerivedNumber]:
    """What expert parallelism sends for T tokens, there and back, forward and backward; its time.

    Args:
        bytes_per_second: that one rank sends, one way.
    """
    traffic = all_to_all(architecture, n_tokens, n_ranks, "training")
    once = all_to_all(architecture, n_tokens, n_ranks, "training", deduplicated=True)
    sent, least = traffic.total_bytes, once.total_bytes
    time, link = transfer_seconds(traffic, n_ranks, bytes_per_second), rate(bytes_per_second, "B")
    return (
        DerivedNumber(
            "Sent between experts' ranks", size(float(sent)), f"{number(sent)} bytes",
            "T · k · width sent · (1 − 1/EP) · layers · passes · bytes a number, there and back",
            term_summands(traffic.terms),
            "All-to-all in 16 bits, 1/EP of it at home when routing is even. A kernel that sends a "
            f"token once to each rank sends {size(float(least))}{_limited(architecture)}. What is "
            "sent is as wide as what experts read; their hidden width is not in it.",
            f"{size(float(sent) / n_ranks)} a rank, for {exact(n_tokens)} tokens",
        ),
        DerivedNumber(
            "Time of sending", seconds(time), f"{time:.6g} s", "bytes / EP / link",
            (("bytes / EP / link",
              f"{number(sent)} / {exact(n_ranks)} / {bytes_per_second:,.0f}", f"{time:.6g} s"),),
            "A bound from below: even routing, no latency, all ranks at once, nothing of it behind "
            "arithmetic. The link is your own figure.",
            f"at {link} a rank",
        ),
    )  # fmt: skip


def _limited(architecture: Architecture) -> str:
    """Says so where a token may use the experts of some groups alone."""
    mixtures = (stack.mixture for stack in architecture.stacks)
    groups = next((each.groups for each in mixtures if each and each.groups), None)
    if groups is None:
        return ""
    return f" (routing is limited to {groups[1]} of {groups[0]} groups of experts, in rank order)"


def training_numbers(
    memory: TrainingMemory, parallelism: Parallelism, state: TrainingState, room: Exact
) -> tuple[DerivedNumber, ...]:
    """Of one accelerator, and all of it once."""
    one, bytes_each = memory.per_accelerator, state.replicated + state.sharded
    return (
        DerivedNumber(
            "One accelerator keeps", size(float(one)), f"{number(one)} bytes",
            "Σ parameters · share · bytes a parameter · share of a replica",
            term_summands(memory.terms),
            f"{exact(parallelism.replicas)} replicas of what is no expert, "
            f"{exact(parallelism.expert_replicas)} of each expert: fewer share the state of "
            "experts. Activations, which grow with active parameters and tokens, are not in it: it "
            f"fits where it leaves {percent(float(RESERVED))} of the memory free for them.",
            "fits" if one <= usable(room) else "more than one accelerator has",
        ),
        DerivedNumber(
            "All of it once", size(memory.one_copy), f"{exact(memory.one_copy)} bytes",
            f"total parameters · {bytes_each}",
            (("total parameters · bytes of each",
              f"{exact(memory.one_copy // bytes_each)} · {bytes_each}", exact(memory.one_copy)),),
            "Over total parameters: an expert that nobody chose keeps its moments all the same. "
            "Megatron-Core, theoretical_memory_usage.py; ZeRO, arXiv:1910.02054.",
        ),
    )  # fmt: skip
