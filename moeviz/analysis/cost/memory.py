"""Memory shaped for people: for serving, by number format, and for training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

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
from moeviz.analysis.cost.decoding_speed import at_least
from moeviz.analysis.cost.derived_numbers import DerivedNumber, derived, term_summands
from moeviz.texts import strings

_WORDS = strings(__file__)


@dataclass(frozen=True, slots=True)
class ServingInfo:
    """The memory of a model that serves, term by term.

    Attributes:
        cache: KV cache of all sequences. fit: with one tenth kept free.
        cache_bits: of one element of the cache.
    """

    weights: tuple[Term, ...]
    cache: KvCache
    fit: Fit
    elements: int
    sequences: int
    context: int
    two_sided: bool
    hardware: Hardware
    cache_bits: Fraction


def serving_info(
    architecture: Architecture,
    hardware: Hardware,
    precision: str,
    cache_format: str,
    context: int,
    sequences: int,
) -> ServingInfo:
    """Weights, KV cache and what fits."""
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
        bits,
    )


def serving_numbers(info: ServingInfo, precision: str) -> tuple[DerivedNumber, ...]:
    """Weights, KV cache, memory, and how many sequences fit."""
    fit = info.fit
    return (
        derived(
            _WORDS["weights"], size(float(fit.weights)), f"{number(fit.weights)} bytes",
            term_summands(info.weights), formats=_format_words(precision),
        ),
        _cache_number(info),
        derived(
            _WORDS["memory"], size(float(fit.memory)), f"{number(fit.memory)} bytes",
            ((info.hardware.name, "", f"{number(fit.memory)}"),
             ("kept free", f"{float(RESERVED):g} of it", number(fit.reserved))),
            reserved=number(fit.reserved), share=percent(float(RESERVED)),
            sheet=info.hardware.source,
        ),
        fit_number(fit, info.context),
    )  # fmt: skip


def _cache_number(info: ServingInfo) -> DerivedNumber:
    cache, context = info.cache.total_bytes, exact(info.context)
    many = "1 sequence" if info.sequences == 1 else f"{exact(info.sequences)} sequences"
    tokens, change = "tokens.", ""
    if info.two_sided:
        tokens = f"tokens read and {context} tokens written. {TWO_SIDED}"
        change = f"for {context} tokens read and {context} written"
    return derived(
        _WORDS["cache"], size(float(cache)), f"{number(cache)} bytes",
        term_summands(info.cache.terms), change,
        elements=exact(info.elements), sequences=many, context=context, tokens=tokens,
    )  # fmt: skip


def fit_number(fit: Fit, context: int) -> DerivedNumber:
    """Sequences whose KV caches fit beside the weights."""
    shown = in_full = "unlimited"
    if fit.sequences is not None:
        shown, in_full = count(fit.sequences), exact(fit.sequences)
    change = "the weights do not fit" if fit.left < 0 else "no memory left for the KV cache"
    return derived(
        _WORDS["fit"], shown if fit.fits else "none", in_full,
        (
            ("memory without the part kept free", "", number(fit.memory - fit.reserved)),
            ("weights", "", number(fit.weights)),
            ("left for the KV cache", "", number(fit.left)),
            ("KV cache of one sequence", "", number(fit.cache_per_sequence)),
        ),
        f"of {exact(context)} tokens each" if fit.fits else change,
        usable=f"{float(1 - RESERVED):g}",
    )  # fmt: skip


def _format_words(precision: str) -> str:
    held: Precision = PRECISIONS[precision]
    named = dict.fromkeys([held.matrices, held.vectors, *held.components.values()])
    return " ".join(f"{each.name}: {each.meaning} ({each.source})." for each in named)


def serving_row(info: ServingInfo) -> ComponentRow:
    """One bar: weights by component, KV cache, memory kept free."""
    held = {**by_component(info.weights), "kv_cache": info.cache.total_bytes}
    parts = {**held, "reserved": simplified(info.fit.reserved)}
    return ComponentRow("Weights and KV cache", parts, size(float(sum(held.values()))))


def format_rows(architecture: Architecture) -> tuple[ComponentRow, ...]:
    """A bar per number format: all weights, by component."""
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
    """Training state of one accelerator: of experts, and of all other weights."""
    return tuple(
        _training_row(title, [term for term in memory.terms if term.component == name])
        for name, title in (("experts", "Routed experts"), ("others", "All other weights"))
    )


def _training_row(title: str, terms: Iterable[Term]) -> ComponentRow:
    parts = {term.name: term.value for term in terms}
    return ComponentRow(title, parts, size(float(sum(parts.values()))))


def traffic_numbers(
    architecture: Architecture, n_tokens: int, n_ranks: int, bytes_per_second: float
) -> tuple[DerivedNumber, DerivedNumber]:
    """Bytes that expert parallelism sends for T tokens, forward and backward, and their time.

    Args:
        bytes_per_second: that one rank sends, one way.
    """
    traffic = all_to_all(architecture, n_tokens, n_ranks, "training")
    once = all_to_all(architecture, n_tokens, n_ranks, "training", deduplicated=True)
    sent, least = traffic.total_bytes, once.total_bytes
    time = transfer_seconds(traffic, n_ranks, bytes_per_second)
    return (
        derived(
            _WORDS["traffic"], size(float(sent)), f"{number(sent)} bytes",
            term_summands(traffic.terms),
            least=size(float(least)), limited=_limited(architecture),
            rank=size(float(sent) / n_ranks), tokens=exact(n_tokens),
        ),
        derived(
            _WORDS["transfer"], at_least(seconds(time)), at_least(f"{time:.6g} s"),
            ((_WORDS["transfer"]["formula"],
              f"{number(sent)} / {exact(n_ranks)} / {bytes_per_second:,.0f}", f"{time:.6g} s"),),
            link=rate(bytes_per_second, "B"),
        ),
    )  # fmt: skip


def _limited(architecture: Architecture) -> str:
    """A clause where routing is limited to some groups of experts."""
    mixtures = (stack.mixture for stack in architecture.stacks)
    groups = next((each.groups for each in mixtures if each and each.groups), None)
    if groups is None:
        return ""
    return f" (routing is limited to {groups[1]} of {groups[0]} groups of experts, in rank order)"


def training_numbers(
    memory: TrainingMemory, parallelism: Parallelism, state: TrainingState, room: Exact
) -> tuple[DerivedNumber, ...]:
    """Training state of one accelerator, and of the whole model once."""
    one, bytes_each = memory.per_accelerator, state.replicated + state.sharded
    return (
        derived(
            _WORDS["accelerator"], size(float(one)), f"{number(one)} bytes",
            term_summands(memory.terms),
            "fits" if one <= usable(room) else "does not fit",
            replicas=exact(parallelism.replicas),
            expert_replicas=exact(parallelism.expert_replicas),
            reserved=percent(float(RESERVED)),
        ),
        derived(
            _WORDS["one_copy"], size(memory.one_copy), f"{exact(memory.one_copy)} bytes",
            (("total parameters · bytes of each",
              f"{exact(memory.one_copy // bytes_each)} · {bytes_each}", exact(memory.one_copy)),),
            bytes=str(bytes_each),
        ),
    )  # fmt: skip
