"""Small configurations of every family that transformers can build, drawn field by field.

Each strategy gives the arguments of a configuration class; what a class refuses is not drawn.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Fields = dict[str, Any]
NO_TOKENS = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id"))
"""The classes' own lie outside small vocabularies."""
FREE, DIVIDES, EITHER = "free", "divides", "either"
"""Whether a head's width is stated, hidden_size / heads, or sometimes one, sometimes the other."""


@st.composite
def decoders(draw: st.DrawFn, heads: str = EITHER) -> Fields:
    """Width, heads, layers, vocabulary, tying."""
    n_kv_heads, head_dim = draw(st.integers(1, 3)), 2 * draw(st.integers(1, 4))
    n_heads = n_kv_heads * draw(st.integers(1, 3))
    stated = heads == FREE or (heads == EITHER and draw(st.booleans()))
    fields = {
        "hidden_size": 2 * draw(st.integers(2, 20)) if stated else n_heads * head_dim,
        "num_attention_heads": n_heads,
        "num_key_value_heads": n_kv_heads,
        "num_hidden_layers": draw(st.integers(1, 6)),
        "intermediate_size": draw(st.integers(1, 12)),
        "vocab_size": draw(st.integers(2, 50)),
        "tie_word_embeddings": draw(st.booleans()),
    } | NO_TOKENS
    return fields | ({"head_dim": head_dim} if stated else {})


@st.composite
def experts(
    draw: st.DrawFn, number: str, chosen: str = "num_experts_per_tok", shared: str | None = None
) -> Fields:
    """Experts, choices and, where there are shared ones, their number and a routed one's width."""
    n_experts = draw(st.integers(1, 7))
    fields = {number: n_experts, chosen: draw(st.integers(1, n_experts))}
    if shared:
        fields |= {
            shared: draw(st.integers(0, 3)),
            "moe_intermediate_size": draw(st.integers(1, 9)),
        }
    return fields


@st.composite
def grouped_experts(draw: st.DrawFn) -> Fields:
    """DeepSeek's names, with groups that have room for the chosen experts."""
    n_groups, size = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kept = draw(st.integers(1, n_groups))
    return {
        "n_group": n_groups,
        "topk_group": kept,
        "n_routed_experts": n_groups * size,
        "num_experts_per_tok": draw(st.integers(1, kept * size)),
        "n_shared_experts": draw(st.integers(0, 3)),
        "moe_intermediate_size": draw(st.integers(1, 9)),
    }


@st.composite
def layer_lists(draw: st.DrawFn, n_layers: int, name: str, kinds: tuple[str, str]) -> Fields:
    """A list of each layer's kind, or none."""
    listed = st.lists(st.sampled_from(kinds), min_size=n_layers, max_size=n_layers)
    return {name: draw(listed)} if draw(st.booleans()) else {}


@st.composite
def latent(draw: st.DrawFn, dense: str = "first_k_dense_replace", queries: bool = True) -> Fields:
    """Latent attention and DeepSeek's mixture; `queries`: they may go without a latent."""
    fields = draw(decoders(DIVIDES)) | draw(grouped_experts())
    n_layers = fields["num_hidden_layers"]
    fields |= {
        "q_lora_rank": draw(st.integers(1, 9) | st.none() if queries else st.integers(1, 9)),
        "kv_lora_rank": draw(st.integers(1, 9)),
        "qk_nope_head_dim": draw(st.integers(1, 9)),
        "qk_rope_head_dim": 2 * draw(st.integers(1, 4)),
        "v_head_dim": draw(st.integers(1, 9)),
        "attention_bias": draw(st.booleans()),
    }
    if dense == "first_k_dense_replace":
        return fields | {dense: draw(st.integers(0, n_layers))}
    return fields | draw(layer_lists(n_layers, dense, ("dense", "sparse")))


@st.composite
def deepseek_v2(draw: st.DrawFn) -> Fields:
    fields = draw(latent())
    return fields | {"mlp_bias": fields["n_shared_experts"] > 0 and draw(st.booleans())}


