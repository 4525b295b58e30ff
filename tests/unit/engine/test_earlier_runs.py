"""A run that an earlier version saved: it opens, answers, trains on and can be exported.

`tests/fixtures/earlier_run` was written at 49c68ca. There a balancer was a `method`, a router a
`routing_rule`, and the selection bias was the only state that a method kept.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch

from moeviz.config import ArmConfig, RunConfig, present_knobs
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import RunSummary
from moeviz.traces import TraceQuestion
from moeviz.training.lockstep import LockstepTrainer

SAVED = Path(__file__).parents[2] / "fixtures" / "earlier_run"
SMALL = {"n_experts": 4, "d_model": 16, "d_expert": 16, "batch_size": 2, "vocab_size": 300}
RUN = "MdDc5oDLOFt9UZdk_yzkOg"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[LocalEngine]:
    shutil.copytree(SAVED, tmp_path / "runs" / RUN)
    engine = LocalEngine(directory=tmp_path, housekeeping=False)
    yield engine
    engine.shutdown()


def listed(engine: LocalEngine) -> RunSummary:
    (found,) = engine.runs("me")
    return found


def test_it_is_listed_with_the_names_of_today(engine: LocalEngine):
    a, b = listed(engine).config.arms
    assert (a.balance.balancer, a.routing.router) == ("bias_sign", "sigmoid_bias_groups")
    assert (b.balance.balancer, b.routing.router) == ("switch", "softmax_topk")
    assert a.schedule[0].knobs == {"balancer": "switch"}


def test_its_history_and_its_changes_are_all_there(engine: LocalEngine):
    history = engine.history(RUN)
    assert {arm: len(each) for arm, each in history.items()} == {"A": 10, "B": 10}
    marks = [(mark.step, mark.arm, dict(mark.knobs)) for mark in engine.latest(RUN).marks]
    assert marks == [
        (5, "B", {"balancer": "bias_sign"}),
        (8, "A", {"router": "softmax_topk_renormalised"}),
        (8, "A", {"balancer": "switch"}),
    ]


def test_what_it_did_not_measure_is_unknown_at_each_step(engine: LocalEngine):
    for history in engine.history(RUN).values():
        assert np.isfinite(history["held_out_cross_entropy"]).any()
        assert history["held_out_accuracy"].shape == history["held_out_cross_entropy"].shape
        assert np.isnan(history["held_out_accuracy"]).all()


def trained(engine: LocalEngine, run: str, steps: int, until: int) -> None:
    engine.step(run, steps)
    engine.wait(run, lambda status: status.step == until and status.state == "paused", 60)


def test_it_trains_on_from_its_weights_and_its_optimiser(engine: LocalEngine):
    before = engine.history(RUN)
    trained(engine, RUN, 3, until=13)
    for arm, history in engine.history(RUN).items():
        assert history["step"].tolist() == list(range(1, 14))
        assert np.array_equal(history["expert_load"][:10], before[arm]["expert_load"])
    then = safetensors.torch.load_file(SAVED / "checkpoints" / "10.safetensors")
    now = safetensors.torch.load(engine.checkpoint(RUN, 13))
    for name, weight in then.items():
        if "/model." in name:  # AdamW moves a weight by about its learning rate of 0.003 a step
            assert (now[name] - weight).abs().max() < 0.02, name
    steps = {int(each) for name, each in now.items() if "/optimiser.step." in name}
    assert steps == {13}


def test_it_says_from_which_step_its_text_is_another(engine: LocalEngine):
    said = "up to step 10 this run was trained on an earlier text"
    assert said not in engine.latest(RUN).notice
    trained(engine, RUN, 2, until=12)
    assert said in engine.latest(RUN).notice
    once_more = LockstepTrainer(engine.latest(RUN).config)
    assert once_more.remark == ""
    once_more.restore(engine.checkpoint(RUN, 12))
    assert said in once_more.remark
    again = LockstepTrainer(once_more.config)
    again.restore(once_more.state())
    assert said in again.remark


def test_a_run_of_today_has_nothing_to_say_of_its_text():
    trainer = LockstepTrainer(RunConfig((ArmConfig.of("A", SMALL),)))
    trainer.step()
    other = LockstepTrainer(trainer.config)
    other.restore(trainer.state())
    assert other.remark == ""


def test_a_checkpoint_of_it_answers_with_the_bias_that_it_had(engine: LocalEngine):
    kept = safetensors.torch.load_file(SAVED / "checkpoints" / "4.safetensors")
    trace = engine.ask(RUN, TraceQuestion("A", {}, "2 + 2 = 4"), step=4)
    assert trace.step == 4
    np.testing.assert_array_equal(
        trace.layers[0].selection_bias, kept["A/selection_bias"][0].numpy()
    )
    assert trace.layers[0].selection_bias.any()


def test_its_weights_can_be_exported(engine: LocalEngine):
    tensors = safetensors.torch.load(engine.checkpoint(RUN, 10))
    assert tensors["A/model.blocks.0.feed_forward.router.weight"].shape == (4, 16)


def test_a_fork_of_it_goes_on_from_an_earlier_step(engine: LocalEngine):
    fork = engine.fork(RUN, 4, "me")
    trained(engine, fork, 1, until=5)
    assert engine.history(fork)["B"]["step"].tolist() == [1, 2, 3, 4, 5]


def test_names_and_values_of_today_stay_as_they_are():
    written = json.loads((SAVED / "config.json").read_text())["config"]["arms"][0]["knobs"]
    today = present_knobs(written)
    assert "method" in written
    assert "method" not in today
    assert present_knobs(today) == today
    assert present_knobs({"unheard_of": 1}) == {"unheard_of": 1}
