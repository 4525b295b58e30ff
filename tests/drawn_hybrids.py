"""Small models of hybrid families with drawn sizes, as keyword arguments of their classes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Draw:
    """Sizes drawn anew for each seed, always the same for one."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self.layers = self.of(2, 5, 7)
        self.n_experts = self.of(4, 6, 9)
        self.top_k = self.of(1, 2, 3)

    def of(self, *values: Any) -> Any:
        return self._random.choice(values)

    def size(self) -> int:
        return self._random.randrange(8, 60, 4)

    def flag(self) -> bool:
        return self.of(True, False)

    def kinds(self, *names: str) -> list[str]:
        """One a layer, each at least once where there is room."""
        return [*names, *(self.of(*names) for _ in range(self.layers))][: self.layers]

    def common(self, **more: Any) -> dict[str, Any]:
        kv_heads = self.of(1, 2)
        return {
            "vocab_size": self.of(90, 128),
            "hidden_size": self.of(32, 48),
            "num_hidden_layers": self.layers,
            "num_attention_heads": kv_heads * self.of(2, 4),
            "num_key_value_heads": kv_heads,
            "intermediate_size": self.size(),
            "num_experts_per_tok": self.top_k,
            "tie_word_embeddings": self.flag(),
            **more,
        }

    def latent(self) -> dict[str, int]:
        return {
            "kv_lora_rank": self.size(),
            "qk_nope_head_dim": self.of(8, 16),
            "qk_rope_head_dim": self.of(4, 8),
            "v_head_dim": self.of(8, 12),
        }

    def indexer(self) -> dict[str, int]:
        return {"index_n_heads": self.of(2, 4), "index_head_dim": self.of(16, 32)}


def indexed(d: Draw) -> dict[str, Any]:
    return d.common(
        **d.latent(), **d.indexer(), q_lora_rank=d.size(), attention_bias=d.flag(),
        n_routed_experts=d.n_experts, n_shared_experts=d.of(1, 2), moe_intermediate_size=d.size(),
        mlp_layer_types=d.kinds("dense", "sparse"), n_group=1, topk_group=1,
    )  # fmt: skip


def delta_net(d: Draw) -> dict[str, Any]:
    heads = d.of(2, 4)
    return d.common(
        head_dim=d.of(8, 16), attention_bias=d.flag(), num_experts=d.n_experts,
        moe_intermediate_size=d.size(), shared_expert_intermediate_size=d.size(),
        linear_num_key_heads=heads, linear_num_value_heads=heads * d.of(1, 2),
        linear_key_head_dim=d.of(8, 12), linear_value_head_dim=d.of(8, 16),
        linear_conv_kernel_dim=d.of(3, 4),
        layer_types=d.kinds("linear_attention", "full_attention"),
    )  # fmt: skip


def switch(d: Draw) -> dict[str, Any]:
    return {
        "vocab_size": d.of(90, 128), "d_model": d.of(32, 48), "d_ff": d.size(), "d_kv": d.of(8, 12),
        "num_heads": d.of(2, 4), "num_layers": d.of(4, 7), "num_decoder_layers": d.of(4, 6),
        "num_sparse_encoder_layers": d.of(1, 2, 4), "num_sparse_decoder_layers": d.of(1, 3, 4),
        "num_experts": d.n_experts, "router_bias": d.flag(),
        "relative_attention_num_buckets": d.of(8, 32),
    }  # fmt: skip


def jetmoe(d: Draw) -> dict[str, Any]:
    sizes = d.common(kv_channels=d.of(8, 16), num_local_experts=d.n_experts)
    del sizes["num_attention_heads"]
    return sizes


def jamba(d: Draw) -> dict[str, Any]:
    return d.common(
        num_experts=d.n_experts, expert_layer_period=2, expert_layer_offset=d.of(0, 1),
        attn_layer_period=3, attn_layer_offset=d.of(0, 1, 2), mamba_d_state=d.of(4, 8),
        mamba_d_conv=d.of(3, 4), mamba_expand=d.of(1, 2), mamba_dt_rank=d.of("auto", 5),
        mamba_conv_bias=d.flag(), mamba_proj_bias=d.flag(),
    )  # fmt: skip


def qwen3_next(d: Draw) -> dict[str, Any]:
    return {**delta_net(d), "decoder_sparse_step": d.of(1, 2), "mlp_only_layers": d.of([], [0])}


