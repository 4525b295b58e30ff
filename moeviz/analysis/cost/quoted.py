"""Figures of released models that prose quotes, counted at that moment. Knows no pages."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.kv_cache import elements_per_token, kv_bytes
from moeviz.accounting.parameters import ActiveConvention
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.precision import PRECISIONS, total_bytes
from moeviz.accounting.released import released_model
from moeviz.accounting.units import NO_BREAK, count, percent, size


def total(name: str) -> str:
    """ "671 B": total parameters."""
    return count(released_model(name).count().total)


def active(name: str, convention: ActiveConvention = "all") -> str:
    """ "37.6 B": active parameters by a convention."""
    return count(released_model(name).count().active[convention])


def active_share(name: str) -> str:
    """ "27.6 %": active ÷ total parameters."""
    counted = released_model(name).count()
    return percent(counted.active["all"] / counted.total)


def experts(name: str) -> int:
    """Routed experts of an MoE layer."""
    return _mixture(name).n_experts


def year(name: str) -> int:
    """Of the release."""
    return released_model(name).year


def printed_active(name: str) -> str:
    """ "37 B": as the authors print it."""
    billions = released_model(name).published.active_billions
    assert billions is not None, "only models that print one are quoted"
    return f"{billions:g}{NO_BREAK}B"


def weights_size(name: str, precision: str) -> str:
    """ "93.4 GB": the weights in a number format."""
    return size(float(total_bytes(_architecture(name).weights(), PRECISIONS[precision])))


def kv_cache_size(name: str, context: int, sequences: int) -> str:
    """ "137 GB": the KV cache of these sequences in 16 bits."""
    return size(float(kv_bytes(_architecture(name), context, sequences)))


def kv_cache_share(name: str, other: str) -> str:
    """ "53.6 %": KV cache per token of one model ÷ another's."""
    return percent(
        elements_per_token(_architecture(name)) / elements_per_token(_architecture(other))
    )


def _architecture(name: str) -> Architecture:
    architecture = released_model(name).architecture()
    assert architecture is not None, "only models whose layers are known are quoted"
    return architecture


def _mixture(name: str) -> MixtureFeedForward:
    found = [stack.mixture for stack in _architecture(name).stacks if stack.mixture]
    return found[0]
