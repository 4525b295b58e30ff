"""The cache in closed form against a loop over positions and against published figures."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache, MixtralConfig, MixtralForCausalLM

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.kv_cache import elements_per_token, kv_bytes, kv_cache
from moeviz.accounting.parts import FixedMixer, GroupedQueryAttention, MixtureFeedForward
from moeviz.config import ConfigError
from tests.architectures import DEEPSEEK_V3, GPT_OSS_120B, MIXTRAL_8X7B, architectures


@pytest.mark.parametrize(
    ("architecture", "elements", "bytes_per_token"),
    [
        (MIXTRAL_8X7B, 65_536, 128 * 1024),
        (DEEPSEEK_V3, 35_136, 70_272),
        (GPT_OSS_120B, 36_864, 73_728),
    ],
)
def test_a_token_of_released_models_keeps_what_their_papers_say(
    architecture, elements, bytes_per_token
):
    assert elements_per_token(architecture) == elements
    assert kv_bytes(architecture, 1, 1) == bytes_per_token


def test_mixtrals_cache_is_the_one_that_transformers_fills():
    config = MixtralConfig(
        vocab_size=50, hidden_size=32, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
        intermediate_size=8, num_hidden_layers=3, num_local_experts=2, sliding_window=None,
    )  # fmt: skip
    cache = DynamicCache()
    MixtralForCausalLM(config)(torch.zeros(2, 5, dtype=torch.int64), past_key_values=cache)
    kept = sum(layer.keys.numel() + layer.values.numel() for layer in cache.layers)
    layer = (GroupedQueryAttention(32, 4, 2, 10), MixtureFeedForward(32, 8, 2, 2))
    architecture = Architecture(32, 50, (Stack(3, layer, 64),))
    assert kv_bytes(architecture, 5, 2, 8) == kept


@given(architectures(), st.integers(1, 30), st.integers(1, 4), st.sampled_from([4, 8, 16]))
def test_the_cache_is_what_a_loop_over_layers_and_positions_keeps(
    architecture, context, sequences, bits
):
    kept = 0
    for stack in architecture.stacks:
        part = stack.parts[0]
        for position in range(context):
            if part.window is None or position >= context - part.window:
                kept += stack.n_layers * part.cached_elements()
    cache = kv_cache(architecture, context, sequences, bits)
    assert cache.total_bytes == Fraction(kept * sequences * bits, 8)
    assert cache.total_bytes <= elements_per_token(architecture) * context * sequences * bits / 8


def test_a_window_caps_the_cache_and_a_state_does_not_grow():
    near = GroupedQueryAttention(8, 2, 1, 4, window=100)
    mixer = FixedMixer("linear attention", (), state_elements=64)
    model = Architecture(8, 9, (Stack(2, (near,), 0), Stack(3, (mixer,), 0)))
    assert elements_per_token(model) == 2 * 8
    assert [kv_bytes(model, s, 2, 8) for s in (50, 100, 1000)] == [1984, 3584, 3584]
    assert [term.component for term in kv_cache(model, 1).terms] == ["kv_cache", "state"]


def test_a_layer_that_uses_another_ones_keys_keeps_none():
    sharing = GroupedQueryAttention(8, 2, 1, 4, keeps_keys=False)
    assert kv_cache(Architecture(8, 9, (Stack(2, (sharing,), 0),)), 5).terms == ()


@pytest.mark.parametrize(
    ("values", "named"),
    [((0, 1, 16), "context"), ((1, 0, 16), "sequences"), ((1, 1, 0), "bits")],
)
def test_what_cannot_be_is_refused_by_name(values, named):
    with pytest.raises(ConfigError, match=f"{named} must be"):
        kv_bytes(MIXTRAL_8X7B, *values)
