"""The share of the stored weights that no token used, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.analysis.unused_weights import unused_weights
from moeviz.config import ModelConfig

MODEL = ModelConfig(
    n_experts=4, n_layers=2, d_model=16, d_expert=32, n_heads=2, context_length=16, vocab_size=300
)
"""One expert: 2 · 16 · 32 = 1,024 weights. A layer: 4 experts (4,096), a router (16 · 4 = 64),
attention (4 · 16² = 1,024), two norms (32): 5,216. All: two layers (10,432), embedding and head
(2 · 300 · 16 = 9,600), positions (16 · 16 = 256), a last norm (16): 20,304."""


def share(*loads: list[float]) -> float:
    return unused_weights(MODEL, np.array(loads, np.float32))


def test_experts_without_a_token_count_in_every_layer():
    assert share([1, 0, 0, 0], [0.5, 0.25, 0.25, 0]) == pytest.approx(4 * 1024 / 20304)


def test_an_expert_with_the_least_load_is_used():
    assert share([1 - 1e-6, 1e-6, 0, 0], [0.25] * 4) == pytest.approx(2 * 1024 / 20304)


def test_with_an_even_load_nothing_is_unused():
    assert share([0.25] * 4, [0.25] * 4) == 0


def test_a_dense_model_uses_all_of_its_weights():
    dense = ModelConfig(n_layers=2, d_model=16, n_heads=2, dense_width=32)
    assert unused_weights(dense, np.zeros((2, 0), np.float32)) == 0