def glm_moe_dsa(d: Draw) -> dict[str, Any]:
    return {**indexed(d), "indexer_types": d.kinds("full", "shared")}


def lfm2_moe(d: Draw) -> dict[str, Any]:
    return d.common(
        num_experts=d.n_experts, moe_intermediate_size=d.size(), conv_bias=d.flag(),
        conv_L_cache=d.of(3, 4), num_dense_layers=d.of(0, 1), use_expert_bias=d.flag(),
        layer_types=d.kinds("conv", "full_attention"),
    )  # fmt: skip


def nemotron_h(d: Draw) -> dict[str, Any]:
    sizes = d.common(
        head_dim=d.of(8, 16), ssm_state_size=d.of(8, 16), mamba_num_heads=4,
        mamba_head_dim=d.of(4, 8), n_groups=d.of(1, 2), conv_kernel=d.of(3, 4),
        use_conv_bias=d.flag(), use_bias=d.flag(), mlp_bias=False, n_routed_experts=d.n_experts,
        moe_intermediate_size=d.size(), moe_shared_expert_intermediate_size=d.size(),
        moe_latent_size=d.of(None, 24),
        layers_block_type=d.kinds("linear_attention", "moe", "full_attention", "mlp"),
    )  # fmt: skip
    del sizes["num_hidden_layers"]
    return {**sizes, "tie_word_embeddings": False}


def minimax(d: Draw) -> dict[str, Any]:
    kinds = d.kinds("linear_attention", "full_attention")
    return d.common(head_dim=d.of(8, 16), num_local_experts=d.n_experts, layer_types=kinds)


def mimo(d: Draw) -> dict[str, Any]:
    return d.common(
        head_dim=d.of(12, 24), v_head_dim=d.of(8, 16), attention_bias=d.flag(), sliding_window=9,
        n_routed_experts=d.n_experts, moe_intermediate_size=d.size(),
        layer_types=d.kinds("sliding_attention", "full_attention"),
        mlp_layer_types=d.kinds("dense", "sparse"),
    )  # fmt: skip


def longcat(d: Draw) -> dict[str, Any]:
    heads = d.of(2, 4)
    return {
        "vocab_size": d.of(90, 128), "hidden_size": d.of(32, 48), "num_layers": d.layers,
        "num_attention_heads": heads, "num_key_value_heads": heads, "ffn_hidden_size": d.size(),
        "q_lora_rank": d.size(), **d.latent(), "moe_topk": d.top_k, "n_routed_experts": d.n_experts,
        "zero_expert_num": d.of(0, 3), "expert_ffn_hidden_size": d.size(),
        "attention_bias": d.flag(), "router_bias": d.flag(), "tie_word_embeddings": d.flag(),
    }  # fmt: skip


def delta_attention(d: Draw) -> dict[str, Any]:
    return d.common(
        **d.latent(), num_local_experts=d.n_experts, n_shared_experts=d.of(1, 2), n_group=1,
        topk_group=1, moe_intermediate_size=d.size(), attention_bias=d.flag(),
        layer_types=d.kinds("linear_attention", "full_attention"),
        mlp_layer_types=d.kinds("dense", "sparse"),
    )  # fmt: skip


def kimi_linear(d: Draw) -> dict[str, Any]:
    return {
        **delta_attention(d), "q_lora_rank": d.of(None, 20), "linear_head_dim": d.of(8, 12),
        "linear_num_heads": d.of(2, 3), "linear_conv_kernel_dim": d.of(3, 4),
        "tie_word_embeddings": False,
    }  # fmt: skip


def bailing_hybrid(d: Draw) -> dict[str, Any]:
    return {
        **delta_attention(d), "head_dim": d.of(8, 16), "short_conv_kernel_size": d.of(3, 4),
        "tie_word_embeddings": False,
    }  # fmt: skip


def gemma4(d: Draw) -> dict[str, Any]:
    return d.common(
        head_dim=d.of(8, 16), global_head_dim=d.of(16, 32),
        num_global_key_value_heads=d.of(None, 1), attention_k_eq_v=d.flag(),
        attention_bias=d.flag(), sliding_window=8, num_experts=d.n_experts,
        top_k_experts=d.top_k, moe_intermediate_size=d.size(), enable_moe_block=True,
        hidden_size_per_layer_input=0, num_kv_shared_layers=0,
        layer_types=[*d.kinds("sliding_attention", "full_attention")[:-1], "full_attention"],
    )  # fmt: skip


