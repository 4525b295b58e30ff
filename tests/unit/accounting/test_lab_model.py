"""Closed forms against the model itself: its parameters and torch's own count of its operations."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from moeviz.accounting.flops import forward_flops, training_flops
from moeviz.accounting.lab_model import (
    active_parameters,
    expert_parameters,
    lab_architecture,
    total_parameters,
)
from moeviz.accounting.parameters import parameter_count
from moeviz.config import ArmConfig, ConfigError, ModelConfig, RoutingConfig, dense_baseline
from moeviz.model.transformer import LanguageModel
from tests.strategies import model_configs

ANY_MODEL = st.booleans().flatmap(lambda dense: model_configs(dense=dense))
COMPONENT_OF = {
    "norm": "norms",
    "embedding": "embedding",
    "positions": "embedding",
    ".attention.": "attention",
    ".router.": "router",
    ".experts.": "routed_experts",
    ".feed_forward.w_": "dense_ffn",
    "head": "lm_head",
}


def built(config: ModelConfig) -> LanguageModel:
    return LanguageModel(config, torch.Generator().manual_seed(0))


def grouped_mm_flops(a: torch.Size, b: torch.Size, *_: object, **__: object) -> int:
    """2 · rows · inner · columns: each row of `a` meets one of the groups.

    torch 2.13's counter does not know this operator. For weight gradients both are matrices and the
    groups share the inner rows: the same product.
    """
    return 2 * a[0] * a[1] * b[-1]


def counted_flops(config: ModelConfig, top_k: int, backward: bool = False) -> int:
    """All operations of one full batch of two sequences; attention as plain matrix products."""
    model = built(config)
    tokens = torch.zeros(2, config.context_length, dtype=torch.int64)
    custom = {torch.ops.aten._grouped_mm: grouped_mm_flops}
    with (
        FlopCounterMode(display=False, custom_mapping=custom) as counter,
        sdpa_kernel(SDPBackend.MATH),
    ):
        logits, _ = model(tokens, RoutingConfig(top_k=top_k))
        if backward:
            logits.square().sum().backward()
    return int(counter.get_total_flops())


def forward(config: ModelConfig, top_k: int, sequences: int = 1) -> int:
    """Operations of full sequences, attention's masked halves included."""
    architecture = lab_architecture(config, top_k)
    return forward_flops(architecture, config.context_length, "full", sequences).total


@given(ANY_MODEL)
def test_parameters_are_those_of_the_model(config: ModelConfig):
    assert total_parameters(config) == sum(p.numel() for p in built(config).parameters())


@given(ANY_MODEL)
def test_each_component_has_the_parameters_of_its_modules(config: ModelConfig):
    count = parameter_count(lab_architecture(config, 1))
    found = dict.fromkeys(count.components, 0)
    for name, parameter in built(config).named_parameters():
        key = next(part for part in COMPONENT_OF if part in name)
        found[COMPONENT_OF[key]] += parameter.numel()
    assert found == count.components
    assert sum(found.values()) == count.total == total_parameters(config)


@given(model_configs(), st.data())
def test_active_parameters_are_those_that_can_have_a_gradient_from_one_token(config, data):
    """All but the vocabulary and positions a token does not look up, which count as active."""
    top_k = data.draw(st.integers(1, min(config.n_experts, 8)))
    model = built(config)
    logits, passes = model(torch.zeros(1, 1, dtype=torch.int64), RoutingConfig(top_k=top_k))
    logits.square().sum().backward()
    reached = 0
    for name, parameter in model.named_parameters():
        if ".experts." in name:
            used = parameter.grad.flatten(1).abs().amax(1) > 0
            reached += int(used.sum()) * parameter[0].numel()
        else:
            reached += parameter.numel()
    assert all(each.routing.expert_index.shape == (1, top_k) for each in passes)
    assert active_parameters(config, top_k) == reached


@settings(max_examples=25)
@given(ANY_MODEL, st.data())
def test_forward_flops_are_torchs_count(config, data):
    top_k = data.draw(st.integers(1, min(config.n_experts, 8)))
    assert counted_flops(config, top_k) == forward(config, top_k, sequences=2)


@pytest.mark.parametrize("dense_width", [0, 40])
def test_a_training_step_costs_three_forward_passes(dense_width: int):
    config = ModelConfig(d_model=16, d_expert=16, context_length=8, dense_width=dense_width)
    training = training_flops(lab_architecture(config, 2), 2 * 8, 8, "full")
    assert counted_flops(config, 2, backward=True) == training
    assert training == 3 * forward(config, 2, sequences=2)


@given(ANY_MODEL)
def test_all_experts_active_is_all_parameters_active(config: ModelConfig):
    assert active_parameters(config, config.n_experts) == total_parameters(config)


@given(model_configs(), st.data())
def test_a_dense_baseline_costs_the_same_within_a_hidden_unit(config, data):
    """Exactly the same with two matrices an expert and an even number of experts."""
    top_k = data.draw(st.integers(1, min(config.n_experts, 8)))
    arm = ArmConfig("a", model=config, routing=RoutingConfig(top_k=top_k))
    active = dense_baseline(arm, "active", "b").model
    total = dense_baseline(arm, "total", "b").model
    flops = (forward(active, 1) - forward(config, top_k)) // config.context_length
    weights = total_parameters(total) - total_parameters(config)
    unit = config.n_layers * expert_parameters(config) // config.d_expert
    assert abs(weights) < unit
    assert abs(flops) < 2 * unit
    if config.activation == "gelu" and config.n_experts % 2 == 0:
        assert flops == weights == 0


@pytest.mark.parametrize("top_k", [0, 17])
def test_more_experts_a_token_than_there_are_is_refused(top_k: int):
    with pytest.raises(ConfigError, match="top_k must be a whole number from 1 to 16"):
        active_parameters(ModelConfig(), top_k)


def test_the_closed_forms_are_known_without_torch_and_numpy():
    code = (
        "import sys, moeviz.accounting.lab_model; "
        "sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
