"""Training is deterministic, resumable, and stops where the loss is no longer finite."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest
import torch

from moeviz.config import ArmConfig, ConfigError, RunConfig, ScheduledChange
from moeviz.data.batches import held_out_batch
from moeviz.records import COLUMNS, DEAD_SHARE, WINDOW_STEPS, RunHistory, TrainingDiverged
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.ignored import ignored_knobs
from moeviz.training.arm import EVALUATE_EVERY, HELD_OUT_SEQUENCES, ArmTrainer
from moeviz.training.lockstep import LockstepTrainer
from moeviz.training.measure import Loads, LoadWindow
from tests import oracles

SMALL = {"d_model": 16, "d_expert": 16, "batch_size": 4, "context_length": 16, "n_experts": 4}

BALANCE_MEASURES = (
    "normalised_entropy", "max_violation", "load_cv", "max_over_mean", "dead_experts",
)  # fmt: skip


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


@pytest.mark.parametrize("method", ["none", "switch", "bias_sign"])
def test_a_restored_trainer_goes_on_bit_for_bit(method):
    change = ScheduledChange(6, {"top_k": 2})
    config = RunConfig((arm(balancer=method, router_noise=0.3, schedule=(change,)),))
    original = LockstepTrainer(config)
    history(original, "A", 3)
    original.set({"learning_rate": 1e-3})
    state = original.state()
    restored = LockstepTrainer(config)
    restored.restore(state)
    assert restored.step_count == 3
    assert restored.config == original.config
    assert_same(history(original, "A", 5), history(restored, "A", 5))


@pytest.mark.parametrize("knobs", [{}, {"dense_width": 32}], ids=["mixture", "dense"])
def test_a_trainer_restored_to_the_beginning_begins_again(knobs):
    trainer = LockstepTrainer(RunConfig((arm(**knobs),)))
    beginning = trainer.state()
    first = history(trainer, "A", 3)
    trainer.restore(beginning)
    assert_same(first, history(trainer, "A", 3))


def test_each_arm_is_restored_to_its_own_knobs_and_weights():
    config = RunConfig((arm(), arm("B", seed=1)))
    original = LockstepTrainer(config)
    original.step()
    original.set({"top_k": 2, "learning_rate": 1e-2}, "B")
    restored = LockstepTrainer(config)
    restored.restore(original.state())
    assert [a.routing.top_k for a in restored.config.arms] == [1, 2]
    one, other = original.step(), restored.step()
    for name in "AB":
        assert_same(RunHistory.of([one[name]]), RunHistory.of([other[name]]))


def test_arms_of_equal_knobs_have_equal_records():
    trainer = LockstepTrainer(RunConfig((arm(router_noise=0.3), arm("B", router_noise=0.3))))
    steps = [trainer.step() for _ in range(4)]
    assert_same(RunHistory.of([s["A"] for s in steps]), RunHistory.of([s["B"] for s in steps]))


def test_another_seed_is_another_model_on_other_batches():
    losses = [
        history(LockstepTrainer(RunConfig((arm(seed=seed),))), "A", 2)["cross_entropy"].tolist()
        for seed in (0, 1)
    ]
    assert losses[0][0] != losses[1][0]


def test_a_changed_learning_rate_is_the_next_steps():
    """AdamW moves no weight by much more than the learning rate."""
    trainer = ArmTrainer(arm())
    moved = []
    for rate in (1e-2, 1e-6):
        trainer.set({"learning_rate": rate})
        before = trainer.model.head.weight.clone()
        trainer.step()
        moved.append((trainer.model.head.weight - before).abs().max().item())
    assert moved[0] > 5e-3
    assert 0 < moved[1] < 1e-5


def test_the_bias_moves_one_step_against_the_load():
    trainer = ArmTrainer(arm(balancer="bias_sign", bias_update_rate=0.25))
    load = torch.from_numpy(trainer.step().expert_load.copy())
    expected = 0.25 * torch.sign(1 / 4 - load)
    assert expected.abs().sum() > 0
    torch.testing.assert_close(trainer.state()["method.selection_bias"], expected)


def test_a_bias_sends_tokens_elsewhere_and_another_method_forgets_it():
    trainer = ArmTrainer(arm(balancer="bias_sign", bias_update_rate=1.0))
    first = trainer.step().expert_load
    second = trainer.step().expert_load
    assert (second[first > 1 / 4] < first[first > 1 / 4]).all()
    trainer.set({"bias_update_rate": 0.5})
    assert trainer.state()["method.selection_bias"].abs().sum() > 0
    trainer.set({"balancer": "none"})
    assert "method.selection_bias" not in trainer.state()
    trainer.set({"balancer": "bias_sign"})
    assert trainer.state()["method.selection_bias"].abs().sum() == 0


@pytest.mark.parametrize(("method", "balance"), [("none", 0.0), ("switch", 0.5)])
def test_the_auxiliary_loss_is_the_scaled_sum_over_layers(method, balance):
    knobs = {"balancer": method, "aux_coefficient": 0.5, "z_loss_coefficient": 0.25}
    snapshot = ArmTrainer(arm(**knobs)).step()
    expected = balance * snapshot.load_balancing_loss.sum() + 0.25 * snapshot.router_z_loss.sum()
    assert snapshot.auxiliary_loss == pytest.approx(expected, rel=1e-5)
    assert (snapshot.load_balancing_loss > 0).all()


def test_the_z_loss_alone_is_counted_once():
    knobs = {"balancer": "z_loss", "aux_coefficient": 0.5, "z_loss_coefficient": 0.25}
    snapshot = ArmTrainer(arm(**knobs)).step()
    assert snapshot.auxiliary_loss == pytest.approx(0.5 * snapshot.router_z_loss.sum(), rel=1e-5)
    assert "adds this loss already" in ignored_knobs(arm(**knobs).knobs)["z_loss_coefficient"]
    assert "z_loss_coefficient" not in ignored_knobs(arm(balancer="none").knobs)


def test_a_balance_loss_reaches_the_router():
    """One step of gradient apart, the routers differ; with weight 0 they do not."""
    routers = []
    for weight in (0.0, 10.0):
        trainer = ArmTrainer(arm(balancer="switch", aux_coefficient=weight))
        trainer.step()
        trainer.step()
        routers.append(trainer.model.blocks[0].feed_forward.router.weight.detach().clone())
    plain = ArmTrainer(arm(balancer="none"))
    plain.step()
    plain.step()
    assert torch.equal(plain.model.blocks[0].feed_forward.router.weight, routers[0])
    assert not torch.equal(routers[0], routers[1])


@pytest.mark.parametrize("capacity_factor", [None, 0.5])
@pytest.mark.parametrize("method", BALANCERS)
def test_a_knob_is_called_ignored_exactly_when_no_step_depends_on_it(method, capacity_factor):
    base = {"balancer": method, "capacity_factor": capacity_factor}
    others = {"aux_coefficient": 5.0, "bias_update_rate": 0.5, "drop_policy": "random",
              "router_noise": 1.0, "gate_scale": 2.0, "z_loss_coefficient": 0.5}  # fmt: skip
    ignored = ignored_knobs(arm(**base).knobs)

    def losses(**knobs: object) -> list[float]:
        trainer = ArmTrainer(arm(**base, **knobs))
        return [trainer.step().cross_entropy for _ in range(3)]

    plain = losses()
    unread = {name for name, value in others.items() if losses(**{name: value}) == plain}
    assert unread == set(ignored) & set(others)


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
    for knobs, name in (({"top_k": 5}, None), ({"n_experts": 8}, "A"), ({"balancer": "x"}, None)):
        with pytest.raises(ConfigError):
            trainer.set(knobs, name)
    assert trainer.config == before


def test_a_schedule_that_has_fired_leaves_the_knob_to_the_user():
    trainer = ArmTrainer(arm(schedule=(ScheduledChange(2, {"top_k": 2}),)))
    trainer.step()
    trainer.step()
    trainer.set({"top_k": 3})
    trainer.step()
    assert trainer.arm.routing.top_k == 3


def test_a_knob_that_one_arm_refuses_changes_none():
    trainer = LockstepTrainer(RunConfig((arm(), arm("B", n_experts=2))))
    with pytest.raises(ConfigError, match=r"at most n_experts \(2\)"):
        trainer.set({"top_k": 4})
    assert [each.routing.top_k for each in trainer.config.arms] == [1, 1]


@pytest.mark.parametrize(
    ("poison", "reason"),
    [(float("inf"), "the loss is"), (1e19, "the gradient's norm is inf")],
    ids=["loss", "gradient"],
)
def test_what_is_not_finite_stops_the_run_and_leaves_the_weights(poison, reason):
    trainer = ArmTrainer(arm("B"))
    trainer.step()
    with torch.no_grad():
        trainer.model.head.weight[0, 0] = poison
    weights = {name: each.clone() for name, each in trainer.model.state_dict().items()}
    with pytest.raises(TrainingDiverged) as stop:
        trainer.step()
    assert (stop.value.failure.step, stop.value.failure.arm) == (2, "B")
    assert stop.value.failure.reason.startswith(reason)
    assert trainer.step_count == 1
    for name, each in trainer.model.state_dict().items():
        assert torch.equal(each, weights[name]), name


def test_a_step_that_one_arm_could_not_make_is_not_a_step_of_the_run():
    trainer = LockstepTrainer(RunConfig((arm(), arm("B"))))
    trainer.step()
    with torch.no_grad():
        trainer._arms["B"].model.head.weight[0, 0] = float("inf")
    with pytest.raises(TrainingDiverged):
        trainer.step()
    assert trainer.step_count == 1


@pytest.mark.parametrize("limit", [1e-3, 1e3])
def test_a_long_gradient_is_cut_to_the_greatest_norm_and_a_short_one_is_left(monkeypatch, limit):
    norms = []
    for greatest in (float("inf"), limit):
        monkeypatch.setattr("moeviz.training.arm.MAX_GRADIENT_NORM", greatest)
        trainer = ArmTrainer(arm())
        trainer.step()
        gradients = [each.grad for each in trainer.model.parameters()]
        norms.append(torch.nn.utils.get_total_norm(gradients).item())
    assert norms[1] == pytest.approx(min(limit, norms[0]), rel=1e-3)


def test_the_window_is_the_mean_of_the_last_steps():
    steps = WINDOW_STEPS + 5
    recorded = history(LockstepTrainer(RunConfig((arm(),))), "A", steps)
    mean = recorded["expert_load"][-WINDOW_STEPS:].mean(axis=0)
    np.testing.assert_allclose(recorded["window_load"][-1], mean, atol=1e-6)
    measures = {
        "normalised_entropy": oracles.normalised_entropy,
        "effective_experts": oracles.effective_experts,
        "max_violation": oracles.max_violation,
        "load_cv": oracles.coefficient_of_variation,
        "max_over_mean": lambda f: max(f) * len(f),
        "dead_experts": lambda f: sum(share < DEAD_SHARE / len(f) for share in f),
    }
    for name, oracle in measures.items():
        expected = [oracle(layer) for layer in mean.astype(float).tolist()]
        np.testing.assert_allclose(recorded[name][-1], expected, rtol=1e-4, atol=1e-5)


def test_the_entropy_above_collapse_is_measured_with_the_k_that_the_windows_steps_had():
    """Their geometric mean; no value where k = E now."""
    config = arm()
    trainer = LockstepTrainer(RunConfig((config,)))
    ks = [1, 2, config.model.n_experts, 1]
    snapshots = []
    for k in ks:
        trainer.set({"top_k": k}, None)
        snapshots.append(trainer.step()["A"])
    for step, (k, each) in enumerate(zip(ks, snapshots, strict=True), 1):
        loads = each.window_load.astype(float).tolist()
        of_window = k if k == config.model.n_experts else statistics.geometric_mean(ks[:step])
        expected = [oracles.entropy_above_collapse(load, of_window) for load in loads]
        np.testing.assert_allclose(each.entropy_above_collapse, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, [0.5, 0.3, 0.1, 0.1, 0, 0, 0, 0]), (4, [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])),
        ((4, [0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]), (1, [1, 0, 0, 0, 0, 0, 0, 0])),
    ],
    ids=["an uneven load", "a collapse"],
)
def test_a_change_of_k_moves_the_entropy_above_collapse_step_by_step(before, after):
    """From the one load's own value to the other's, never far beyond either."""
    window, found = LoadWindow(1, 8), []
    for k, load in [before] * WINDOW_STEPS + [after] * WINDOW_STEPS:
        f = torch.tensor([load], dtype=torch.float32)
        window.append(Loads(f, f, f, (float(k),)))
        found.append(float(window.metrics((float(k),))["entropy_above_collapse"][0]))
    ends = [oracles.entropy_above_collapse(load, k) for k, load in (before, after)]
    assert found[WINDOW_STEPS - 1] == pytest.approx(ends[0], abs=1e-4)
    assert found[-1] == pytest.approx(ends[1], abs=1e-4)
    assert max(abs(b - a) for a, b in itertools.pairwise(found)) < 0.1
    assert min(found) >= min(ends) - 1e-4


@pytest.mark.parametrize("kept", [(), (math.log(4), math.log(2))], ids=["none", "of all layers"])
def test_a_window_of_an_earlier_version_takes_the_k_of_its_step_or_of_all_layers(kept):
    trainer = ArmTrainer(arm(top_k=2))
    trainer.step()
    trainer.step()
    state = trainer.state()
    del state["window.log_k"]
    if kept:
        state["window.log_k"] = torch.tensor(kept)
    trainer.restore(state, trainer.arm, 2)
    expected = [list(kept) or [math.log(2)] * 2] * trainer.arm.model.n_layers
    np.testing.assert_allclose(trainer.state()["window.log_k"], expected, rtol=1e-6)


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


def test_held_out_accuracy_is_the_share_of_tokens_that_the_models_own_argmax_guesses():
    trainer = ArmTrainer(arm(learning_rate=1e-2))
    for _ in range(2 * EVALUATE_EVERY):
        snapshot = trainer.step()
    probe = trainer.probe()
    batch = held_out_batch(probe.corpus, probe.arm.model.context_length, HELD_OUT_SEQUENCES)
    guessed: dict[int, list[bool]] = {}
    for tokens, domain in zip(batch.tokens, batch.domain.tolist(), strict=True):
        with torch.no_grad():
            logits, _ = probe.model(tokens[None, :-1], probe.arm.routing, probe.method_state)
        for scores, right in zip(logits[0].tolist(), tokens[1:].tolist(), strict=True):
            guessed.setdefault(domain, []).append(scores.index(max(scores)) == right)
    shares = [sum(each) / len(each) for _, each in sorted(guessed.items())]
    np.testing.assert_allclose(snapshot.held_out_accuracy, shares, rtol=1e-6)
    assert 0 < max(shares) < 1
    assert np.isnan(trainer.step().held_out_accuracy).all()


def test_held_out_text_is_routed_without_noise():
    """Two copies of one trained model: noise moves the training loss, not the held-out one."""
    trained = LockstepTrainer(RunConfig((arm(learning_rate=1e-2),)))
    history(trained, "A", EVALUATE_EVERY * 2)
    trained.set({"learning_rate": 1e-6})
    state, losses = trained.state(), {}
    for noise in (0.0, 4.0):
        trained.restore(state)
        trained.set({"router_noise": noise})
        losses[noise] = history(trained, "A", EVALUATE_EVERY)
    held_out, training = ("held_out_cross_entropy", "cross_entropy")
    quiet, noisy = losses[0.0], losses[4.0]
    apart = np.abs(noisy[training] - quiet[training]).max()
    held_out_apart = np.abs(noisy[held_out][-1] - quiet[held_out][-1]).max()
    assert held_out_apart < apart / 10


def test_a_domains_loss_is_that_of_its_own_sequences():
    snapshot = ArmTrainer(arm(batch_size=1)).step()
    measured = snapshot.domain_cross_entropy[np.isfinite(snapshot.domain_cross_entropy)]
    assert measured.tolist() == [pytest.approx(snapshot.cross_entropy)]
    assert len(snapshot.domain_cross_entropy) >= 6


def test_own_text_is_one_more_domain():
    text = "Routers route and experts expect. " * 40
    snapshot = ArmTrainer(arm(user_text=text)).step()
    without = ArmTrainer(arm()).step()
    assert len(snapshot.held_out_cross_entropy) == len(without.held_out_cross_entropy) + 1


def test_a_dense_arm_has_no_experts_to_measure():
    (snapshot,) = LockstepTrainer(RunConfig((arm(dense_width=32),))).step().values()
    assert snapshot.expert_load.shape == snapshot.window_processed_load.shape == (2, 0)
    for name in (*BALANCE_MEASURES, "dropped_fraction", "load_balancing_loss", "router_z_loss"):
        assert np.isnan(getattr(snapshot, name)).tolist() == [True, True], name
    assert np.isfinite(snapshot.held_out_cross_entropy).all()
    assert snapshot.auxiliary_loss == 0


def test_the_model_learns_more_than_how_often_each_token_occurs():
    recorded = history(LockstepTrainer(RunConfig((arm(),))), "A", 60)["cross_entropy"]
    assert recorded[0] == pytest.approx(np.log(512), rel=0.02)
    assert recorded[-10:].mean() < recorded[0] - 0.7
