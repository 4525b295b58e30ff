"""The seam of balancers: one registry, known without torch; what each adds and keeps."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import moeviz.routing
from moeviz.config import BalanceConfig, ConfigError
from moeviz.routing.balancers import BALANCERS, BALANCING_LOSSES, Balancer, StepRouting
from moeviz.routing.balancers.base import register
from moeviz.training.conventions import made_up_routing

EVERY = pytest.mark.parametrize("balancer", BALANCERS.values(), ids=lambda each: each.name)
LAYERS, TOKENS, EXPERTS = 2, 12, 4


def step_of(seed: int = 0, top_k: int = 2, crowded: float = 1.0) -> StepRouting:
    """Two layers that prefer their first expert."""
    generator = torch.Generator().manual_seed(seed)
    layers = []
    for _ in range(LAYERS):
        logits = torch.randn(TOKENS, EXPERTS, generator=generator)
        logits[:, 0] += crowded
        layers.append(made_up_routing(logits, logits.topk(top_k, dim=-1).indices))
    return StepRouting(tuple(layers), n_sequences=3)


STEP = step_of()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[n], other[n]) for n in one)


@EVERY
def test_a_balancer_explains_itself_and_reads_only_knobs_that_exist(balancer: Balancer):
    words = (balancer.title, balancer.formula, balancer.source, balancer.description)
    assert all([*words, balancer.short, balancer.trained, balancer.used_by, balancer.causal])
    assert bool(balancer.acts) == bool(balancer.pushes)
    assert set(balancer.reads) <= BalanceConfig().knobs.keys() - {"balancer"}
    assert set(balancer.defaults) == set(balancer.knobs)
    assert bool(balancer.usually) == bool(balancer.defaults)


def test_the_registry_knows_each_balancer_by_its_name_and_holds_the_default():
    promised = [
        "none", "importance", "load_cv", "gshard", "switch", "hf_pooled", "megablocks", "sequence",
        "global_batch", "z_loss", "bias_sign",
    ]  # fmt: skip
    assert [name for name in BALANCERS if name in promised] == promised
    assert all(balancer.name == name for name, balancer in BALANCERS.items())
    assert BalanceConfig().balancer in BALANCERS
    assert len({balancer.title for balancer in BALANCERS.values()}) == len(BALANCERS)
    assert len({balancer.short for balancer in BALANCERS.values()}) == len(BALANCERS)


@EVERY
def test_a_balancer_depends_on_its_own_knobs_alone(balancer: Balancer):
    default, state = BalanceConfig(balancer=balancer.name), balancer.state(LAYERS, EXPERTS)
    strengths = {"aux_coefficient": 0.7, "bias_update_rate": 0.2, "z_loss_coefficient": 0.4}
    for knob, strength in strengths.items():
        changed = dataclasses.replace(default, **{knob: strength})
        same_loss = torch.equal(
            balancer.auxiliary_loss(STEP, state, default),
            balancer.auxiliary_loss(STEP, state, changed),
        )
        same_state = same(
            balancer.after_step(STEP, state, default), balancer.after_step(STEP, state, changed)
        )
        assert (same_loss and same_state) == (knob not in balancer.knobs)


@EVERY
def test_a_strength_of_0_has_no_effect(balancer: Balancer):
    off = BalanceConfig(balancer=balancer.name, aux_coefficient=0.0, bias_update_rate=0.0)
    state = balancer.state(LAYERS, EXPERTS)
    assert balancer.auxiliary_loss(STEP, state, off).item() == 0.0
    moved = balancer.after_step(STEP, state, off)
    if "selection_bias" in moved:
        assert not moved["selection_bias"].any()


@EVERY
def test_a_state_keeps_its_shape_and_what_was_given_is_not_written_to(balancer: Balancer):
    state = balancer.state(LAYERS, EXPERTS)
    before = {name: each.clone() for name, each in state.items()}
    moved = balancer.after_step(STEP, state, BalanceConfig(balancer=balancer.name))
    assert same(state, before)
    assert {name: each.shape for name, each in moved.items()} == {
        name: each.shape for name, each in before.items()
    }
    assert all(len(each) == LAYERS for each in moved.values())
    assert all(each.any() for each in moved.values())


@EVERY
def test_a_balancer_leaves_the_state_of_others_as_it_is(balancer: Balancer):
    others = {"other": torch.arange(LAYERS)}
    moved = balancer.after_step(
        STEP, {**balancer.state(LAYERS, EXPERTS), **others}, BalanceConfig(balancer=balancer.name)
    )
    assert same({"other": moved["other"]}, others)


def test_an_unknown_balancer_is_refused_by_name_with_the_known_ones():
    with pytest.raises(ConfigError, match="balancer must be one of none, importance") as refused:
        BALANCERS.named("hope")
    assert refused.value.value == "hope"


def test_a_name_is_taken_once():
    class Again(Balancer):
        name, order = "none", 0

    with pytest.raises(ValueError, match="'none' exists already"):
        register(Again)
    assert not isinstance(BALANCERS["none"], Again)


def test_no_balancing_adds_nothing_and_keeps_nothing():
    config = BalanceConfig(balancer="none")
    assert BALANCERS["none"].auxiliary_loss(STEP, {}, config).item() == 0.0
    assert BALANCERS["none"].after_step(STEP, {}, config) == {}


@pytest.mark.parametrize("name", [*BALANCING_LOSSES, "z_loss"])
def test_a_loss_is_scaled_by_its_coefficient(name: str):
    state = BALANCERS[name].state(LAYERS, EXPERTS)
    half, whole = (
        BALANCERS[name].auxiliary_loss(STEP, state, BalanceConfig(aux_coefficient=alpha)).item()
        for alpha in (0.5, 1.0)
    )
    assert whole > 0
    assert half == pytest.approx(whole / 2)


def test_the_bias_adds_no_loss_and_moves_a_fixed_step_against_the_load():
    balancer, config = BALANCERS["bias_sign"], BalanceConfig(bias_update_rate=0.25)
    index = torch.tensor([0] * 12 + [1] * 3 + [2] * 5)[:, None]
    step = StepRouting((made_up_routing(torch.zeros(20, 4), index),), 1)
    state = balancer.state(1, 4)
    assert balancer.auxiliary_loss(step, state, config).item() == 0.0
    moved = balancer.after_step(step, state, config)["selection_bias"]
    assert moved.tolist() == [[-0.25, 0.25, 0.0, 0.25]]


@pytest.mark.parametrize("n_experts", range(2, 65))
@pytest.mark.parametrize("each", [1, 3, 128])
def test_an_expert_with_exactly_its_share_keeps_its_bias(n_experts: int, each: int):
    """A mean taken in float32 is a hair off for 10 experts, and its sign moves all of them."""
    index = torch.arange(n_experts).repeat(each)[:, None]
    step = StepRouting((made_up_routing(torch.zeros(len(index), n_experts), index),), 1)
    balancer = BALANCERS["bias_sign"]
    moved = balancer.after_step(step, balancer.state(1, n_experts), BalanceConfig())
    assert moved["selection_bias"].tolist() == [[0.0] * n_experts]


def test_the_global_batch_remembers_the_last_batches_and_forgets_older_ones():
    balancer = BALANCERS["global_batch"]
    state = balancer.state(LAYERS, EXPERTS)
    steps = [step_of(seed) for seed in range(5)]
    for step in steps[:4]:
        state = balancer.after_step(step, state, BalanceConfig())
    seen = [each.counts for each in (steps[3], steps[2], steps[1])]
    assert torch.equal(state["earlier_counts"], torch.stack(seen, dim=1))


def test_words_are_known_without_torch():
    rooms = Path(moeviz.routing.__file__).parent
    tensors = {"record", "route", "slots"}
    names = [
        ".".join(("moeviz.routing", *each.relative_to(rooms).with_suffix("").parts))
        for each in rooms.rglob("[!_]*.py")
        if each.stem not in tensors
    ]
    assert {"moeviz.routing.balancers.switch", "moeviz.routing.routers.topk_softmax"} <= set(names)
    code = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_new_balancer_needs_no_other_file():
    """Registered before anything else is imported, as a class of the folder would be."""
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
        "my_push",
        "['my_push', 'My push']",
        "1 True",
    ]


ONE_MORE = """
from moeviz.routing.balancers.base import Balancer, register

