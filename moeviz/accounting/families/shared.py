"""Families with grouped-query attention, dense layers first and shared experts.

GLM-4.5, dots.llm1, Solar Open, K-EXAONE, Hy3, Trinity (AFMoE), ERNIE 4.5, and DeepSeek's first
mixture. They differ in field names, in what is normed and in where a bias is.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    alternating,
    biased,
    decoder,
    dense,
    dense_first,
    every,
    grouped_query,
    mixture,
    windows,
    with_shared,
)
from moeviz.accounting.families.latent import latent_attention, limited_by_method
from moeviz.accounting.families.layers import count_layers, listed
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward

_ROUTED = ("n_routed_experts", "num_local_experts", "num_experts")


def glm4_moe(fields: Fields) -> Architecture:
    """`model_type` "glm4_moe": biases on query, key and value alone, norms on queries and keys.

    Neither (`attention_bias`, `use_qk_norm`), and not tied, where not stated.
    """
    attention = replace(
        grouped_query(fields),
        qkv_bias=fields.flag("attention_bias", default=False),
        qk_norm="per_head" if fields.flag("use_qk_norm", default=False) else "none",
    )
    experts = dense_first(fields, count_layers(fields))
    return decoder(fields, alternating(fields, attention, experts, mixture=_corrected))


def solar_open(fields: Fields) -> Architecture:
    """`model_type` "solar_open": as GLM-4.5 without norms on queries, experts in every layer."""
    attention = replace(
        grouped_query(fields), qkv_bias=fields.flag("attention_bias", default=False)
    )
    return decoder(fields, [(attention, _corrected(fields))] * count_layers(fields))


def dots1(fields: Fields) -> Architecture:
    """`model_type` "dots1": norms on queries and keys; layers from `max_window_layers` on slide.

    No biases, no window and not tied where not stated.
    """
    n_layers = count_layers(fields)
    attention = biased(grouped_query(fields), fields.flag("attention_bias", default=False))
    first = n_layers
    if fields.has("sliding_window") and not fields.has("layer_types"):
        first = fields.size("max_window_layers", low=0)
    usual = tuple(
        "sliding_attention" if layer >= first else "full_attention" for layer in range(n_layers)
    )
    layers = alternating(
        fields,
        replace(attention, qk_norm="per_head"),
        dense_first(fields, n_layers),
        mixture=_corrected,
        windows=windows(fields, usual),
    )
    return decoder(fields, layers)


def deepseek(fields: Fields) -> Architecture:
    """`model_type` "deepseek" (DeepSeekMoE-16B): no correction bias, nothing normed in attention.

    Layers after the dense ones have experts, each `moe_layer_freq`-th. With `kv_lora_rank` the
    attention is latent: the first files of DeepSeek-V2 had this type.
    """
    latent = fields.has("kv_lora_rank")
    attention = latent_attention(fields) if latent else _plain(fields)
    experts = dense_first(fields, count_layers(fields))
    layers = alternating(
        fields,
        attention,
        experts,
        mixture=lambda f: limited_by_method(
            with_shared(mixture(f, experts=_ROUTED), f, "n_shared_experts"), f
        ),
    )
    return decoder(fields, layers)


def _plain(fields: Fields) -> GroupedQueryAttention:
    return biased(grouped_query(fields), fields.flag("attention_bias", default=False))


def exaone_moe(fields: Fields) -> Architecture:
    """`model_type` "exaone_moe": norms on queries and keys, each n-th layer sees everything.

    Kinds by `mlp_layer_types`, else by `first_k_dense_replace`; windows by `layer_types`, else by
    `sliding_window_pattern`; no window, no window; not tied where not stated.
    """
    n_layers = count_layers(fields)
    usual = ("full_attention",) * n_layers
    if fields.has("sliding_window") and not fields.has("layer_types"):
        usual = every(n_layers, fields.size("sliding_window_pattern", high=MAX_LAYERS))
    layers = alternating(
        fields,
        replace(grouped_query(fields), qk_norm="per_head"),
        listed(fields, n_layers) or dense_first(fields, n_layers),
        mixture=lambda f: replace(
            with_shared(mixture(f), f, "num_shared_experts"), correction_bias=True
        ),
        windows=windows(fields, usual),
    )
    return decoder(fields, layers)


def hy_v3(fields: Fields) -> Architecture:
    """`model_type` "hy_v3": norms on queries and keys; `mlp_bias` on dense and shared matrices.

    Kinds by `mlp_layer_types`; without it `first_k_dense_replace` layers are dense, without either
    the first one is. Neither biases nor tied where not stated; `head_dim` must be stated, and a
    shared expert be there: the class takes none for one as wide as a dense layer.
    """
    n_layers, bias = count_layers(fields), fields.flag("mlp_bias", default=False)
    attention = biased(
        grouped_query(fields, fields.size("head_dim")), fields.flag("attention_bias", default=False)
    )
    layers = alternating(
        fields,
        replace(attention, qk_norm="per_head"),
        listed(fields, n_layers) or dense_first(fields, n_layers, default=1),
        mixture=lambda f: replace(
            with_shared(mixture(f), f, "num_shared_experts", bias=bias, low=1), correction_bias=True
        ),
        dense=lambda f: replace(dense(f), bias=bias),
    )
    return decoder(fields, layers)


def afmoe(fields: Fields) -> Architecture:
    """`model_type` "afmoe" (Trinity): gated attention, four norms a layer.

    Windows by `layer_types`, else all but each `global_attn_every_n_layers`-th layer. Neither
    biases nor tied where not stated; `head_dim` must be stated.
    """
    n_layers = count_layers(fields)
    attention = biased(
        grouped_query(fields, fields.size("head_dim")),
        fields.flag("attention_bias", default=False),
    )
    usual = ("full_attention",) * n_layers
    if not fields.has("layer_types"):
        usual = every(n_layers, fields.size("global_attn_every_n_layers", high=MAX_LAYERS))
    layers = alternating(
        fields,
        replace(attention, qk_norm="per_head", gate="elementwise"),
        dense_first(fields, n_layers, "num_dense_layers"),
        mixture=lambda f: replace(
            with_shared(mixture(f), f, "num_shared_experts"), correction_bias=True
        ),
        windows=windows(fields, usual),
    )
    return decoder(fields, layers, norms=4)


def ernie4_5_moe(fields: Fields) -> Architecture:
    """`model_type` "ernie4_5_moe": correction biases; `use_bias` on all but routed experts.

    Experts in each `moe_layer_interval`-th layer from `moe_layer_start_index` to
    `moe_layer_end_index` (-1 or nothing: the last). No biases, and tied, where not stated.
    """
    n_layers, bias = count_layers(fields), fields.flag("use_bias", default=False)
    start = fields.size("moe_layer_start_index", low=0, high=n_layers)
    end = fields.size("moe_layer_end_index", low=-1, high=n_layers - 1, default=-1)
    step = fields.size("moe_layer_interval", high=MAX_LAYERS)
    last = n_layers - 1 if end == -1 else end
    layers = alternating(
        fields,
        biased(grouped_query(fields), bias),
        tuple((i + 1) % step == 0 and start <= i <= last for i in range(n_layers)),
        mixture=lambda f: _ernie_mixture(f, bias),
        dense=lambda f: replace(dense(f), bias=bias),
    )
    return decoder(fields, layers, tied=True, head_bias=bias)


def _ernie_mixture(fields: Fields, bias: bool) -> MixtureFeedForward:
    mixed = mixture(
        fields,
        experts=("moe_num_experts", "num_experts"),
        chosen=("moe_k", "num_experts_per_tok"),
    )
    shared = with_shared(mixed, fields, "moe_num_shared_experts", bias=bias)
    return replace(shared, correction_bias=True)


def _corrected(fields: Fields) -> MixtureFeedForward:
    mixed = with_shared(mixture(fields, experts=_ROUTED), fields, "n_shared_experts")
    return replace(mixed, correction_bias=True)
