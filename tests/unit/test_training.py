"""Training is deterministic, resumable, and stops where the loss is no longer finite."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from moeviz.config import ArmConfig, ConfigError, RunConfig, ScheduledChange
from moeviz.records import COLUMNS, WINDOW_STEPS, RunHistory, TrainingDiverged
from moeviz.training.arm import EVALUATE_EVERY, ArmTrainer
from moeviz.training.lockstep import LockstepTrainer

SMALL = {"d_model": 16, "d_expert": 16, "batch_size": 4, "context_length": 16, "n_experts": 4}


def arm(name: str = "A", schedule: tuple[ScheduledChange, ...] = (), **knobs: object) -> ArmConfig:
    return ArmConfig.of(name, {**SMALL, **knobs}, schedule)


def history(trainer: LockstepTrainer, name: str, steps: int) -> RunHistory:
    return RunHistory.of([trainer.step()[name] for _ in range(steps)])


def assert_same(one: RunHistory, other: RunHistory) -> None:
    for column in COLUMNS:
        np.testing.assert_array_equal(one[column], other[column], err_msg=column)


def test_an_arm_trains_the_same_alone_and_beside_another():
    alone = history(LockstepTrainer(RunConfig((arm(),))), "A", 5)
    other = arm("B", top_k=2, router_noise=0.5)
    beside = history(LockstepTrainer(RunConfig((other, arm()))), "A", 5)
    assert_same(alone, beside)


def test_the_global_generator_is_neither_read_nor_moved():
    before = torch.get_rng_state()
    first = history(LockstepTrainer(RunConfig((arm(router_noise=0.5),))), "A", 2)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(999)
    assert_same(first, history(LockstepTrainer(RunConfig((arm(router_noise=0.5),))), "A", 2))


@pytest.mark.parametrize("method", ["none", "switch_loss", "loss_free_bias"])
def test_a_restored_trainer_goes_on_bit_for_bit(method):
    change = ScheduledChange(6, {"top_k": 2})
    config = RunConfig((arm(method=method, router_noise=0.3, schedule=(change,)),))
    original = LockstepTrainer(config)
    history(original, "A", 3)
    original.set({"learning_rate": 1e-3})
    state = original.state()
    restored = LockstepTrainer(config)
    restored.restore(state)
    assert restored.step_count == 3
    assert restored.config == original.config
    assert_same(history(original, "A", 5), history(restored, "A", 5))


def test_a_scheduled_change_is_in_force_at_its_step():
    trainer = LockstepTrainer(RunConfig((arm(schedule=(ScheduledChange(3, {"top_k": 2}),)),)))
    in_force = []
    for _ in range(4):
        trainer.step()
        in_force.append(trainer.config.arms[0].routing.top_k)
    assert in_force == [1, 1, 2, 2]


def test_a_refused_knob_changes_nothing():
    trainer = LockstepTrainer(RunConfig((arm(), arm("B"))))
    before = trainer.config
    for knobs, name in (({"top_k": 5}, None), ({"n_experts": 8}, "A"), ({"method": "x"}, None)):
        with pytest.raises(ConfigError):
            trainer.set(knobs, name)
    assert trainer.config == before


def test_a_loss_that_is_not_finite_stops_and_leaves_the_weights():
    trainer = ArmTrainer(arm())
    trainer.step()
    with torch.no_grad():
        trainer.model.head.weight[0, 0] = float("inf")
    weights = {name: each.clone() for name, each in trainer.model.state_dict().items()}
    with pytest.raises(TrainingDiverged) as stop:
        trainer.step()
    assert (stop.value.failure.step, stop.value.failure.arm) == (2, "A")
    for name, each in trainer.model.state_dict().items():
        assert torch.equal(each, weights[name]), name


def test_the_window_is_the_mean_of_the_last_steps():
    steps = WINDOW_STEPS + 5
    recorded = history(LockstepTrainer(RunConfig((arm(),))), "A", steps)
    mean = recorded["expert_load"][-WINDOW_STEPS:].mean(axis=0)
    np.testing.assert_allclose(recorded["window_load"][-1], mean, atol=1e-6)
    np.testing.assert_allclose(recorded["max_over_mean"][-1], mean.max(axis=1) * 4, rtol=1e-5)


def test_what_is_dropped_and_what_is_computed_make_the_load():
    trainer = LockstepTrainer(RunConfig((arm(capacity_factor=0.5),)))
    last = history(trainer, "A", 3)
    np.testing.assert_allclose(last["expert_load"].sum(axis=2), 1, atol=1e-6)
    dropped = 1 - last["processed_load"].sum(axis=2).mean(axis=0)
    np.testing.assert_allclose(last["dropped_fraction"][-1], dropped, atol=1e-6)
    assert (dropped >= 0.5 - 1e-6).all()


def test_held_out_text_is_measured_at_the_first_step_and_then_regularly():
    recorded = history(LockstepTrainer(RunConfig((arm(),))), "A", EVALUATE_EVERY + 1)
    measured = recorded["step"][np.isfinite(recorded["held_out_cross_entropy"]).all(axis=1)]
    assert measured.tolist() == [1, EVALUATE_EVERY]


def test_a_dense_arm_has_no_experts_to_measure():
    (snapshot,) = LockstepTrainer(RunConfig((arm(dense_width=32),))).step().values()
    assert snapshot.expert_load.shape == (2, 0)
    assert np.isnan(snapshot.normalised_entropy).all()
    assert snapshot.auxiliary_loss == 0


def test_the_model_learns_more_than_how_often_each_token_occurs():
    recorded = history(LockstepTrainer(RunConfig((arm(),))), "A", 60)["cross_entropy"]
    assert recorded[0] == pytest.approx(np.log(512), rel=0.02)
    assert recorded[-10:].mean() < recorded[0] - 0.7
