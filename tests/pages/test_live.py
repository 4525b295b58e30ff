"""What a page shows of a run while it trains."""

from __future__ import annotations

import pytest

from moeviz.config import ArmConfig
from moeviz.ui.live import bars_of


@pytest.mark.parametrize(
    ("knobs", "share"),
    [
        ({"n_experts": 64, "batch_size": 1, "context_length": 8}, 1 / 8),  # 1 of 8, not 1/64
        ({"n_experts": 8, "batch_size": 2, "context_length": 32, "top_k": 2}, 1 / 8),
        ({"n_experts": 3, "batch_size": 1, "context_length": 16, "top_k": 2}, 11 / 32),
        ({"n_experts": 8, "capacity_factor": None}, None),
    ],
)
def test_the_line_across_the_bars_is_the_capacity_that_the_model_has(knobs, share):
    arm = ArmConfig.of("A", {"capacity_factor": 1.0, **knobs})
    (bars,) = bars_of(None, (arm,))
    assert bars["capacity_share"] == share
