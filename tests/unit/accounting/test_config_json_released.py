"""Released models' configuration files, read and counted to the parameter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from moeviz.accounting.config_json import read_config, read_config_json
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.meaning import meanings
from moeviz.accounting.parameters import ParameterCount, parameter_count
from moeviz.config import ConfigError
from tests.released_configs import RELEASED, config_of
from tests.small_files import SMALL

COMPUTED = {
    "num_key_value_heads", "head_dim", "layer_types", "mlp_layer_types", "moe_layers",
    "no_rope_layers", "topk_group",
}  # fmt: skip
"""Fields that a class computes from others where the file leaves them out."""


def counted(config: dict[str, Any]) -> ParameterCount:
    return parameter_count(read_config(config).architecture)


def refusal(config: dict[str, Any]) -> ConfigError | None:
    try:
        read_config(config)
    except ConfigError as error:
        return error
    return None


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_model_has_the_parameters_of_its_class(name: str):
    released = RELEASED[name]
    text = json.dumps(released["config"])
    found = parameter_count(read_config_json(text).architecture)
    assert found.total == released["total"] == sum(found.components.values())
    if "components" in released:
        assert found.components == released["components"]
        assert found.active == released["active"]
        cached = elements_per_token(read_config_json(text).architecture)
        assert cached == released["cached_elements_per_token"]


def test_enough_models_have_their_components_checked():
    assert sum("components" in released for released in RELEASED.values()) >= 28


OLDER: dict[str, dict[str, Any]] = {
    "Mixtral-8x7B": {"rope_parameters": ..., "rope_theta": 1e6, "sliding_window": None},
    "Qwen3-30B-A3B": {"num_local_experts": ..., "num_experts": 128, "sliding_window": None},
    "Qwen3-235B-A22B": {"max_window_layers": 94, "rope_scaling": None},
    "DeepSeek-V2": {"moe_layer_freq": 1, "scoring_func": "softmax", "ep_size": 1},
    "DeepSeek-V3": {
        "moe_layer_freq": 1,
        "topk_method": "noaux_tc",
        "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]},
    },
    "Kimi-K2": {"model_type": "kimi_k2", "architectures": ["DeepseekV3ForCausalLM"]},
    "Qwen2-57B-A14B": {"layer_types": ..., "mlp_only_layers": ..., "qkv_bias": ...},
    "A.X-K1": {"mlp_layer_types": ..., "first_k_dense_replace": 1, "moe_layer_freq": 1},
    "GLM-4.7-Flash": {"mlp_layer_types": ..., "first_k_dense_replace": 1},
    "Hy3-preview": {"mlp_layer_types": ..., "first_k_dense_replace": 1},
    "K-EXAONE-236B-A23B": {"mlp_layer_types": ..., "layer_types": ...},
    "gpt-oss-120b": {"layer_types": ..., "attention_bias": ..., "experts_per_token": 4},
    "Llama-4-Scout": {"moe_layers": ..., "layer_types": ..., "no_rope_layers": ...},
    "Llama-4-Maverick": {"moe_layers": list(range(1, 48, 2)), "no_rope_layers": []},
    "ERNIE-4.5-21B-A3B": {"tie_word_embeddings": ..., "moe_layer_end_index": -1},
    "DBRX": {"num_key_value_heads": ..., "rope_parameters": ...},
    "OLMoE-1B-7B": {"num_key_value_heads": ..., "clip_qkv": None},
    "Hunyuan-A13B": {
        "moe_topk": [8] * 32,
        "moe_intermediate_size": [3072] * 32,
        "num_shared_expert": [1] * 32,
        "use_qk_norm": True,
        "use_cla": False,
    },
    "Mellum2-12B-A2.5B": {"layer_types": ..., "mlp_layer_types": ...},
    "dots.llm1": {"layer_types": ..., "max_window_layers": 62, "moe_layer_freq": 1},
    "Ling-lite": {"num_experts": ..., "n_routed_experts": 64},
}
"""Spellings of older or other files of the same model."""


@pytest.mark.parametrize("name", OLDER)
def test_an_older_files_spelling_means_the_same(name: str):
    assert config_of(name, **OLDER[name]) != config_of(name)
    older = read_config(config_of(name, **OLDER[name])).architecture
    assert older == read_config(config_of(name)).architecture


@pytest.mark.parametrize("name", RELEASED)
def test_without_any_one_field_a_file_is_refused_by_its_name_or_what_is_taken_is_said(name: str):
    whole = read_config(config_of(name))
    meaning = meanings()[whole.model_type]
    for field in config_of(name):
        refused, final = refusal(config_of(name, **{field: ...})), meaning.final(field)
        if refused is not None:
            missing = refused.value is None and meaning.final(refused.field) == final
            assert (
                missing
                or "class takes this" in str(refused)
                or final in {*meaning.defaults, *COMPUTED}
            )
        else:
            without = read_config(config_of(name, **{field: ...}))
            if without.architecture != whole.architecture:
                taken = {name.split(".")[0] for name in without.reading.defaults}
                assert final in taken | COMPUTED, field


@pytest.mark.parametrize("name", RELEASED)
def test_every_size_moves_the_count(name: str):
    """No field that a count depends on is read past."""
    before = counted(config_of(name))
    for field, value in config_of(name).items():
        if field in ("hidden_size", "d_model"):
            continue  # the heads' own width may hang on it
        if field in ("vocab_size", "moe_intermediate_size", "kv_lora_rank", "v_head_dim"):
            after = counted(config_of(name, **{field: value + 1}))
            assert after.total > before.total, field
            assert after.active["all"] > before.active["all"], field
        if field in ("num_experts_per_tok", "moe_k", "moe_topk"):
            after = counted(config_of(name, **{field: value + 1}))
            assert after.total == before.total
            assert after.active["all"] > before.active["all"], field


def test_ling_mini_in_its_own_format_is_what_it_is_in_glms():
    own = {
        "architectures": ["BailingMoeV2ForCausalLM"], "model_type": "bailing_moe",
        "num_hidden_layers": 20, "hidden_size": 2048, "intermediate_size": 5120,
        "moe_intermediate_size": 512, "num_attention_heads": 16, "num_key_value_heads": 4,
        "head_dim": 128, "num_experts": 256, "num_experts_per_tok": 8, "num_shared_experts": 1,
        "n_group": 8, "topk_group": 4, "first_k_dense_replace": 1, "vocab_size": 157184,
        "use_bias": False, "use_qkv_bias": False, "use_qk_norm": True, "norm_head": False,
        "tie_word_embeddings": False,
    }  # fmt: skip
    glms = read_config(config_of("Ling-mini-2.0", n_group=8, topk_group=4)).architecture
    assert read_config(own).architecture == glms
    assert read_config(own | {"model_type": "bailing_moe_v2"}).architecture == glms


def test_arctic_without_its_dense_feed_forward_loses_it_and_its_norm():
    found = counted(config_of("Snowflake-Arctic"))
    without = {"use_residual": ..., "parallel_attn_mlp_res": False}
    alone = counted(config_of("Snowflake-Arctic", **without))
    vllms = {"use_residual": False, "parallel_attn_mlp_res": ...}
    assert counted(config_of("Snowflake-Arctic", **vllms)) == alone
    assert found.total - alone.total == 35 * (3 * 7168 * 7168 + 7168)
    half = counted(config_of("Snowflake-Arctic", moe_layer_frequency=2))
    assert half.components["routed_experts"] == 17 * 128 * 3 * 7168 * 4864


def test_prediction_layers_and_vision_towers_are_named_as_not_counted():
    assert "multi-token prediction" in read_config(config_of("DeepSeek-V3")).notes[0]
    with_images = {
        "model_type": "llama4",
        "text_config": config_of("Llama-4-Scout"),
        "vision_config": {"hidden_size": 1408},
    }
    read = read_config(with_images)
    assert read.architecture == read_config(config_of("Llama-4-Scout")).architecture
    assert "vision tower" in read.notes[0]
    assert read_config(config_of("Mixtral-8x7B")).notes == ()


OMNI = {
    "model_type": "qwen3_omni_moe",
    "thinker_config": {
        "text_config": config_of("Qwen3-30B-A3B", model_type="qwen3_omni_moe_text"),
        "vision_config": {"depth": 27}, "audio_config": {"d_model": 1280},
    },
    "talker_config": {"text_config": {}}, "code2wav_config": {"hidden_size": 1024},
}  # fmt: skip


def test_every_part_of_a_model_that_hears_and_speaks_is_named_as_not_counted():
    (note,) = read_config(OMNI).notes
    assert note == (
        "The text model alone: the vision tower and its projector, the audio encoder, the talker "
        "and the sound decoder are not counted."
    )
    alone = {"model_type": "gemma4", "text_config": {}, "audio_config": {"hidden_size": 8}}
    assert "the audio encoder is not counted" in read_config(alone).notes[0]


def test_a_tower_that_the_family_has_not_is_an_unread_field_and_no_more():
    read = read_config(config_of("Mixtral-8x7B", vision_config={"hidden_size": 8}))
    assert read.reading.unread == ["vision_config"]
    assert read.notes == ()


def test_experts_that_only_images_use_are_said_to_be_counted_as_stored():
    read = read_config(SMALL["ernie4_5_vl_moe_text"])
    assert "Experts for images are counted as stored" in " ".join(read.notes)


def test_the_number_format_of_the_text_model_inside_is_that_of_the_file():
    quantised = {"quantization_config": {"quant_method": "fp8"}}
    text = config_of("Llama-4-Scout", **quantised)
    assert read_config({"model_type": "llama4", "text_config": text}).weights_as == "fp8"
    outer = {"quantization_config": {"quant_method": "awq", "bits": 4}}
    assert read_config({"model_type": "llama4", "text_config": text} | outer).weights_as == "int4"


PREDICTORS = (
    "num_nextn_predict_layers", "num_mtp_layers", "num_mtp_modules", "mtp_num_hidden_layers",
)  # fmt: skip


@pytest.mark.parametrize("name", PREDICTORS)
def test_layers_for_multi_token_prediction_are_named_however_a_file_calls_them(name):
    config = config_of("Mixtral-8x7B")
    (note,) = read_config(config | {name: 1}).notes
    assert note == f"The layers for multi-token prediction ({name}) are not counted."
    assert read_config(config | {name: 0}).notes == ()


def test_every_second_layer_of_experts_is_half_the_experts():
    """Top-2 in every second layer is ×1.5 a dense model's feed-forward, not ×1."""
    shape = {
        "model_type": "qwen3_moe", "hidden_size": 64, "intermediate_size": 100,
        "moe_intermediate_size": 100, "num_hidden_layers": 4, "num_attention_heads": 4,
        "num_key_value_heads": 4, "num_experts": 8, "num_experts_per_tok": 2, "vocab_size": 10,
    }  # fmt: skip
    found = counted(shape | {"decoder_sparse_step": 2})
    met = found.active_components["routed_experts"] + found.active_components["dense_ffn"]
    assert met * 2 == 3 * (4 * 3 * 64 * 100)
