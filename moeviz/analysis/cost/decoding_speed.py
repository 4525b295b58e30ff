"""Bytes, FLOPs and time of a decode step against the batch size, shaped for people."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.accounting.decode import (
    DecodeStep,
    Serving,
    attention_products,
    compute_bound_batch,
    decode_step,
    dense_by_bytes_and_operations,
    dense_equivalent,
)
from moeviz.accounting.flops import decode_flops
from moeviz.accounting.hardware import Hardware
from moeviz.accounting.memory import accelerators_for, serving_fit, usable
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.units import count, exact, number, operations, seconds, size
from moeviz.analysis.cost.derived_numbers import DerivedNumber, Summand, derived, term_summands
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.texts import fill, strings

_WORDS = strings(__file__)
EVEN: str = _WORDS["even"]
"""The distinct experts of even routing."""

BATCHES = tuple(2**power for power in range(13))
"""Batch sizes: stops of sliders, and points of the lines."""

MOST_SEQUENCES = 65_536
"""The largest batch size that a page takes."""


@dataclass(frozen=True, slots=True)
class SpeedInfo:
    """Decode steps over batch sizes, and the one of the page's batch size.

    Attributes:
        like_dense: weights of the dense model of the same speed, by step.
        turning: the smallest compute-bound batch size, or None. turning_like_dense: weights of the
            dense model of the same speed there.
    """

    serving: Serving
    steps: tuple[DecodeStep, ...]
    like_dense: tuple[float, ...]
    step: DecodeStep
    step_like_dense: float
    turning: int | None
    turning_like_dense: float | None
    total: int
    active: int


def speed_info(serving: Serving, batch: int) -> SpeedInfo:
    """At every power of two, and at this batch size."""
    steps = tuple(decode_step(serving, each) for each in sorted({*BATCHES, batch}))
    step = next(each for each in steps if each.batch == batch)
    counted = parameter_count(serving.architecture)
    turning = compute_bound_batch(serving)
    return SpeedInfo(
        serving,
        steps,
        tuple(dense_equivalent(serving, each) for each in steps),
        step,
        dense_equivalent(serving, step),
        turning,
        None if turning is None else dense_equivalent(serving, decode_step(serving, turning)),
        counted.total,
        counted.active["minus_input_embedding"],
    )


def speed_numbers(info: SpeedInfo) -> tuple[DerivedNumber, ...]:
    """Bytes, FLOPs and time of a step, tokens per second, the dense model of the same speed."""
    step, hardware = info.step, info.serving.hardware
    flops = decode_flops(info.serving.architecture, info.serving.context, step.batch)
    return (
        bytes_number("Bytes per decode step", step, EVEN),
        derived(
            _WORDS["flops"], operations(step.flops), f"{exact(step.flops)} FLOPs",
            term_summands(flops.terms),
        ),
        time_number("Time per decode step", step, hardware),
        tokens_number("Tokens per second", step, hardware),
        derived(
            _WORDS["dense"], count(info.step_like_dense), f"{info.step_like_dense:,.0f}",
            _dense_terms(info.serving, step),
            format=info.serving.precision.matrices.name,
            active=count(info.active), total=count(info.total),
        ),
    )  # fmt: skip


def bytes_number(label: str, step: DecodeStep, source: str) -> DerivedNumber:
    """What a step reads; `source` says whose distinct experts these are."""
    return derived(
        _WORDS["bytes"], size(step.total_bytes), f"{step.total_bytes:,.0f} bytes",
        (
            ("weights outside the routed experts", "", f"{step.resident_bytes:,.0f}"),
            *(
                (
                    "routed experts",
                    f"{layers} layers · {read:.4g} of {n} experts · {number(one)} bytes",
                    f"{layers * read * float(one):,.0f}",
                )
                for layers, n, read, one in step.distinct
            ),
            ("KV cache", sequences_words(step.batch), f"{step.cache_bytes:,.0f}"),
        ),
        label=label, source=source,
    )  # fmt: skip


def sequences_words(batch: int) -> str:
    """ "1 sequence", "2 sequences"."""
    return "1 sequence" if batch == 1 else f"{exact(batch)} sequences"


def time_number(label: str, step: DecodeStep, hardware: Hardware) -> DerivedNumber:
    """The longer of reading and computing: a real step takes at least as long."""
    return derived(
        _WORDS["time"], at_least(seconds(step.seconds)), at_least(f"{step.seconds:.6g} s"),
        _roofline(step, hardware), f"{step.bound}-bound",
        label=label, hardware=hardware.name, sheet=hardware.source,
    )  # fmt: skip


def tokens_number(label: str, step: DecodeStep, hardware: Hardware) -> DerivedNumber:
    """Batch size / time: real decoding is at most as fast."""
    rate = f"{step.tokens_per_second:,.2f}"
    return derived(
        _WORDS["tokens"], at_most(count(step.tokens_per_second)), at_most(rate),
        (
            *_roofline(step, hardware),
            ("batch size / the longer time", f"{exact(step.batch)} / {step.seconds:.6g} s", rate),
        ),
        f"at least {seconds(step.seconds)} per token of one sequence",
        label=label, hardware=hardware.name, sheet=hardware.source,
    )  # fmt: skip


def at_most(figure: str) -> str:
    """A rate of a roofline: real hardware reaches no more."""
    return fill(_WORDS["at_most"], figure=figure)


def at_least(figure: str) -> str:
    """A time of a roofline: real hardware takes no less."""
    return fill(_WORDS["at_least"], figure=figure)


def _roofline(step: DecodeStep, hardware: Hardware) -> tuple[Summand, ...]:
    return (
        ("bytes / bandwidth", f"{step.total_bytes:,.0f} / {hardware.bytes_per_second:,.0f}",
         f"{step.memory_seconds:.6g} s"),
        ("FLOPs / peak FLOP/s", f"{exact(step.flops)} / {hardware.flops_per_second:,.0f}",
         f"{step.compute_seconds:.6g} s"),
    )  # fmt: skip


def _dense_terms(serving: Serving, step: DecodeStep) -> tuple[Summand, ...]:
    """Weights that can be read, and weights that can be computed with, in the time of a step."""
    read, computed = dense_by_bytes_and_operations(serving, step)
    hardware, time = serving.hardware, f"{step.seconds:.6g} s"
    return (
        ("by bytes", f"({time} · {hardware.bytes_per_second:,.0f} − {step.cache_bytes:,.0f}) · 8 / "
         f"{number(serving.precision.matrices.bits)}", f"{read:,.0f}"),
        ("by FLOPs", f"({time} · {hardware.flops_per_second:,.0f} / {exact(step.batch)} − "
         f"{attention_products(serving):,.0f}) / 2", f"{computed:,.0f}"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Accelerators whose memory is too small for the model.

    Attributes:
        held: bytes of weights and KV cache. memory: of the accelerators. weights_fit: whether the
            weights alone would. enough: how many accelerators could hold them.
    """

    held: float
    memory: float
    weights_fit: bool
    enough: int


