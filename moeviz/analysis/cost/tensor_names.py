"""Which component a tensor of transformers belongs to, by its name.

The same components as `moeviz.accounting.weights` lists, so that the two can be compared one by
one. Knows nothing of sizes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from moeviz.accounting.weights import COMPONENTS, Component

OF_ATTENTION = ("q_", "k_", "kv_", "qk_", "query_", "key_")
"""How the modules begin whose norms attention counts as its own."""

_RULES: tuple[tuple[Component, tuple[str, ...]], ...] = (
    ("lm_head", ("lm_head", "embed_out", "output_head")),
    (
        "embedding",
        ("embed_tokens.weight", "embeddings.weight", "wte.weight", "shared.weight",
         "ngram_embedding", "word_embeddings.weight", "embed_in.weight", "embed_tokens_per_layer"),
    ),
    ("shared_experts", ("shared_expert", "shared_mlp", "mlp.shared_")),
    (
        "router",
        ("router", ".gate.", "e_score_correction_bias", "expert_bias", "classifier",
         "per_expert_scale"),
    ),
    (
        "routed_experts",
        (".experts.", "block_sparse_moe", "latent_proj", "mlp.input_linear", "mlp.output_linear",
         "mlp.bias"),
    ),
    ("dense_ffn", ("mixer.up_proj", "mixer.down_proj")),
    ("other", ("hyper_connection", "_hc.", "hc_head", "residual", "ple.")),
    (
        "attention",
        ("self_attn", "attn.", "attention", "mamba", "linear_attn", ".conv.", "sconv", "mixer.",
         "Attention", "sinks", "indexer"),
    ),
    ("norms", ("norm", "ln_f")),
    ("dense_ffn", ("mlp", "feed_forward", "ffn", ".wi", ".wo", "fc1", "fc2")),
)  # fmt: skip


def component_of(name: str) -> Component:
    """Norms of layers and of what a mixer gives, then by the first rule that the name fits."""
    if _is_norm(name):
        return "norms"
    for component, parts in _RULES:
        if any(part in name for part in parts):
            return component
    return "other"


def _is_norm(name: str) -> bool:
    """Norms of queries, keys and latents are attention's, and those of an indexer."""
    *around, module = (part for part in name.split(".")[:-1] if not part.isdecimal())
    if "norm" not in module or any("router" in part for part in around):
        return False
    of_attention = module.startswith(OF_ATTENTION) or "indexer" in name or "compressor" in name
    mixed = around[-1:] == ["self_attn"] and module in ("norm", "o_norm")
    return not mixed and not (of_attention and "attn" in name)


def by_component(sizes: Mapping[str, int]) -> dict[Component, int]:
    """Σ parameters of these tensors, in the usual order.

    Beside no routed expert none is shared: what is named so is a dense feed-forward.
    """
    found: Counter[Component] = Counter()
    for name, size in sizes.items():
        found[component_of(name)] += size
    if not found["routed_experts"]:
        found["dense_ffn"] += found.pop("shared_experts", 0)
    return {name: found[name] for name in COMPONENTS if found[name]}