@st.composite
def everywhere(draw: st.DrawFn, heads: str = EITHER, number: str = "num_local_experts") -> Fields:
    """Experts in all layers, none shared; every flag and window that such a family may have."""
    return (
        draw(decoders(heads))
        | draw(experts(number))
        | {"sliding_window": draw(st.none() | st.integers(1, 9))}
        | {name: draw(st.booleans()) for name in ("attention_bias", "lm_head_bias")}
    )


@st.composite
def granite_shared(draw: st.DrawFn) -> Fields:
    return draw(everywhere()) | {"shared_intermediate_size": draw(st.integers(0, 9))}


@st.composite
def hunyuan(draw: st.DrawFn) -> Fields:
    fields = draw(decoders(FREE)) | draw(experts("num_experts", "moe_topk"))
    fields |= {"eod_token_id": None, "sep_token_id": None}
    fields["attention_bias"] = draw(st.booleans())
    if draw(st.booleans()):
        n_layers, n_experts = fields["num_hidden_layers"], fields["num_experts"]
        choices = st.lists(st.integers(1, n_experts), min_size=n_layers, max_size=n_layers)
        fields["moe_topk"] = draw(choices)
    return fields


@st.composite
def dbrx(draw: st.DrawFn) -> Fields:
    fields = draw(decoders(DIVIDES)) | draw(experts("moe_num_experts", "moe_top_k"))
    return NO_TOKENS | {
        "d_model": fields["hidden_size"],
        "n_heads": fields["num_attention_heads"],
        "n_layers": fields["num_hidden_layers"],
        "vocab_size": fields["vocab_size"],
        "attn_config": {"kv_n_heads": fields["num_key_value_heads"], "rope_theta": 10_000.0},
        "ffn_config": {
            "ffn_hidden_size": fields["intermediate_size"],
            "moe_num_experts": fields["moe_num_experts"],
            "moe_top_k": fields["moe_top_k"],
        },
    }


@st.composite
def qwen(draw: st.DrawFn) -> Fields:
    """Both generations: which layers have experts, which slide, biases."""
    fields = draw(decoders()) | draw(experts("num_experts"))
    n_layers = fields["num_hidden_layers"]
    return fields | {
        "moe_intermediate_size": draw(st.integers(1, 9)),
        "shared_expert_intermediate_size": draw(st.integers(1, 9)),
        "decoder_sparse_step": draw(st.integers(1, 4)),
        "mlp_only_layers": draw(st.lists(st.integers(0, n_layers - 1), max_size=2)),
        "qkv_bias": draw(st.booleans()),
        "attention_bias": draw(st.booleans()),
        "use_sliding_window": draw(st.booleans()),
        "sliding_window": draw(st.integers(1, 9)),
        "max_window_layers": draw(st.integers(0, n_layers)),
    }


@st.composite
def sliding(draw: st.DrawFn, n_layers: int) -> Fields:
    """A window, and sometimes a list of which layers have it."""
    kinds = ("sliding_attention", "full_attention")
    return draw(layer_lists(n_layers, "layer_types", kinds)) | {
        "sliding_window": draw(st.integers(1, 9))
    }


@st.composite
def mellum(draw: st.DrawFn) -> Fields:
    fields = draw(decoders(FREE)) | draw(experts("num_experts"))
    n_layers = fields["num_hidden_layers"]
    fields |= draw(layer_lists(n_layers, "mlp_layer_types", ("dense", "sparse")))
    fields |= {"moe_intermediate_size": 3, "attention_bias": draw(st.booleans())}
    return fields | draw(sliding(n_layers))


@st.composite
def dense_first(draw: st.DrawFn, heads: str = EITHER) -> Fields:
    """GLM-4.5, dots.llm1 and Solar Open."""
    fields = draw(decoders(heads)) | draw(grouped_experts())
    n_layers = fields["num_hidden_layers"]
    fields |= {"first_k_dense_replace": draw(st.integers(0, n_layers))}
    return fields | {name: draw(st.booleans()) for name in ("attention_bias", "use_qk_norm")}


