"""NLLB-MoE: an encoder and a decoder with a mixture in every n-th feed-forward, top 2.

Both stacks are counted, as in Switch Transformers. Positions are sinusoids and store nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import stacked
from moeviz.accounting.families.switch_transformers import CrossAttention, EncoderAttention
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.weights import vector

TOP_K = 2


def nllb_moe(fields: Fields) -> Architecture:
    """`model_type` "nllb-moe". Biases everywhere; the three tables are one."""
    d_model = fields.size("d_model")
    if not fields.flag("tie_word_embeddings"):
        raise fields.refuse("tie_word_embeddings", "true: the three tables are one")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked((*_layers(fields, "encoder"), *_layers(fields, "decoder"))),
        tied=True,
        two_sided=True,
        extra=(vector("norms", "final norms of encoder and decoder", 4 * d_model),),
    )


def _layers(fields: Fields, side: str) -> Iterable[Stack]:
    """Every s-th layer is a mixture, s = `encoder_sparse_step` or `decoder_sparse_step`; 0: none.

    Norms have as many biases as gains.
    """
    d_model, d_hidden = fields.size("d_model"), fields.size(f"{side}_ffn_dim")
    step = fields.size(f"{side}_sparse_step", low=0, high=MAX_LAYERS)
    n_experts = fields.size("num_experts", low=TOP_K)
    mixture = MixtureFeedForward(
        d_model,
        d_hidden,
        n_experts,
        TOP_K,
        gated=False,
        expert_bias=True,
        router_bias=fields.flag("router_bias"),
    )
    dense = DenseFeedForward(d_model, d_hidden, gated=False, bias=True)
    attention = _attention(fields, side, EncoderAttention if side == "encoder" else None)
    cross = (_attention(fields, side, CrossAttention),) if side == "decoder" else ()
    for layer in range(fields.size(f"{side}_layers", high=MAX_LAYERS)):
        sparse = step > 0 and (layer + 1) % step == 0
        parts = (attention, *cross, mixture if sparse else dense)
        kind = f"{side}, {'MoE' if sparse else 'dense'}"
        yield Stack(1, parts, 2 * len(parts) * d_model, kind)


def _attention(
    fields: Fields, side: str, kind: type[GroupedQueryAttention] | None
) -> GroupedQueryAttention:
    d_model, n_heads = fields.size("d_model"), fields.size(f"{side}_attention_heads")
    if d_model % n_heads:
        raise fields.refuse("d_model", f"a multiple of {n_heads}, the number of heads")
    made = kind or GroupedQueryAttention
    return made(d_model, n_heads, n_heads, d_model // n_heads, qkv_bias=True, output_bias=True)