def dense_gemma4(d: Draw) -> dict[str, Any]:
    """With inputs of a layer's own, and layers that use another's keys."""
    return gemma4(d) | {
        "num_hidden_layers": 5, "enable_moe_block": False, "num_kv_shared_layers": d.of(0, 2),
        "layer_types": [*["sliding_attention", "full_attention"] * 2, "full_attention"],
        "hidden_size_per_layer_input": d.of(0, 8), "vocab_size_per_layer_input": d.of(90, 128),
        "use_double_wide_mlp": d.flag(),
    }  # fmt: skip


def dense_delta_net(d: Draw) -> dict[str, Any]:
    sizes = delta_net(d)
    return {name: size for name, size in sizes.items() if "expert" not in name}


def granitemoehybrid(d: Draw) -> dict[str, Any]:
    return d.common(
        attention_bias=d.flag(), num_local_experts=d.n_experts, shared_intermediate_size=d.size(),
        mamba_n_heads=4, mamba_n_groups=d.of(1, 2), mamba_d_state=d.of(8, 16),
        mamba_d_conv=d.of(3, 4), mamba_expand=d.of(1, 2), mamba_conv_bias=d.flag(),
        mamba_proj_bias=d.flag(), layer_types=d.kinds("linear_attention", "full_attention"),
    )  # fmt: skip


def laguna(d: Draw) -> dict[str, Any]:
    sizes = d.common(
        head_dim=d.of(8, 16), attention_bias=d.flag(), gating=d.of(True, False, "per-head"),
        num_experts=d.n_experts, moe_intermediate_size=d.size(), sliding_window=8,
        shared_expert_intermediate_size=d.size(), mlp_layer_types=d.kinds("dense", "sparse"),
        layer_types=d.kinds("sliding_attention", "full_attention"),
    )  # fmt: skip
    heads = [d.of(2, 4) * sizes["num_key_value_heads"] for _ in range(d.layers)]
    return {**sizes, "num_attention_heads_per_layer": heads}


def beam(d: Draw) -> dict[str, Any]:
    return d.common(
        head_dim=d.of(8, 16), attention_bias=d.flag(), sliding_window=8, num_experts=d.n_experts,
        moe_intermediate_size=d.size(), mlp_layer_types=d.kinds("dense", "sparse"), n_group=1,
        topk_group=1, layer_types=d.kinds("sliding_attention", "full_attention"),
    )  # fmt: skip


def minimax_m3(d: Draw) -> dict[str, Any]:
    return d.common(
        **d.indexer(), head_dim=d.of(8, 16), num_local_experts=d.n_experts,
        dense_intermediate_size=d.size(), shared_intermediate_size=d.size(),
        layer_types=d.kinds("minimax_m3_sparse", "full_attention"),
        mlp_layer_types=d.kinds("dense", "sparse"),
    )  # fmt: skip


def cohere2_moe(d: Draw) -> dict[str, Any]:
    return d.common(
        head_dim=d.of(8, 16), attention_bias=d.flag(), num_experts=d.n_experts, sliding_window=8,
        num_shared_experts=d.of(0, 2), prefix_dense_intermediate_size=d.of(None, 20),
        layer_types=d.kinds("sliding_attention", "full_attention"),
        mlp_layer_types=d.kinds("dense", "sparse"),
    )  # fmt: skip


def zaya(d: Draw) -> dict[str, Any]:
    return {
        **d.common(
            head_dim=d.of(8, 16), attention_bias=d.flag(), lm_head_bias=d.flag(), sliding_window=8,
            num_experts=d.n_experts, moe_intermediate_size=d.size(), router_hidden_size=d.size(),
            cca_time0=d.of(2, 3), cca_time1=d.of(2, 3),
            layer_types=d.kinds("hybrid", "hybrid_sliding"),
        ),
        "num_experts_per_tok": 1,
    }  # fmt: skip


