"""Families whose code comes with their files: read as copies of that code read them."""

from __future__ import annotations

import json
from pathlib import Path
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


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"use_residual": False}, "use_residual must be true as parallel_attn_mlp_res is"),
        ({"parallel_attn_mlp_res": False}, "use_residual must be false as parallel_attn_mlp_res"),
        ({"use_residual": ..., "parallel_attn_mlp_res": ...}, "parallel_attn_mlp_res is missing"),
    ],
)
def test_arctics_two_names_of_its_dense_feed_forward_must_agree(changed: Any, words: str):
    with pytest.raises(ConfigError, match=words):
        read_config(config_of("Snowflake-Arctic", **changed))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("moe_shared_expert_intermediate_size", 5632),
        ("moe_shared_expert_intermediate_size", "wide"),
        ("use_qk_norm", True),
        ("moe_router_enable_expert_bias", True),
    ],
)
def test_what_only_ports_of_lings_first_code_read_is_refused(field: str, value: Any):
    with pytest.raises(ConfigError, match=field):
        read_config(config_of("Ling-lite", **{field: value}))


def test_what_only_ports_of_lings_code_read_and_changes_nothing_is_accepted():
    same = {"moe_shared_expert_intermediate_size": 1408, "use_qk_norm": False}
    same["moe_router_enable_expert_bias"] = False
    assert counted(config_of("Ling-lite", **same)) == counted(config_of("Ling-lite"))


@pytest.mark.parametrize(
    "typed",
    [
        {"model_type": "bailing_moe_v2"},
        {"model_type": "bailing_moe", "architectures": ["BailingMoeV2ForCausalLM"]},
    ],
)
def test_lings_second_code_has_its_own_defaults(typed: dict[str, Any]):
    """Those of configuration_bailing_moe_v2.py are the sizes of Ling-mini-2.0."""
    released = counted(config_of("Ling-mini-2.0", n_group=8, topk_group=4))
    assert counted(typed) == released
    without = counted(typed | {"num_shared_experts": None})
    assert "shared_experts" not in without.components
    assert released.total - without.total == 19 * 3 * 2048 * 512
    with pytest.raises(ConfigError, match="moe_router_enable_expert_bias must be true"):
        read_config(typed | {"moe_router_enable_expert_bias": False})
    with pytest.raises(ConfigError, match="moe_shared_expert_intermediate_size must be 512"):
        read_config(typed | {"moe_shared_expert_intermediate_size": 1024})


KIMI = config_of("Kimi-K2", model_type="kimi_k2")


def test_kimi_without_shared_experts_has_one_as_its_class_takes_it():
    found = read_config({name: KIMI[name] for name in KIMI if name != "n_shared_experts"})
    assert found.reading.defaults["n_shared_experts"] == 1
    assert parameter_count(found.architecture) == counted(KIMI)


def test_kimi_with_null_shared_experts_has_none():
    assert "shared_experts" not in counted(KIMI | {"n_shared_experts": None}).components


def test_kimi_has_to_state_its_dense_layers_as_copies_of_its_class_disagree():
    with pytest.raises(ConfigError, match="first_k_dense_replace is missing"):
        read_config({name: KIMI[name] for name in KIMI if name != "first_k_dense_replace"})


FOUND = Path(__file__).parents[2] / "fixtures" / "found_configs.json"
K3: dict[str, Any] = json.loads(FOUND.read_text("utf-8"))["files"]["moonshotai/Kimi-K3"]["config"]
D, MIXTURES, DELTAS, LATENTS = 7168, 92, 69, 24


def k3(**changed: Any) -> dict[str, Any]:
    """The released file with other fields of its text model."""
    return K3 | {"text_config": K3["text_config"] | changed}


def test_kimi_k3s_experts_are_what_its_checkpoint_packs_in_four_bits():
    experts = counted(K3).components["routed_experts"] - MIXTURES * (2 * D * 3584 + 3584)
    assert experts == 2_722_740_830_208
    assert elements_per_token(read_config(K3).architecture) == LATENTS * (512 + 64)
    assert read_config(K3).notes[0].startswith("The text model alone")


@pytest.mark.parametrize(
    ("changed", "fewer"),
    [
        ({"routed_expert_hidden_size": None},
         MIXTURES * (2 * D * 3584 + 3584 - 896 * 3 * 3072 * (D - 3584))),
        ({"latent_moe_use_norm": False}, MIXTURES * 3584),
        ({"attn_res_block_size": None}, 93 * 4 * D + 2 * D),
        ({"mla_use_output_gate": False}, LATENTS * D * 96 * 128),
        ({"q_lora_rank": None},
         LATENTS * (1536 * (D + 96 * 192 + 1) - D * 96 * 192)),
        ({"num_shared_experts": 1}, MIXTURES * 3 * D * 3072),
        ({"moe_layer_freq": 2},
         46 * (896 * (D + 1 + 3 * 3584 * 3072) + 2 * D * 3584 + 3584 + 2 * 3 * D * 3072)
         - 46 * 3 * D * 33792),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)  # fmt: skip
def test_each_field_of_kimi_k3s_own_class_moves_its_tensors(changed: dict[str, Any], fewer: int):
    assert counted(K3).total - counted(k3(**changed)).total == fewer


def test_kimi_k3s_output_gate_of_delta_attention_is_full_or_of_low_rank():
    linear = K3["text_config"]["linear_attn_config"]
    low = k3(linear_attn_config=linear | {"use_full_rank_gate": False})
    width = 96 * 128
    assert counted(K3).total - counted(low).total == DELTAS * (D * width - 128 * (D + width))
    alone = k3(linear_attn_config={name: linear[name] for name in linear if name != "kda_layers"})
    with pytest.raises(ConfigError, match=r"linear_attn_config\.kda_layers"):
        read_config(alone)


def test_a_field_that_kimi_k3s_class_does_not_know_is_refused():
    with pytest.raises(ConfigError, match=r"text_config\.n_new_experts"):
        read_config(k3(n_new_experts=3))
    linear = K3["text_config"]["linear_attn_config"] | {"use_full_rank_gates": True}
    with pytest.raises(ConfigError, match=r"text_config\.linear_attn_config\.use_full_rank_gates"):
        read_config(k3(linear_attn_config=linear))