@register
class MyPush(Balancer):
    name, order, title, short, trained = "my_push", 999, "My push (ours)", "My push", "with my push"
    acts, pushes = "The push", "it pushes on"
    formula, source, description, used_by = "b_i", "Ours.", "A push.", "nothing"
    knobs, defaults = ("bias_update_rate",), {"bias_update_rate": 0.1}

    def state(self, n_layers, n_experts):
        import torch
        return {"selection_bias": torch.zeros(n_layers, n_experts)}

    def after_step(self, step, state, config):
        return {"selection_bias": state["selection_bias"] + config.bias_update_rate}

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
arm = ArmConfig.of("A", {**small, "balancer": "my_push"})
off = ArmConfig.of("A", {**small, "balancer": "my_push", "bias_update_rate": 0.0})
even = history(40, np.full((1, 8), 1 / 8))
print(arm_summary(arm))
for each in (arm, off):
    print("The push" + narrate(each, even).sentence.partition("The push")[2])
learnt = learning_data(RunConfig((arm,)))["methods"]["my_push"]
print(learnt["words"], learnt["strengths"])
parser = argparse.ArgumentParser()
add_arguments(parser)
said = next(each.help for each in parser._actions if each.dest == "balancer")
print(said.partition("One of: ")[2].partition(".")[0].split(", ")[-1])
print(knob_data("balancer")["choices"][-1])
step = LockstepTrainer(RunConfig((arm,))).step()["A"]
print(step.step, bool(np.isfinite(step.cross_entropy)))
"""
