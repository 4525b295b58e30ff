"""Figures of released models that prose quotes, counted where they are quoted. Knows no pages."""

from __future__ import annotations

from moeviz.accounting.parameters import ActiveConvention
from moeviz.accounting.precision import PRECISIONS, total_bytes
from moeviz.accounting.released import released_model
from moeviz.figures.units import NO_BREAK, count, size


def stored(name: str) -> str:
    """ "671 B": all parameters."""
    return count(released_model(name).count().total)


def met(name: str, convention: ActiveConvention = "all") -> str:
    """ "37.6 B": active parameters by a convention."""
    return count(released_model(name).count().active[convention])


def printed_active(name: str) -> str:
    """ "37 B": as the authors print it."""
    billions = released_model(name).published.active_billions
    assert billions is not None, "only models that print one are quoted"
    return f"{billions:g}{NO_BREAK}B"


def held(name: str, precision: str) -> str:
    """ "93.4 GB": the weights in a number format."""
    architecture = released_model(name).architecture()
    assert architecture is not None, "only models whose layers are known are quoted"
    return size(float(total_bytes(architecture.weights(), PRECISIONS[precision])))
