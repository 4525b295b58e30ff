"""The cache as another kind of attention would keep it, against sums written out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.cache_kinds import cache_by_kind, groups_of
from moeviz.accounting.kv_cache import elements_per_token, kv_bytes
from moeviz.accounting.parts import FixedMixer, GroupedQueryAttention
from moeviz.accounting.released import released_model, released_models
from tests.architectures import DEEPSEEK_V3, GPT_OSS_120B, MIXTRAL_8X7B, architectures


def elements(architecture: Architecture) -> dict[str, int]:
    return {kind: elements_per_token(each) for kind, each in cache_by_kind(architecture).items()}


def test_mixtral_as_every_kind():
    assert elements(MIXTRAL_8X7B) == {
        "as_built": 2 * 8 * 128 * 32,
        "multi_head": 2 * 32 * 128 * 32,
        "grouped": 2 * 8 * 128 * 32,
        "multi_query": 2 * 128 * 32,
        "latent": (4 * 128 + 64) * 32,  # as 2.25 groups
        "windowed": 2 * 8 * 128 * 32,
    }


def test_deepseek_v3_as_every_kind():
    """Keys of 128 + 64, values of 128."""
    assert elements(DEEPSEEK_V3) == {
        "as_built": 35_136,
        "multi_head": 61 * 128 * (192 + 128),
        "grouped": 61 * 8 * (192 + 128),
        "multi_query": 61 * (192 + 128),
        "latent": 35_136,
        "windowed": 35_136,
    }


@given(architectures(), st.integers(1, 9000))
def test_more_key_value_heads_never_keep_less(architecture, context):
    kept = {kind: kv_bytes(each, context) for kind, each in cache_by_kind(architecture).items()}
    assert kept["multi_query"] <= kept["grouped"] <= kept["multi_head"]
    assert kept["windowed"] <= kept["as_built"]


def test_the_models_own_windows_stay_and_a_window_everywhere_is_its_own():
    """Half of gpt-oss's layers see 128 positions; as windowed, all of them."""
    kept = {kind: kv_bytes(each, 8192, 1, 8) for kind, each in cache_by_kind(GPT_OSS_120B).items()}
    assert kept["as_built"] == 2 * 8 * 64 * 18 * (8192 + 128)
    assert kept["multi_head"] == 8 * kept["as_built"]
    assert kept["windowed"] == 2 * 8 * 64 * 36 * 128


def test_a_window_of_its_own_makes_none_wider_and_without_one_it_is_the_usual():
    assert kv_bytes(cache_by_kind(MIXTRAL_8X7B)["windowed"], 10_000, 1, 8) == 65_536 * 4096
    layers = [GroupedQueryAttention(8, 2, 1, 4, window=size) for size in (100, 9)]
    model = Architecture(8, 9, tuple(Stack(1, (each,), 0) for each in layers))
    assert kv_bytes(cache_by_kind(model)["windowed"], 1000, 1, 8) == 2 * 8 * 9


@pytest.mark.parametrize(("heads", "groups"), [(32, 8), (12, 6), (7, 7), (13, 1), (1, 1)])
def test_a_model_without_groups_gets_at_most_eight_that_divide_its_heads(heads, groups):
    assert groups_of(GroupedQueryAttention(64, heads, heads, 4)) == groups
    assert groups_of(GroupedQueryAttention(64, heads, 1, 4)) == groups


def test_a_state_that_does_not_grow_and_layers_that_keep_nothing_stay_so():
    near = GroupedQueryAttention(8, 4, 2, 4)
    sharing = GroupedQueryAttention(8, 4, 2, 4, keeps_keys=False)
    mixer = FixedMixer("linear attention", (), state_elements=64)
    model = Architecture(8, 9, tuple(Stack(1, (part,), 0) for part in (near, sharing, mixer)))
    assert kv_bytes(cache_by_kind(model)["multi_head"], 10, 1, 8) == 10 * 4 * 8 + 64


def test_attention_that_keeps_something_else_is_compared_with_nothing():
    """DeepSeek-V4 keeps compressed positions."""
    names = [
        model.name
        for model in released_models()
        if (built := model.architecture()) is not None and len(cache_by_kind(built)) == 1
    ]
    assert names
    assert all(released_model(name).config["model_type"] == "deepseek_v4" for name in names)
