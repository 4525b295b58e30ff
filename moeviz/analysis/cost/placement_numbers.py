"""A model between an accelerator and its host, shaped for people: numbers, bars, llama.cpp's text.

Knows no pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from moeviz.accounting.memory import RESERVED
from moeviz.accounting.precision import weight_bytes
from moeviz.accounting.terms import by_component, simplified
from moeviz.accounting.units import count, exact, number, percent, size
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.decoding_speed import at_most
from moeviz.analysis.cost.derived_numbers import DerivedNumber, Summand, derived
from moeviz.analysis.cost.smaller_accelerator import (
    Placement,
    SplitStep,
    computed_on_host,
    copied_over_link,
)
from moeviz.texts import fill, strings

ALL_LAYERS = 999
"""What people write for `--n-gpu-layers`: more than any model has, so all of them."""

_WORDS = strings(__file__)


def llama_cpp(found: Placement) -> str:
    """The options of llama.cpp, to copy."""
    return fill(
        _WORDS["options"], all=str(ALL_LAYERS), n=str(found.n_cpu_moe),
        context=str(found.serving.context),
    )  # fmt: skip


def placement_numbers(found: Placement) -> tuple[DerivedNumber, ...]:
    """Layers whose experts stay, what each memory holds, tokens per second in both ways."""
    kept, layers = len(found.kept), len(found.kept) + len(found.moved)
    reserved = percent(float(RESERVED))
    return (
        derived(
            _WORDS["kept"], fill(_WORDS["of_layers"], n=exact(kept), all=exact(layers)),
            exact(kept), _room(found), kept=_span(found.kept), moved=_span(found.moved),
        ),
        derived(
            _WORDS["accelerator"], size(float(found.on_accelerator)),
            f"{number(found.on_accelerator)} bytes",
            (
                (_WORDS["others"], "", number(found.other_bytes)),
                (_WORDS["caches"], "", number(found.cache_bytes)),
                (_WORDS["kept_experts"], "", number(found.kept_bytes)),
            ),
            usable=size(float(found.accelerator_room)), reserved=reserved,
        ),
        derived(
            _WORDS["host"], size(float(found.on_host)), f"{number(found.on_host)} bytes",
            (
                (_WORDS["moved_experts"], "", number(found.moved_bytes)),
                (_WORDS["table"], "", number(found.table_bytes)),
            ),
            usable=size(float(found.host_room)), reserved=reserved,
        ),
        _rate(found, "computed", computed_on_host(found)),
        _rate(found, "copied", copied_over_link(found)),
    )  # fmt: skip


def _room(found: Placement) -> tuple[Summand, ...]:
    room = simplified(found.accelerator_room - found.other_bytes - found.cache_bytes)
    return (
        (_WORDS["room"], "", number(found.accelerator_room)),
        (_WORDS["others"], "", number(found.other_bytes)),
        (_WORDS["caches"], "", number(found.cache_bytes)),
        (_WORDS["left"], "", number(room)),
        (_WORDS["kept_experts"], "", number(found.kept_bytes)),
    )


def _rate(found: Placement, way: str, step: SplitStep) -> DerivedNumber:
    hardware, rate = found.serving.hardware, f"{step.tokens_per_second:,.2f}"
    read = f"{step.accelerator_bytes:,.0f} / {hardware.bytes_per_second:,.0f}"
    slow = f"{step.host_bytes:,.0f} / {step.host_rate:,.0f}"
    terms = (
        (_WORDS["accelerator_time"], read, step.accelerator_seconds),
        (_WORDS["host_time"], slow, step.host_seconds),
        (_WORDS["link_time"], "", step.link_seconds),
        (_WORDS["meanwhile"], "", -step.beside_seconds),
        (_WORDS["step_time"], "", step.seconds),
    )
    return derived(
        _WORDS[way], at_most(count(step.tokens_per_second)), at_most(rate),
        tuple((name, filled, f"{time:.6g} s") for name, filled, time in terms if time),
        hardware=hardware.name,
    )  # fmt: skip


def placement_rows(found: Placement) -> tuple[ComponentRow, ComponentRow]:
    """A bar for the accelerator and one for the host."""
    weights = found.serving.architecture.weights()
    everything = by_component(weight_bytes(weights, found.serving.precision))
    hosts = {"routed_experts": found.moved_bytes, "embedding": found.table_bytes}
    left = {name: simplified(held - hosts.get(name, 0)) for name, held in everything.items()}
    mine = {
        **{name: held for name, held in left.items() if held},
        "kv_cache": found.cache_bytes,
        "reserved": simplified(found.accelerator_room * RESERVED / (1 - RESERVED)),
    }
    return (
        ComponentRow(_WORDS["accelerator_bar"], mine, size(float(sum(mine.values())))),
        ComponentRow(_WORDS["host_bar"], hosts, size(float(sum(hosts.values())))),
    )


def _span(places: Sequence[int]) -> str:
    """ "layers 26–31": of layers with experts, the first and the last."""
    if not places:
        return str(_WORDS["no_layer"])
    if len(places) == 1:
        return fill(_WORDS["one_layer"], place=exact(places[0]))
    return fill(_WORDS["layers"], first=exact(places[0]), last=exact(places[-1]))
