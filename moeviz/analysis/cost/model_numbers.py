"""The numbers of any architecture, each with its sum: total, active by convention, cache."""

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
    stored_summands,
    term_summands,
)

CONVENTION_TITLES: dict[ActiveConvention, str] = {
    "all": "Active, everything",
    "minus_input_embedding": "Active, no input embedding",
    "minus_embedding_and_head": "Active, no vocabulary",
}


def model_numbers(architecture: Architecture) -> tuple[DerivedNumber, ...]:
    """Total, active under the three conventions, cached elements a token."""
    cached = elements_per_token(architecture)
    weights, counted = architecture.weights(), parameter_count(architecture)
    total = DerivedNumber(
        "Total", count(counted.total), exact(counted.total), "Σ ∏ shape · copies",
        stored_summands(weights), "All tensors once, tied ones once.",
    )  # fmt: skip
    active = [
        DerivedNumber(
            title, count(counted.active[name]), exact(counted.active[name]),
            "Σ ∏ shape · copies · k / N",
            active_summands(_kept(weights, name, architecture.tied)), ACTIVE_CONVENTIONS[name],
        )
        for name, title in CONVENTION_TITLES.items()
    ]  # fmt: skip
    cache = DerivedNumber(
        "Cache a token", count(cached), exact(cached), "Σ layers · numbers a position",
        term_summands(cached_terms(architecture)),
        f"Elements; twice as many bytes in bf16, {exact(2 * cached)}. As if no window ever let one "
        "go." + (f" {TWO_SIDED}" if architecture.two_sided else ""),
        f"elements, {size(2 * cached)} in bf16",
    )  # fmt: skip
    return (total, *active, cache)


def _kept(weights: tuple[Weights, ...], convention: ActiveConvention, tied: bool) -> list[Weights]:
    left_out = {
        "all": (),
        "minus_input_embedding": () if tied else ("embedding",),
        "minus_embedding_and_head": ("embedding", "lm_head"),
    }[convention]
    return [each for each in weights if each.component not in left_out]
