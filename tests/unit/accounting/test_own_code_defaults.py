"""The hand-written table of families whose code comes with their files: defaults and names."""

from __future__ import annotations

from typing import Any

import pytest

from moeviz.accounting.config_json import read_config
from moeviz.accounting.meaning import meanings
from moeviz.accounting.parameters import ParameterCount, parameter_count
from moeviz.config import ConfigError

COMMON: dict[str, Any] = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 24, "num_hidden_layers": 4,
    "num_attention_heads": 4, "num_key_value_heads": 2, "num_experts_per_tok": 2,
}  # fmt: skip
LATENT = {
    "kv_lora_rank": 10, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4, "v_head_dim": 6,
    "moe_intermediate_size": 20, "n_routed_experts": 8, "num_key_value_heads": 4,
}  # fmt: skip

FILES: dict[str, dict[str, Any]] = {
    "arctic": COMMON | {"num_local_experts": 8, "parallel_attn_mlp_res": True},
    "bailing_moe": COMMON | {"moe_intermediate_size": 20, "num_experts": 8, "use_bias": False},
    "bailing_moe_v2": COMMON | {"moe_intermediate_size": 20, "num_experts": 8, "n_group": 1,
                                "topk_group": 1},
    "deepseek": COMMON | LATENT,
    "grok-1": COMMON | {"num_experts": 8, "tie_word_embeddings": False},
    "hunyuan": COMMON | {"moe_intermediate_size": 24, "num_experts": 8},
    "kimi_k2": COMMON | LATENT | {"first_k_dense_replace": 1},
    "kimi_k3_text": COMMON | LATENT | {
        "num_experts": 8, "num_experts_per_token": 2, "routed_expert_hidden_size": 16,
        "linear_attn_config": {"kda_layers": [1, 2, 3], "num_heads": 4, "head_dim": 8,
                               "short_conv_kernel_size": 4},
    },
    "minimax_text_01": COMMON | {"num_local_experts": 8, "attn_type_list": [0, 0, 0, 1]},
}  # fmt: skip
"""A small file that says only what it must."""
for _name in ("n_routed_experts", "num_key_value_heads", "num_experts_per_tok"):
    del FILES["kimi_k3_text"][_name]
del FILES["hunyuan"]["num_experts_per_tok"]  # the field's own name is moe_topk

TIED = ("tie_word_embeddings", False, True)
DEFAULTS: dict[str, list[tuple[str, Any, Any]]] = {
    "arctic": [("moe_layer_frequency", 2, 1), TIED],
    "bailing_moe": [("num_shared_experts", 0, 2), ("first_k_dense_replace", 0, 1),
                    ("use_qkv_bias", False, True), TIED],
    "bailing_moe_v2": [("num_shared_experts", 1, 2), ("first_k_dense_replace", 1, 0),
                       ("use_qkv_bias", False, True), ("use_bias", False, True),
                       ("use_qk_norm", True, False), ("head_dim", 128, 8), TIED],
    "deepseek": [("q_lora_rank", 1536, 8), ("n_shared_experts", 0, 2), ("moe_layer_freq", 1, 2),
                 ("first_k_dense_replace", 0, 1), ("attention_bias", False, True), TIED],
    "grok-1": [],
    "hunyuan": [("moe_topk", 1, 2), ("num_shared_expert", 1, 2), ("use_mixed_mlp_moe", False, True),
                ("use_cla", False, True), ("cla_share_factor", 1, 2), ("num_experts", 1, 4),
                ("use_qk_norm", False, True),
                ("attention_bias", False, True), TIED],
    "kimi_k2": [("q_lora_rank", 1536, 8), ("n_shared_experts", 1, 2), ("moe_layer_freq", 1, 2),
                ("attention_bias", False, True), TIED],
    "kimi_k3_text": [("num_shared_experts", 0, 2), ("first_k_dense_replace", 0, 1),
                     ("moe_layer_freq", 1, 2), ("latent_moe_use_norm", False, True),
                     ("mla_use_output_gate", False, True)],
    "minimax_text_01": [("shared_intermediate_size", 0, 12), TIED],
}  # fmt: skip
"""By family: field, what its own code takes where a file leaves it out, another value."""

FURTHER: dict[str, dict[str, Any]] = {
    "arctic": {"use_residual": True},
    "hunyuan": {"use_cla": True, "cla_share_factor": 2},
    "deepseek": {"topk_method": "greedy", "kv_lora_rank": None},
}
"""Fields that are read only where another has a certain value."""

