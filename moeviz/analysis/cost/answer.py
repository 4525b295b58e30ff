"""What serving a model takes on a kind of accelerator: how many, for whom, how fast at most.

The numbers are those of the pages Memory and Decoding speed. Knows no pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.decode import DecodeStep, Serving, decode_step
from moeviz.accounting.hardware import Hardware
from moeviz.accounting.kv_cache import kv_bytes
from moeviz.accounting.memory import RESERVED, accelerators_for, usable
from moeviz.accounting.precision import FORMATS, PRECISIONS, total_bytes
from moeviz.accounting.terms import simplified
from moeviz.accounting.units import count, exact, number, percent, size
from moeviz.analysis.cost.decoding_speed import MOST_SEQUENCES, sequences_words, tokens_number
from moeviz.analysis.cost.derived_numbers import DerivedNumber, derived
from moeviz.analysis.cost.memory import ServingInfo, fit_number, serving_info
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.texts import fill, strings

_WORDS = strings(__file__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A model on the fewest accelerators of one kind that hold it.

    Attributes:
        one: of them. needed: how many hold the weights and the KV caches of these sequences.
        memory: of all of them. alone, batch: decode steps of one sequence, and of as many as were
            asked for, or of all that fit where one was; None where no token has one path.
    """

    one: Hardware
    needed: int
    memory: ServingInfo
    alone: DecodeStep | None
    batch: DecodeStep | None


def answers(
    architecture: Architecture,
    kinds: Iterable[Hardware],
    precision: str,
    cache_format: str,
    context: int,
    sequences: int,
) -> tuple[Answer, ...]:
    """⌈(weights + KV caches) / usable memory of one⌉ of each kind, and the roofline on them."""
    weights = total_bytes(architecture.weights(), PRECISIONS[precision])
    caches = kv_bytes(architecture, context, sequences, FORMATS[cache_format].bits)
    found = []
    for one in kinds:
        needed = accelerators_for(weights + caches, one)
        machines = one.times(needed)
        memory = serving_info(architecture, machines, precision, cache_format, context, sequences)
        found.append(Answer(one, needed, memory, *_steps(architecture, memory, precision)))
    return tuple(found)


def _steps(
    architecture: Architecture, memory: ServingInfo, precision: str
) -> tuple[DecodeStep, DecodeStep] | tuple[None, None]:
    """Of one sequence, and of a batch; none where no token has one path."""
    if architecture.two_sided:
        return None, None
    serving = Serving(
        architecture, memory.hardware, PRECISIONS[precision], memory.context, memory.cache_bits
    )
    batch = memory.sequences if memory.sequences > 1 else _all_that_fit(memory)
    return decode_step(serving, 1), decode_step(serving, batch)


def _all_that_fit(memory: ServingInfo) -> int:
    fitting = memory.fit.sequences
    return MOST_SEQUENCES if fitting is None else max(1, min(fitting, MOST_SEQUENCES))


def memory_numbers(found: Answer) -> tuple[DerivedNumber, DerivedNumber]:
    """Accelerators needed, and sequences that fit on them."""
    info, one = found.memory, found.one
    held = simplified(info.fit.weights + info.cache.total_bytes)
    needed = derived(
        _WORDS["needed"], exact(found.needed), exact(found.needed),
        (
            ("weights", "", number(info.fit.weights)),
            (fill(_WORDS["caches"], sequences=sequences_words(info.sequences)), "",
             number(info.cache.total_bytes)),
            ("memory of one without the part kept free", "",
             number(usable(simplified(info.fit.memory / found.needed)))),
        ),
        usable=f"{float(1 - RESERVED):g}", reserved=percent(float(RESERVED)),
        held=size(float(held)), memory=size(one.memory_bytes), name=one.name, sheet=one.source,
        sequences=sequences_words(info.sequences), context=exact(info.context),
    )  # fmt: skip
    return needed, fit_number(info.fit, info.context)


def speed_numbers(found: Answer) -> tuple[DerivedNumber, ...]:
    """At most tokens per second, alone and in a batch; () where no token has one path."""
    if found.alone is None or found.batch is None:
        return ()
    machines = found.memory.hardware
    many = fill(_WORDS["in_a_batch"], batch=exact(found.batch.batch))
    return (
        tokens_number(_WORDS["alone"], found.alone, machines),
        tokens_number(many, found.batch, machines),
    )


def answer_table(answers: Sequence[Answer]) -> Table:
    """A row for each kind of accelerator."""
    return Table(
        _WORDS["table"]["header"], _WORDS["table"]["units"], [_row(each) for each in answers]
    )


def _row(found: Answer) -> list[Cell]:
    fitting = found.memory.fit.sequences
    row = [
        Cell(found.one.name, found.one.name),
        Cell(size(found.one.memory_bytes), found.one.memory_bytes),
        Cell(exact(found.needed), found.needed),
        Cell("unlimited", "unlimited") if fitting is None else Cell(exact(fitting), fitting),
    ]
    if found.alone is None or found.batch is None:
        return [*row, *(Cell(_WORDS["no_figure"], "") for _ in range(3))]
    steps = (found.alone, found.batch)
    rates = [Cell(count(step.tokens_per_second), step.tokens_per_second) for step in steps]
    return [*row, rates[0], Cell(exact(found.batch.batch), found.batch.batch), rates[1]]
