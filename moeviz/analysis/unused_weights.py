"""How much of what a model stores was of no use to any token. Knows configurations and loads."""

from __future__ import annotations

import numpy as np

from moeviz.accounting.lab_model import expert_parameters, total_parameters
from moeviz.config import ModelConfig
from moeviz.records import FloatArray


def unused_weights(model: ModelConfig, processed_load: FloatArray) -> float:
    """The share of all weights that belongs to experts without a token: n₀ · P_expert ÷ P_total.

    From 0 to below 1. Attention, router, embeddings and head count as used. A dense model has no
    such experts.

    Args:
        processed_load: (L, E) the share of the assignments that each expert computed: with a
            re-routing capacity an expert that no token chose can still get some.
    """
    if model.is_dense:
        return 0.0
    idle = int(np.count_nonzero(processed_load == 0))
    return idle * expert_parameters(model) / total_parameters(model)
