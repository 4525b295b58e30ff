"""Families whose code comes with their files: read as copies of that code read them."""

from __future__ import annotations

from typing import Any

import pytest

from moeviz.accounting.config_json import read_config
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import ParameterCount, parameter_count
from moeviz.config import ConfigError
from tests.released_configs import config_of


def counted(config: dict[str, Any]) -> ParameterCount:
    return parameter_count(read_config(config).architecture)


HUNYUAN_LARGE = {
    "model_type": "hunyuan", "hidden_size": 6400, "intermediate_size": 18304,
    "num_hidden_layers": 64, "num_attention_heads": 80, "num_key_value_heads": 8,
    "num_experts": 16, "moe_topk": 1, "num_shared_expert": 1, "use_mixed_mlp_moe": True,
    "use_cla": True, "cla_share_factor": 2, "use_qk_norm": True, "vocab_size": 128512,
    "tie_word_embeddings": True,
}  # fmt: skip


def test_hunyuan_large_shares_keys_between_pairs_of_layers():
    """388,698,118,400 without the norms on queries and keys, of which each layer has 2 · 80."""
    found = counted(HUNYUAN_LARGE)
    assert found.total == 388_698_118_400 + 64 * 2 * 80
    assert found.components["attention"] == 5_505_024_000 + 64 * 2 * 80
    assert elements_per_token(read_config(HUNYUAN_LARGE).architecture) == 40_960
    apart = counted(HUNYUAN_LARGE | {"use_cla": False})
    assert apart.total - found.total == 32 * 2 * 6400 * 8 * 80


A13B = {
    "model_type": "hunyuan", "add_classification_head": False, "attention_bias": False,
    "attention_head_dim": 128, "cla_share_factor": 2, "class_num": 0, "dense_list": [4096, 0],
    "group_limited_greedy": False, "hidden_size": 4096, "intermediate_size": 3072,
    "kv_lora_rank": None, "mlp_bias": False, "moe_intermediate_size": [3072] * 32,
    "moe_layer_num_skipped": 0, "moe_topk": [8] * 32, "num_attention_heads": 32, "num_experts": 64,
    "num_hidden_layers": 32, "num_key_value_heads": 8, "num_shared_expert": [1] * 32,
    "q_lora_rank": None, "tie_word_embeddings": True, "use_cla": False, "use_mixed_mlp_moe": True,
    "use_mla": False, "use_qk_norm": True, "vocab_size": 128167, "vit_token": 64,
    "org_vocab_size": 128167,
}  # fmt: skip
"""Fields of models/config.json of tianyu1412/Hunyuan-A13B df832eb."""


def test_a13b_as_first_released_is_what_it_is_in_transformers():
    as_released = config_of("Hunyuan-A13B", vocab_size=128167)
    assert counted(A13B) == counted(as_released)
    assert counted(A13B).total == 80_393_183_232


def test_one_expert_of_hunyuans_code_is_a_dense_layer():
    dense = counted(A13B | {"num_experts": 1, "moe_topk": 1})
    assert dense.components["dense_ffn"] == 32 * 3 * 4096 * 3072
    assert not {"router", "routed_experts", "shared_experts"} & set(dense.components)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("use_mla", True), ("mamba", True), ("add_classification_head", True), ("mlp_bias", True),
        ("moe_layer_num_skipped", 1), ("norm_type", "nparams_layer"),
        ("attention_head_dim", 64),
    ],
)  # fmt: skip
def test_what_changes_hunyuans_tensors_and_is_not_read_is_refused(field: str, value: Any):
    with pytest.raises(ConfigError, match=field.removeprefix("attention_")):
        read_config(A13B | {field: value})


KIMI = config_of("Kimi-K2", model_type="kimi_k2")


def test_kimi_without_shared_experts_has_one_as_its_class_takes_it():
    found = read_config({name: KIMI[name] for name in KIMI if name != "n_shared_experts"})
    assert found.reading.defaults["n_shared_experts"] == 1
    assert parameter_count(found.architecture) == counted(KIMI)


def test_kimi_has_to_state_its_dense_layers_as_copies_of_its_class_disagree():
    with pytest.raises(ConfigError, match="first_k_dense_replace is missing"):
        read_config({name: KIMI[name] for name in KIMI if name != "first_k_dense_replace"})
