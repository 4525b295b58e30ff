"""A router is balanced and judged by what it asked for, not by where re-routing sent its tokens."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from moeviz.config import ArmConfig
from moeviz.records import StepSnapshot
from moeviz.training.arm import ArmTrainer

SMALL = {
    "d_model": 16,
    "d_expert": 16,
    "batch_size": 4,
    "context_length": 16,
    "n_layers": 1,
    "n_experts": 8,
}
FULL = {"capacity_factor": 1.0}


def first_step(**knobs: object) -> tuple[StepSnapshot, torch.Tensor]:
    """Of the same model on the same batch, and the selection bias after it."""
    trainer = ArmTrainer(ArmConfig.of("A", {**SMALL, **knobs}))
    step, none = trainer.step(), torch.zeros(1, 8)
    return step, trainer.state().get("method.selection_bias", none)


@pytest.mark.parametrize("method", ["switch", "bias_sign"])
@pytest.mark.parametrize("top_k", [1, 2])
def test_rerouting_changes_what_is_computed_and_nothing_that_was_asked(method, top_k):
    knobs = {"balancer": method, "aux_coefficient": 1.0, "top_k": top_k}
    (free, free_bias), (moved, moved_bias), (dropped, _) = (
        first_step(**knobs, **more) for more in ({}, {**FULL, "drop_policy": "reroute"}, FULL)
    )
    for name in ("expert_load", "load_balancing_loss", "router_z_loss", "auxiliary_loss"):
        assert np.array_equal(getattr(moved, name), getattr(free, name)), name
    assert torch.equal(moved_bias, free_bias)
    assert (moved_bias.abs().sum() > 0) == (method == "bias_sign")
    fair = 1 / 8
    assert free.expert_load.max() > 1.1 * fair
    np.testing.assert_array_equal(free.processed_load, free.expert_load)
    np.testing.assert_allclose(dropped.processed_load, free.expert_load.clip(max=fair), atol=1e-6)
    assert moved.processed_load.max() <= fair + 1e-6
    assert moved.processed_load.sum() > dropped.processed_load.sum() + 0.01
    if top_k == 1:
        np.testing.assert_allclose(moved.processed_load, fair, atol=1e-6)
        assert moved.dropped_fraction.tolist() == pytest.approx([0.0], abs=1e-6)