BESIDE = {
    "num_shared_expert": {"use_mixed_mlp_moe": True},
    "use_cla": {"cla_share_factor": 2},
    "cla_share_factor": {"use_cla": True},
}
"""What a field needs beside it to have an effect."""

NAMES: dict[str, list[tuple[str, str]]] = {
    "arctic": [],
    "bailing_moe": [("n_routed_experts", "num_experts"),
                    ("n_shared_experts", "num_shared_experts")],
    "bailing_moe_v2": [("n_routed_experts", "num_experts"),
                       ("n_shared_experts", "num_shared_experts")],
    "deepseek": [("num_local_experts", "n_routed_experts"), ("num_experts", "n_routed_experts")],
    "grok-1": [("num_local_experts", "num_experts")],
    "hunyuan": [("num_experts_per_tok", "moe_topk"), ("attention_head_dim", "head_dim")],
    "kimi_k2": [("num_local_experts", "n_routed_experts"), ("num_experts", "n_routed_experts")],
    "kimi_k3_text": [],
    "minimax_text_01": [("num_experts", "num_local_experts"),
                        ("decoder_attention_types", "attn_type_list")],
}  # fmt: skip

NOT_OF_THE_TENSORS = {"max_position_embeddings"}


def whole(model_type: str, text: dict[str, Any]) -> dict[str, Any]:
    """The file; a text model with its object around it."""
    if model_type == "kimi_k3_text":
        return {"model_type": "kimi_k3", "text_config": text}
    return {"model_type": model_type} | text


def counted(model_type: str, **changed: Any) -> ParameterCount:
    file = FILES[model_type] | changed
    text = {name: value for name, value in file.items() if value is not ...}
    return parameter_count(read_config(whole(model_type, text)).architecture)


def own() -> dict[str, Any]:
    return {
        name: meaning
        for name, meaning in meanings().items()
        if not meaning.from_class and not meaning.inside
    }


def test_every_family_whose_code_comes_with_its_files_is_here_and_names_its_source():
    assert set(FILES) == set(DEFAULTS) == set(NAMES) == set(own())
    for meaning in meanings().values():
        assert meaning.from_class or ".py" in meaning.source


CASES = [(name, *each) for name, rest in DEFAULTS.items() for each in rest]


@pytest.mark.parametrize(("model_type", "field", "usual", "other"), CASES)
def test_a_field_that_is_left_out_means_what_its_own_code_takes(
    model_type: str, field: str, usual: Any, other: Any
):
    further = BESIDE.get(field, {})
    left_out = counted(model_type, **further, **{field: ...})
    assert left_out == counted(model_type, **further, **{field: usual})
    assert left_out != counted(model_type, **further, **{field: other})


@pytest.mark.parametrize(
    ("model_type", "name", "field"),
    [(name, *each) for name, rest in NAMES.items() for each in rest],
)
def test_another_name_means_its_field(model_type: str, name: str, field: str):
    value = FILES[model_type].get(field, 8)
    apart = {field: ..., name: value}
    assert counted(model_type, **apart) == counted(model_type, **{field: value, name: ...})
    assert meanings()[model_type].names[name] == field


@pytest.mark.parametrize("model_type", FILES)
def test_no_other_name_and_no_other_default_is_in_the_table(model_type: str):
    meaning = meanings()[model_type]
    assert dict(NAMES[model_type]) == meaning.names


@pytest.mark.parametrize("model_type", FILES)
def test_every_field_that_a_table_calls_read_is_read(model_type: str):
    """A field that no reader asks for has no effect: it belongs with the idle ones."""
    asked: set[str] = set()
    files = [FILES[model_type]] + [
        FILES[model_type] | {field: other} for field, _, other in DEFAULTS[model_type]
    ]
    files.append(FILES[model_type] | FURTHER.get(model_type, {}))
    for file in files:
        asked |= read_config(whole(model_type, file)).reading.asked
    asked = {name.removeprefix("text_config.") for name in asked}
    meaning = meanings()[model_type]
    assert {*meaning.defaults, *meaning.forms} - asked - NOT_OF_THE_TENSORS == set()


def test_a_field_of_grok_has_no_default():
    for field in FILES["grok-1"]:
        with pytest.raises(ConfigError, match=field):
            counted("grok-1", **{field: ...})
