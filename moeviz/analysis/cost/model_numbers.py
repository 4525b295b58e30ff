"""The numbers of any architecture, each with its sum: total, active by convention, KV cache."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.kv_cache import TWO_SIDED, cached_terms, elements_per_token
from moeviz.accounting.parameters import (
    ACTIVE_CONVENTIONS,
    ActiveConvention,
    parameter_count,
)
from moeviz.accounting.units import count, exact, size
from moeviz.accounting.weights import Weights
from moeviz.analysis.cost.derived_numbers import (
    DerivedNumber,
    active_summands,
    derived,
    term_summands,
    total_summands,
)
from moeviz.texts import strings

_WORDS = strings(__file__)
CONVENTION_TITLES: dict[ActiveConvention, str] = _WORDS["conventions"]


def model_numbers(architecture: Architecture) -> tuple[DerivedNumber, ...]:
    """Total, active under the three conventions, KV cache per token."""
    cached = elements_per_token(architecture)
    weights, counted = architecture.weights(), parameter_count(architecture)
    total = derived(
        _WORDS["total"], count(counted.total), exact(counted.total), total_summands(weights)
    )
    active = [
        derived(
            _WORDS["active"], count(counted.active[name]), exact(counted.active[name]),
            active_summands(_kept(weights, name, architecture.tied)),
            label=title, convention=_sentence(ACTIVE_CONVENTIONS[name]),
        )
        for name, title in CONVENTION_TITLES.items()
    ]  # fmt: skip
    cache = derived(
        _WORDS["cache"], count(cached), exact(cached), term_summands(cached_terms(architecture)),
        bytes=exact(2 * cached), size=size(2 * cached),
        two_sided=f" {TWO_SIDED}" if architecture.two_sided else "",
    )  # fmt: skip
    return (total, *active, cache)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _kept(weights: tuple[Weights, ...], convention: ActiveConvention, tied: bool) -> list[Weights]:
    left_out = {
        "all": (),
        "minus_input_embedding": () if tied else ("embedding",),
        "minus_embedding_and_head": ("embedding", "lm_head"),
    }[convention]
    return [each for each in weights if each.component not in left_out]
