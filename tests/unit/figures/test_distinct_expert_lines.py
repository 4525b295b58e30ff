"""Distinct experts of a live model's layers beside even routing's."""

from __future__ import annotations

import numpy as np

from moeviz.figures.distinct_expert_lines import distinct_expert_lines
from moeviz.traces import DistinctExperts

FOUND = DistinctExperts(
    step=7, n_experts=8, top_k=2, batch_sizes=np.array([1, 2, 4]), steps=np.array([4, 2, 1]),
    touched=np.array([[2.0, 3.0, 5.0], [2.0, 2.5, 3.0]]),
)  # fmt: skip


def test_a_live_models_layers_are_drawn_beside_even_routing():
    figure = distinct_expert_lines(FOUND)
    assert [each["y"] for each in figure["data"]] == [
        [2.0, 3.5, 8 * (1 - 0.75**4)], [2.0, 3.0, 5.0], [2.0, 2.5, 3.0],
    ]  # fmt: skip
    assert [each["text"] for each in figure["layout"]["annotations"]] == [
        "even routing", "layer 0", "layer 1",
    ]  # fmt: skip