def deepseek_v4(d: Draw) -> dict[str, Any]:
    kinds = ("compressed_sparse_attention", "heavily_compressed_attention", "sliding_attention")
    return {
        "vocab_size": d.of(90, 128), "hidden_size": d.of(32, 48), "num_hidden_layers": d.layers,
        "num_attention_heads": d.of(2, 4), "head_dim": d.of(16, 32), "q_lora_rank": d.size(),
        "partial_rotary_factor": 0.5, "num_experts_per_tok": d.top_k,
        "n_routed_experts": d.n_experts, "moe_intermediate_size": d.size(),
        "layer_types": d.kinds(*kinds), "mlp_layer_types": d.kinds("hash_moe", "moe"),
        "compress_rates": {kinds[0]: d.of(2, 4), kinds[1]: d.of(8, 16)}, "hc_mult": d.of(2, 4),
        "o_groups": d.of(1, 2), "o_lora_rank": d.size(), "sliding_window": 8, **d.indexer(),
        "mlp_bias": d.flag(), "tie_word_embeddings": d.flag(),
    }  # fmt: skip


def mistral_large4(d: Draw) -> dict[str, Any]:
    sizes = indexed(d)
    del sizes["q_lora_rank"]
    return {
        **sizes, "tie_word_embeddings": False, "indexer_types": d.kinds("full", "shared"),
        "no_rope_layers": [d.of(0, 1) for _ in range(d.layers)],
    }  # fmt: skip


def muse_spark(d: Draw) -> dict[str, Any]:
    return {
        **d.common(
            attention_bias=d.flag(), head_dim=d.of(8, 16), sliding_window=8, hidden_size=32,
            num_local_experts=d.n_experts, moe_intermediate_size=d.size(), moe_hidden_size=d.size(),
            layer_types=d.kinds("sliding_attention", "full_attention"),
            mlp_layer_types=d.kinds("dense", "sparse"),
        ),
        "tie_word_embeddings": False,
    }  # fmt: skip


def inkling(d: Draw) -> dict[str, Any]:
    return {
        **d.common(
            head_dim=d.of(8, 16), swa_num_attention_heads=4, swa_num_key_value_heads=d.of(1, 2),
            swa_head_dim=d.of(8, 16), sliding_window_size=d.of(8, 16), d_rel=d.of(4, 8),
            rel_extent=d.of(16, 32), conv_kernel_size=d.of(3, 4), n_routed_experts=d.n_experts,
            n_shared_experts=d.of(1, 2), moe_intermediate_size=d.size(),
            layer_types=d.kinds("hybrid_sliding", "hybrid"),
            mlp_layer_types=d.kinds("dense", "sparse"),
        ),
        "tie_word_embeddings": False,
    }  # fmt: skip


def in_experts(name: str) -> bool:
    return ".experts." in name and "norm" not in name


@dataclass(frozen=True)
class Family:
    """How to draw a model of a kind, and which of its tensors are routed experts."""

    draw: Callable[[Draw], dict[str, Any]]
    routed: Callable[[str], bool] = in_experts
    body: bool = False
    top_1: bool = False


HYBRIDS = {
    "bailing_hybrid": Family(bailing_hybrid),
    "beam": Family(beam),
    "cohere2_moe": Family(cohere2_moe),
    "deepseek_v32": Family(indexed),
    "deepseek_v4": Family(deepseek_v4),
    "gemma4_text": Family(gemma4),
    "glm_moe_dsa": Family(glm_moe_dsa),
    "granitemoehybrid": Family(granitemoehybrid),
    "inkling_text": Family(inkling),
    "jamba": Family(jamba),
    "jetmoe": Family(jetmoe, lambda name: name.endswith("put_linear.weight")),
    "kimi_linear": Family(kimi_linear),
    "laguna": Family(laguna),
    "lfm2_moe": Family(lfm2_moe),
    "mimo_v2_flash": Family(mimo),
    "minimax": Family(minimax),
    "minimax_m3_vl_text": Family(minimax_m3),
    "mistral_large4_text": Family(mistral_large4, body=True),
    "muse_spark_text": Family(muse_spark, body=True),
    "nemotron_h": Family(nemotron_h),
    "qwen3_5_moe_text": Family(delta_net),
    "qwen3_5_text": Family(dense_delta_net),
    "qwen3_next": Family(qwen3_next),
    "switch_transformers": Family(switch, top_1=True),
    "zaya": Family(zaya, top_1=True),
}