def shortfall(serving: Serving, one: Hardware, batch: int) -> Shortfall | None:
    """By how much weights and KV cache exceed the memory; None where they fit.

    Args:
        one: one of the accelerators.
    """
    fit = serving_fit(
        serving.architecture, serving.hardware, serving.context, serving.precision,
        serving.cache_bits,
    )  # fmt: skip
    held = fit.weights + batch * fit.cache_per_sequence
    if held <= usable(fit.memory):
        return None
    enough = accelerators_for(held, one)
    return Shortfall(float(held), float(fit.memory), fit.left >= 0, enough)


def step_table(info: SpeedInfo) -> Table:
    """A row per batch size."""
    rows = []
    for step, dense in zip(info.steps, info.like_dense, strict=True):
        read = step.distinct[0][2] if step.distinct else 0.0
        rows.append([
            Cell(exact(step.batch), step.batch),
            Cell(f"{read:.1f}" if step.distinct else "–", read),
            Cell(size(step.total_bytes), step.total_bytes),
            Cell(operations(step.flops), step.flops),
            Cell(seconds(step.memory_seconds), step.memory_seconds),
            Cell(seconds(step.compute_seconds), step.compute_seconds),
            Cell(seconds(step.seconds), step.seconds),
            Cell(count(step.tokens_per_second), step.tokens_per_second),
            Cell(count(dense), dense),
        ])  # fmt: skip
    return Table(_WORDS["table"]["header"], _WORDS["table"]["units"], rows)