@st.composite
def dots1(draw: st.DrawFn) -> Fields:
    fields = draw(dense_first())
    n_layers = fields["num_hidden_layers"]
    window = draw(sliding(n_layers)) | {"max_window_layers": draw(st.integers(0, n_layers))}
    return fields | (window if draw(st.booleans()) else {"sliding_window": None})


@st.composite
def solar_open(draw: st.DrawFn) -> Fields:
    fields = draw(dense_first(FREE))
    del fields["first_k_dense_replace"], fields["use_qk_norm"]
    return fields


@st.composite
def listed(draw: st.DrawFn, heads: str = EITHER) -> Fields:
    """K-EXAONE, Hy3 and Trinity: shared experts, windows, lists of kinds."""
    fields = draw(decoders(heads)) | draw(experts("num_experts", shared="num_shared_experts"))
    n_layers = fields["num_hidden_layers"]
    fields |= draw(layer_lists(n_layers, "mlp_layer_types", ("dense", "sparse")))
    fields |= {"attention_bias": draw(st.booleans()), "mlp_bias": draw(st.booleans())}
    return fields | draw(sliding(n_layers))


@st.composite
def exaone(draw: st.DrawFn) -> Fields:
    fields = draw(listed())
    fields["first_k_dense_replace"] = draw(st.integers(0, fields["num_hidden_layers"]))
    return fields | {"sliding_window_pattern": draw(st.integers(1, 4))}


@st.composite
def hy_v3(draw: st.DrawFn) -> Fields:
    fields = draw(listed(FREE)) | {"num_shared_experts": draw(st.integers(1, 3))}
    fields.pop("layer_types", None)
    return {name: value for name, value in fields.items() if name != "sliding_window"}


@st.composite
def afmoe(draw: st.DrawFn) -> Fields:
    fields = draw(listed(FREE))
    return fields | {
        "num_dense_layers": draw(st.integers(0, fields["num_hidden_layers"])),
        "global_attn_every_n_layers": draw(st.integers(1, 4)),
    }


@st.composite
def ernie(draw: st.DrawFn) -> Fields:
    fields = draw(decoders()) | draw(
        experts("moe_num_experts", "moe_k", shared="moe_num_shared_experts")
    )
    last = fields["num_hidden_layers"] - 1
    return fields | {
        "use_bias": draw(st.booleans()),
        "moe_layer_start_index": draw(st.integers(0, last)),
        "moe_layer_end_index": draw(st.integers(-1, last)),
        "moe_layer_interval": draw(st.integers(1, 3)),
    }


@st.composite
def llama4(draw: st.DrawFn) -> Fields:
    fields = draw(decoders(FREE)) | draw(experts("num_local_experts"))
    n_layers = fields["num_hidden_layers"]
    layers = st.lists(st.integers(0, n_layers - 1), unique=True)
    rotary = st.lists(st.integers(0, 1), min_size=n_layers, max_size=n_layers)
    kinds = ("chunked_attention", "full_attention")
    return (
        fields
        | draw(layer_lists(n_layers, "layer_types", kinds))
        | {
            "intermediate_size_mlp": draw(st.integers(1, 9)),
            "interleave_moe_layer_step": draw(st.integers(1, 4)),
            "moe_layers": draw(st.none() | layers),
            "no_rope_layers": draw(st.none() | rotary),
            "no_rope_layer_interval": draw(st.integers(1, 4)),
            "attention_chunk_size": draw(st.integers(1, 9)),
            "attention_bias": draw(st.booleans()),
            "use_qk_norm": draw(st.booleans()),
        }
    )


@st.composite
def gpt_oss(draw: st.DrawFn) -> Fields:
    fields = draw(decoders(FREE)) | draw(experts("num_local_experts"))
    fields["attention_bias"] = draw(st.booleans())
    return fields | draw(sliding(fields["num_hidden_layers"]))
