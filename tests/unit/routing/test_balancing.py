"""The seam of balancing methods: one registry, known without torch."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import moeviz.routing
from moeviz.config import BalanceConfig, ConfigError
from moeviz.routing.balancing import BALANCING_METHODS, BalancingMethod, balancing_method, register
from moeviz.routing.losses import load_balancing_loss
from moeviz.routing.metrics import expert_load

METHODS = pytest.mark.parametrize("method", BALANCING_METHODS.values(), ids=lambda m: m.name)
PROBS = torch.tensor([[0.7, 0.3], [0.6, 0.4]])
INDEX = torch.zeros(2, 1, dtype=torch.int64)
BIAS = torch.tensor([0.1, -0.1])
LOAD = torch.tensor([1.0, 0.0])


@METHODS
def test_a_method_explains_itself_and_reads_only_knobs_that_exist(method: BalancingMethod):
    fields = {each.name for each in dataclasses.fields(BalanceConfig)}
    assert all([method.title, method.formula, method.source, method.description])
    assert method.short
    assert method.trained
    assert bool(method.acts) == bool(method.pushes) == bool(method.knobs)
    assert set(method.knobs) <= fields - {"method"}


@METHODS
def test_a_method_depends_on_its_own_knobs_alone(method: BalancingMethod):
    default = BalanceConfig(method=method.name)
    strengths = {"aux_coefficient": 0.7, "bias_update_rate": 0.2, "z_loss_coefficient": 0.4}
    for knob, strength in strengths.items():
        changed = dataclasses.replace(default, **{knob: strength})
        same_loss = torch.equal(
            method.auxiliary_loss(PROBS, INDEX, default),
            method.auxiliary_loss(PROBS, INDEX, changed),
        )
        same_bias = torch.equal(
            method.updated_bias(BIAS, LOAD, default), method.updated_bias(BIAS, LOAD, changed)
        )
        assert (same_loss and same_bias) == (knob not in method.knobs)


def test_the_registry_knows_each_method_by_its_name_and_holds_the_default():
    assert list(BALANCING_METHODS) == ["none", "switch_loss", "loss_free_bias"]
    assert all(method.name == name for name, method in BALANCING_METHODS.items())
    assert BalanceConfig().method in BALANCING_METHODS


def test_an_unknown_method_is_refused_by_name_with_the_known_ones():
    with pytest.raises(ConfigError, match="method must be one of none, switch_loss") as refused:
        balancing_method("hope")
    assert refused.value.value == "hope"


def test_a_new_method_needs_no_other_file():
    """Registered before anything else is imported, as a class of the module would be."""
    run = [sys.executable, "-c", ONE_MORE]
    done = subprocess.run(
        run, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "My push (ours), k = 1",
        "The push is on: it pushes on.",
        "The push is on, but with u = 0 it pushes nothing.",
        "with my push ('bias_update_rate',)",
        "['none', 'switch_loss', 'loss_free_bias', 'my_push']",
        "['my_push', 'My push']",
        "1 True",
    ]


ONE_MORE = """
from moeviz.routing.balancing import BALANCING_METHODS, BalancingMethod, register

@register
class MyPush(BalancingMethod):
    name, title, short, trained = "my_push", "My push (ours)", "My push", "with my push"
    acts, pushes = "The push", "it pushes on"
    formula, source, description = "b_i", "Ours.", "A push."
    knobs = ("bias_update_rate",)

    def updated_bias(self, selection_bias, expert_load, config):
        return selection_bias + config.bias_update_rate

import argparse
import numpy as np
from moeviz.analysis.arms import arm_summary
from moeviz.analysis.narration import narrate
from moeviz.cli.train import add_arguments
from moeviz.config import ArmConfig, RunConfig
from moeviz.ui.lab.learning import learning_data
from moeviz.ui.shared.knob_data import knob_data
from tests.snapshots import history
from moeviz.training.lockstep import LockstepTrainer

small = {"d_model": 16, "d_expert": 16, "n_layers": 1, "n_heads": 2, "batch_size": 2}
arm = ArmConfig.of("A", {**small, "method": "my_push"})
off = ArmConfig.of("A", {**small, "method": "my_push", "bias_update_rate": 0.0})
even = history(40, np.full((1, 8), 1 / 8))
print(arm_summary(arm))
for each in (arm, off):
    print("The push" + narrate(each, even).sentence.partition("The push")[2])
learnt = learning_data(RunConfig((arm,)))["methods"]["my_push"]
print(learnt["words"], learnt["strengths"])
parser = argparse.ArgumentParser()
add_arguments(parser)
said = next(each.help for each in parser._actions if each.dest == "method")
print(said.partition("One of: ")[2].partition(".")[0].split(", "))
print(knob_data("method")["choices"][-1])
step = LockstepTrainer(RunConfig((arm,))).step()["A"]
print(step.step, bool(np.isfinite(step.cross_entropy)))
"""


def test_a_name_is_taken_once():
    class Again(BalancingMethod):
        name = "none"

    with pytest.raises(ValueError, match="'none' exists already"):
        register(Again)
    assert not isinstance(BALANCING_METHODS["none"], Again)


def test_no_balancing_adds_nothing_and_moves_nothing():
    method = balancing_method("none")
    assert method.auxiliary_loss(PROBS, INDEX, BalanceConfig()).item() == 0.0
    assert torch.equal(method.updated_bias(BIAS, LOAD, BalanceConfig()), BIAS)


def test_the_switch_loss_is_scaled_by_its_coefficient():
    loss = balancing_method("switch_loss").auxiliary_loss(
        PROBS, INDEX, BalanceConfig(aux_coefficient=0.5)
    )
    assert loss.item() == pytest.approx(0.5 * load_balancing_loss(PROBS, INDEX).item())


def test_the_loss_free_bias_adds_no_loss_and_moves_a_fixed_step_against_the_load():
    method, config = balancing_method("loss_free_bias"), BalanceConfig(bias_update_rate=0.25)
    assert method.auxiliary_loss(PROBS, INDEX, config).item() == 0.0
    moved = method.updated_bias(torch.zeros(4), torch.tensor([0.6, 0.15, 0.25, 0.0]), config)
    assert moved.tolist() == [-0.25, 0.25, 0.0, 0.25]


@pytest.mark.parametrize("n_experts", range(2, 65))
@pytest.mark.parametrize("slots_each", [1, 3, 128])
def test_an_expert_with_exactly_its_share_keeps_its_bias(n_experts: int, slots_each: int):
    """A mean taken in float32 is a hair off for 10 experts, and its sign moves all of them."""
    f = expert_load(torch.arange(n_experts).repeat(slots_each)[:, None], n_experts)
    moved = balancing_method("loss_free_bias").updated_bias(
        torch.zeros(n_experts), f, BalanceConfig()
    )
    assert moved.tolist() == [0.0] * n_experts


def test_the_bias_given_is_not_written_to():
    bias = torch.zeros(2)
    balancing_method("loss_free_bias").updated_bias(bias, LOAD, BalanceConfig())
    assert bias.tolist() == [0.0, 0.0]


def test_the_whole_routing_room_is_known_without_torch():
    rooms = [each.stem for each in Path(moeviz.routing.__file__).parent.glob("[!_]*.py")]
    assert {"balancing", "capacity", "rules", "selection"} <= set(rooms)
    imports = "; ".join(f"import moeviz.routing.{room}" for room in rooms)
    code = f"import sys; {imports}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
