"""Configuration files to start from: of released models, and an impossible one."""

from __future__ import annotations

import json
from collections.abc import Mapping

_MIXTRAL = {
    "model_type": "mixtral",
    "vocab_size": 32_000,
    "hidden_size": 4096,
    "intermediate_size": 14_336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "sliding_window": None,
    "tie_word_embeddings": False,
}
_QWEN3 = {
    "model_type": "qwen3_moe",
    "vocab_size": 151_936,
    "hidden_size": 2048,
    "intermediate_size": 6144,
    "moe_intermediate_size": 768,
    "num_hidden_layers": 48,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "attention_bias": False,
    "use_sliding_window": False,
    "tie_word_embeddings": False,
}
_DEEPSEEK = {
    "model_type": "deepseek_v3",
    "vocab_size": 129_280,
    "hidden_size": 7168,
    "intermediate_size": 18_432,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "n_routed_experts": 256,
    "num_experts_per_tok": 8,
    "n_shared_experts": 1,
    "first_k_dense_replace": 3,
    "moe_layer_freq": 1,
    "num_nextn_predict_layers": 1,
    "attention_bias": False,
    "tie_word_embeddings": False,
}
_LLAMA = {
    "model_type": "llama",
    "vocab_size": 128_256,
    "hidden_size": 4096,
    "intermediate_size": 14_336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 131_072,
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": False,
}
_IMPOSSIBLE = {**_MIXTRAL, "num_experts_per_tok": 9}

EXAMPLES: Mapping[str, tuple[str, str]] = {
    name: (title, json.dumps(values, indent=1))
    for name, title, values in (
        ("mixtral", "Mixtral-8x7B", _MIXTRAL),
        ("qwen3", "Qwen3-30B-A3B", _QWEN3),
        ("deepseek-v3", "DeepSeek-V3", _DEEPSEEK),
        ("llama-3.1", "Llama-3.1-8B, dense", _LLAMA),
        ("impossible", "An impossible file", _IMPOSSIBLE),
    )
}
"""Title and text, by their names in the address."""

DEFAULT_EXAMPLE = "mixtral"
