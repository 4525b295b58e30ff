"""What a decoding step reads, computes and waits for, against the batch. Shapes closed forms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

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
from moeviz.accounting.memory import serving_fit, usable
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.units import count, exact, number, operations, seconds, size
from moeviz.analysis.cost.derived_numbers import DerivedNumber, Summand, term_summands
from moeviz.analysis.cost.tables import Cell, Table

BATCHES = tuple(2**power for power in range(13))
"""Sequences decoded together: stops of sliders, and points of the lines."""


@dataclass(frozen=True, slots=True)
class SpeedInfo:
    """Steps over batches, and the one that is asked for.

    Attributes:
        like_dense: weights of the dense model that takes as long, by step.
        turning: the smallest batch that computing bounds, or None. turning_like_dense: weights of
            the dense model that takes as long there.
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
    """Every power of two, and the batch that is asked for."""
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
    """Bytes, operations, time, and the dense model that takes as long."""
    step, hardware = info.step, info.serving.hardware
    flops = decode_flops(info.serving.architecture, info.serving.context, step.batch)
    return (
        bytes_number("Bytes of a step", step, EVEN),
        DerivedNumber(
            "Operations", operations(step.flops), exact(step.flops),
            "2 · multiplied weights · B + attention's products", term_summands(flops.terms),
            "As torch's FlopCounterMode counts; latents are attended to as they are.",
        ),
        time_number("Time of a step", step, hardware),
        DerivedNumber(
            "Tokens a second", count(step.tokens_per_second), f"{step.tokens_per_second:,.2f}",
            "B / time",
            (("B / time", f"{exact(step.batch)} / {step.seconds:.6g} s",
              f"{step.tokens_per_second:,.2f}"),),
            "Of all sequences together.",
            f"{seconds(step.seconds)} each token of a sequence",
        ),
        DerivedNumber(
            "Same speed as a dense model",
            count(info.step_like_dense), f"{info.step_like_dense:,.0f}",
            "min((t · bandwidth − cache) / bytes a weight, (t · peak / B − attention) / 2)",
            _dense_terms(info.serving, step),
            f"Weights in {info.serving.precision.matrices.name} of a dense model with the same "
            "cache. This one multiplies "
            f"{count(info.active)} a token and stores {count(info.total)}.",
            f"of {count(info.active)} met, {count(info.total)} stored",
        ),
    )  # fmt: skip


EVEN = "Distinct experts: N·(1 − (1 − k/N)ᴮ), expected of even, independent routing."


def bytes_number(label: str, step: DecodeStep, source: str) -> DerivedNumber:
    """What a step reads; `source` says whose distinct experts these are."""
    return DerivedNumber(
        label, size(step.total_bytes), f"{step.total_bytes:,.0f} bytes",
        "resident + Σ layers · distinct experts · expert + cache",
        (
            ("all but routed experts", "", f"{step.resident_bytes:,.0f}"),
            *(
                (
                    "routed experts",
                    f"{layers} layers · {met:.4g} of {n} · {number(one)}",
                    f"{layers * met * float(one):,.0f}",
                )
                for layers, n, met, one in step.distinct
            ),
            ("cache", f"{exact(step.batch)} sequences", f"{step.cache_bytes:,.0f}"),
        ),
        source,
    )  # fmt: skip


def time_number(label: str, step: DecodeStep, hardware: Hardware) -> DerivedNumber:
    """The longer of reading and computing."""
    read = f"{step.total_bytes:,.0f}"
    return DerivedNumber(
        label, seconds(step.seconds), f"{step.seconds:.6g} s",
        "max(bytes / bandwidth, operations / peak)",
        (
            ("bytes / bandwidth", f"{read} / {hardware.bytes_per_second:,.0f}",
             f"{step.memory_seconds:.6g} s"),
            ("operations / peak", f"{exact(step.flops)} / {hardware.flops_per_second:,.0f}",
             f"{step.compute_seconds:.6g} s"),
        ),
        f"{hardware.name}: {hardware.source}. A bound from below: peaks that nobody reaches, "
        "perfect overlap, no communication.",
        f"waits for {'memory' if step.bound == 'memory' else 'arithmetic'}",
    )  # fmt: skip


def _dense_terms(serving: Serving, step: DecodeStep) -> tuple[Summand, ...]:
    """Weights that can be read, and weights that can be computed with, in the time of a step."""
    read, computed = dense_by_bytes_and_operations(serving, step)
    hardware, time = serving.hardware, f"{step.seconds:.6g} s"
    return (
        ("by bytes", f"({time} · {hardware.bytes_per_second:,.0f} − {step.cache_bytes:,.0f}) · 8 / "
         f"{number(serving.precision.matrices.bits)}", f"{read:,.0f}"),
        ("by operations", f"({time} · {hardware.flops_per_second:,.0f} / {exact(step.batch)} − "
         f"{attention_products(serving):,.0f}) / 2", f"{computed:,.0f}"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Accelerators that cannot hold what is timed.

    Attributes:
        held: bytes of weights and caches. memory: bytes that there are. weights_fit: whether the
            weights alone would. enough: how many accelerators could hold them.
    """

    held: float
    memory: float
    weights_fit: bool
    enough: int


def shortfall(serving: Serving, one: Hardware, batch: int) -> Shortfall | None:
    """What is missing to hold weights and caches; None where they fit.

    Args:
        one: a single accelerator of those that serve.
    """
    fit = serving_fit(
        serving.architecture, serving.hardware, serving.context, serving.precision,
        serving.cache_bits,
    )  # fmt: skip
    held = fit.weights + batch * fit.cache_per_sequence
    if held <= usable(fit.memory):
        return None
    enough = math.ceil(Fraction(held) / usable(Fraction(one.memory_bytes)))
    return Shortfall(float(held), float(fit.memory), fit.left >= 0, enough)


_HEADER = (
    "Batch", "Distinct experts", "Bytes", "Operations", "Reading", "Computing", "Step",
    "Tokens a second", "As a dense of",
)  # fmt: skip
_UNITS = (
    "sequences", "mean of a layer", "of a step", "FLOP of a step", "seconds", "seconds",
    "seconds", "", "parameters",
)  # fmt: skip


def step_table(info: SpeedInfo) -> Table:
    """A line a batch."""
    rows = []
    for step, dense in zip(info.steps, info.like_dense, strict=True):
        met = step.distinct[0][2] if step.distinct else 0.0
        rows.append([
            Cell(exact(step.batch), step.batch),
            Cell(f"{met:.1f}" if step.distinct else "–", met),
            Cell(size(step.total_bytes), step.total_bytes),
            Cell(operations(step.flops), step.flops),
            Cell(seconds(step.memory_seconds), step.memory_seconds),
            Cell(seconds(step.compute_seconds), step.compute_seconds),
            Cell(seconds(step.seconds), step.seconds),
            Cell(count(step.tokens_per_second), step.tokens_per_second),
            Cell(count(dense), dense),
        ])  # fmt: skip
    return Table(_HEADER, _UNITS, rows)
