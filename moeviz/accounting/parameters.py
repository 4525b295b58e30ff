"""Total parameters, and active ones per token, by component and by convention.

Integers throughout: nothing here rounds. Knows nothing of files or hardware.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.weights import COMPONENTS, Component, active, total

ActiveConvention = Literal["all", "minus_input_embedding", "minus_embedding_and_head"]
ACTIVE_CONVENTIONS: dict[ActiveConvention, str] = {
    "all": "all parameters that a token uses, embedding and head included",
    "minus_input_embedding": "without the input embedding, which is a lookup; a tied embedding "
    "counts, because it is the head as well",
    "minus_embedding_and_head": "without embedding and head: only the layers",
}


@dataclass(frozen=True, slots=True)
class ParameterCount:
    """What a model stores and what one token uses.

    Attributes:
        total: unique parameters, tied weights once.
        components: stored, by component. active_components: used by one token, both tables
            counted.
        active: by convention.
    """

    total: int
    components: dict[Component, int]
    active_components: dict[Component, int]
    active: dict[ActiveConvention, int]


def parameter_count(architecture: Architecture) -> ParameterCount:
    """total = Σ ∏ shape · copies; active = Σ ∏ shape · copies · K / E.

    Components that the model has not are left out. Vision towers and multi-token prediction
    layers are not part of an `Architecture`.
    """
    weights = architecture.weights()
    by = {name: [each for each in weights if each.component == name] for name in COMPONENTS}
    stored = {name: total(found) for name, found in by.items() if found}
    used = {name: active(found) for name, found in by.items() if found}
    return count_of_components(stored, used, architecture.tied)


def count_of_components(
    stored: dict[Component, int], used: dict[Component, int], tied: bool
) -> ParameterCount:
    """The same from sums that are known already.

    Args:
        tied: the input embedding is the head, so that leaving it out takes nothing away.
    """
    everything, table = sum(used.values()), used.get("embedding", 0)
    return ParameterCount(
        sum(stored.values()),
        stored,
        used,
        {
            "all": everything,
            "minus_input_embedding": everything - (0 if tied else table),
            "minus_embedding_and_head": everything - table - used.get("lm_head", 0),
        },
    )
