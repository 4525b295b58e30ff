"""A small file of every text family that has a class, and what its class makes of a file.

From the drawn sizes of the hybrids, one of each, and from one drawn file of each other family.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from moeviz.accounting.config_json import read_config
from moeviz.accounting.meaning import meanings
from moeviz.model.from_transformers import Unbuildable, sizes
from tests.drawn_hybrids import HYBRIDS, Draw, longcat

TIED = "tie_word_embeddings"
TABLES = ("embed_tokens.weight", "embeddings.weight", "shared.weight", "wte.weight")
TOKENS = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id"), 1)

COMMON: dict[str, Any] = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 24, "num_hidden_layers": 4,
    "num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": False,
}  # fmt: skip
LATENT: dict[str, Any] = {
    "q_lora_rank": 12, "kv_lora_rank": 10, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4,
    "v_head_dim": 6, "attention_bias": False,
}  # fmt: skip
ROUTED: dict[str, Any] = {"n_routed_experts": 8, "num_experts_per_tok": 2, "n_shared_experts": 1,
                          "moe_intermediate_size": 20, "n_group": 1, "topk_group": 1}  # fmt: skip
DEEP = COMMON | LATENT | ROUTED | {"first_k_dense_replace": 1, "num_key_value_heads": 4}
SHARED = COMMON | ROUTED | {"first_k_dense_replace": 1, "head_dim": 8, "attention_bias": True}
LOCAL = COMMON | {"num_local_experts": 8, "num_experts_per_tok": 2}
LISTED = {"mlp_layer_types": ["dense", "sparse", "sparse", "sparse"]}
QWEN = COMMON | {
    "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 20, "head_dim": 8,
    "decoder_sparse_step": 2, "mlp_only_layers": [3], "attention_bias": True,
}  # fmt: skip

PLAIN: dict[str, dict[str, Any]] = {
    "mixtral": LOCAL | {"head_dim": 10},
    "olmoe": COMMON | {"num_experts": 8, "num_experts_per_tok": 2, "attention_bias": True},
    "granitemoe": LOCAL | {"attention_bias": True},
    "granitemoeshared": LOCAL | {"shared_intermediate_size": 12},
    "phimoe": LOCAL | {"attention_bias": True, "lm_head_bias": True},
    "minimax_m2": LOCAL | {"head_dim": 10},
    "dbrx": {
        "d_model": 32, "n_heads": 4, "n_layers": 3, "vocab_size": 96, "tie_word_embeddings": False,
        "attn_config": {"kv_n_heads": 2, "rope_theta": 1e4},
        "ffn_config": {"ffn_hidden_size": 24, "moe_num_experts": 4, "moe_top_k": 2},
    },
    "deepseek_v2": DEEP,
    "deepseek_v3": DEEP,
    "mistral4": DEEP,
    "axk1": DEEP | LISTED,
    "glm4_moe_lite": DEEP | LISTED,
    "qwen2_moe": QWEN | {"shared_expert_intermediate_size": 12, "qkv_bias": True},
    "qwen3_moe": QWEN,
    "qwen3_vl_moe_text": QWEN,
    "qwen3_omni_moe_text": QWEN,
    "mellum": COMMON | {
        "num_local_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 20,
        "head_dim": 8, **LISTED,
    },
    "glm4_moe": SHARED | {"use_qk_norm": True},
    "solar_open": {k: v for k, v in SHARED.items() if k != "first_k_dense_replace"},
    "dots1": SHARED,
    "exaone_moe": COMMON | {
        "num_experts": 8, "num_experts_per_tok": 2, "num_shared_experts": 1, "head_dim": 8,
        "moe_intermediate_size": 20, "first_k_dense_replace": 1, "sliding_window": 8,
        "sliding_window_pattern": 2,
    },
    "hy_v3": COMMON | {
        "num_experts": 8, "num_experts_per_tok": 2, "num_shared_experts": 1, "head_dim": 8,
        "moe_intermediate_size": 20, "attention_bias": True, "mlp_bias": True,
    },
    "afmoe": COMMON | {
        "num_experts": 8, "num_experts_per_tok": 2, "num_shared_experts": 1, "head_dim": 8,
        "moe_intermediate_size": 20, "num_dense_layers": 1, "global_attn_every_n_layers": 2,
        "sliding_window": 8,
    },
    "ernie4_5_moe": COMMON | {
        "moe_num_experts": 8, "moe_k": 2, "moe_num_shared_experts": 1, "use_bias": True,
        "moe_intermediate_size": 20, "moe_layer_start_index": 1, "moe_layer_end_index": -1,
        "moe_layer_interval": 1,
    },
    "hunyuan_v1_moe": COMMON | {"num_experts": 8, "moe_topk": 2, "head_dim": 8},
    "llama4_text": LOCAL | {
        "num_experts_per_tok": 1, "head_dim": 8, "intermediate_size_mlp": 28,
        "interleave_moe_layer_step": 2, "attention_chunk_size": 8, "attention_bias": True,
    },
    "llama": COMMON | {"head_dim": 10, "attention_bias": True, "mlp_bias": True},
    "mistral": COMMON | {"sliding_window": 8},
    "ministral3": COMMON | {"sliding_window": 8, "head_dim": 10},
    "qwen2": COMMON | {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 2},
    "qwen3": COMMON | {"head_dim": 10, "attention_bias": True},
    "qwen3_vl_text": COMMON | {"head_dim": 10, "attention_bias": True},
    "aria_text": COMMON | {
        "moe_num_experts": 8, "moe_topk": 2, "moe_num_shared_experts": 1, "head_dim": 10,
        "attention_bias": True, "mlp_bias": True,
    },
    "ernie4_5_vl_moe_text": COMMON | {
        "moe_num_experts": 8, "moe_k": 2, "moe_num_shared_experts": 1, "use_bias": True,
        "moe_intermediate_size": [20, 12],
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]},
    },
    "nllb-moe": {
        "vocab_size": 96, "d_model": 32, "encoder_layers": 4, "encoder_ffn_dim": 24,
        "encoder_attention_heads": 4, "decoder_layers": 3, "decoder_ffn_dim": 20,
        "decoder_attention_heads": 2, "num_experts": 8, "router_bias": True,
        "encoder_sparse_step": 2, "decoder_sparse_step": 2, "tie_word_embeddings": True,
    },
    "step3p5": COMMON | ROUTED | {
        "head_dim": 8, "share_expert_dim": 12, "num_sliding_attention_heads": 8, **LISTED,
        "layer_types": ["full_attention", "sliding_attention"] * 2, "sliding_window": 8,
        "attention_bias": True, "mlp_bias": True,
    },
    "hy_v4": COMMON | LATENT | ROUTED | {
        "index_n_heads": 2, "index_head_dim": 8, "hc_mult": 2, **LISTED,
        "indexer_types": ["full", "shared", "full", "shared"],
    },
    "qwen4_exp_text": COMMON | {
        "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 20, "head_dim": 8,
        "shared_expert_intermediate_size": 12, "linear_num_key_heads": 2,
        "linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 6,
        "linear_conv_kernel_dim": 3, "hc_count": 3, "hc_lowrank": 7, "ple_layer_ids": [1, 2],
        "ple_embed_dim": 16, "ngram_vocab_size_base": 50, "heads_per_ngram": 2,
        "make_ngram_vocab_size_divisible_by": 8, "indexer_n_heads": 2, "indexer_kv_heads": 1,
        "indexer_head_dim": 8, "indexer_budget": 8, "indexer_compress_ratio": 2,
        "attention_bias": True,
    },
    "glm4v_moe_text": SHARED,
    "gpt_oss": LOCAL | {"head_dim": 8, "sliding_window": 8, "attention_bias": True},
}  # fmt: skip

SMALL: dict[str, dict[str, Any]] = {
    model_type: json.loads(json.dumps({"model_type": model_type, **TOKENS, **sizes}))
    for model_type, sizes in (
        *PLAIN.items(),
        *((name, family.draw(Draw(f"{name} 1"))) for name, family in HYBRIDS.items()),
        ("longcat_flash", longcat(Draw("1")) | {"zero_expert_num": 0}),
    )
}
"""By `model_type`."""


def total_of(file: Mapping[str, Any]) -> int | None:
    """Parameters that transformers builds from a file; None where it refuses the file.

    With a head, where a text model is built alone and the reader's has one.
    """
    try:
        return _total(json.dumps(file))
    except Unbuildable:
        return None


@cache
def _total(text: str) -> int:
    file = json.loads(text)
    found, model_type = sizes(file), file["model_type"]
    tied = file.get(
        "tie_word_embeddings", meanings()[model_type].defaults.get("tie_word_embeddings")
    )
    if tied or not _is_body_with_a_head_elsewhere(model_type):
        return sum(found.values())
    return sum(found.values()) + next(it for name, it in found.items() if name.endswith(TABLES))


@cache
def _is_body_with_a_head_elsewhere(model_type: str) -> bool:
    untied = SMALL[model_type] | {"tie_word_embeddings": False}
    if any("lm_head" in name for name in sizes(untied)):
        return False
    return not read_config(untied).architecture.headless
