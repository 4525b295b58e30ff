"""What to try on the page of own models, where its numbers come from, and its answer."""

from __future__ import annotations

import json

from moeviz.accounting.families.registry import FAMILIES
from moeviz.texts import Experiment
from moeviz.ui.cost.examples import EXAMPLES

_QWEN, _V3, _WRONG = (
    json.loads(EXAMPLES[name][1]) for name in ("qwen3", "deepseek-v3", "impossible")
)

OWN_EXPERIMENTS = (
    Experiment(
        "Heads wider than the model",
        f"Qwen3-30B-A3B: {_QWEN['num_attention_heads']} heads of {_QWEN['head_dim']} are "
        f"{_QWEN['num_attention_heads'] * _QWEN['head_dim']:,} wide, the model is "
        f"{_QWEN['hidden_size']:,}. Whoever takes "
        "d_model / heads for head_dim counts half of its attention; see the tensors.",
        {"example": "qwen3"},
    ),
    Experiment(
        "Dense layers, a shared expert, latents",
        f"DeepSeek-V3: {_V3['first_k_dense_replace']} layers have no router, every token meets "
        f"{_V3['n_shared_experts']} expert more than k, keys and values come from a vector of "
        f"{_V3['kv_lora_rank']}. Search for *shared* in the table.",
        {"example": "deepseek-v3"},
    ),
    Experiment(
        "An impossible file",
        f"{_WRONG['num_experts_per_tok']} of {_WRONG['num_local_experts']} experts. The page "
        "names the field, the value and the bound, and guesses nothing. Mend it in the text.",
        {"example": "impossible"},
    ),
)
OWN_WHERE = (
    f"A reader for each of {len(FAMILIES)} values of `model_type` reads the file as the family's "
    "configuration class does, and lists the model's tensors; the counts are sums over that list. "
    "Other names of a field, and what the class takes for a field that the file leaves out, come "
    "from a table that is read off transformers' classes. The page says what was filled in, "
    "renamed or left unread. A field that cannot be is an error, and so is an unknown field where "
    "no class decides what it does. Tests build each family with the transformers library, "
    "without memory, and compare to the parameter. Vision towers and layers for multi-token "
    "prediction are not counted; the page says where there are some. Nothing in the file is "
    "executed."
)
OWN_SOURCES = (
    ("moeviz.accounting.config_json", "read_config"),
    ("moeviz.accounting.weights", "Weights"),
    ("moeviz.accounting.parameters", "parameter_count"),
)
OWN_QUESTION = "You are given a config.json. How many parameters has the model, and how many act?"
OWN_ANSWER = (
    "Go tensor by tensor. Vocabulary: V·D, twice unless tied. Attention: D·H·d for queries, "
    "2·D·G·d for keys and values, H·d·D back, with head_dim as stated, not D/H. A routed expert: "
    "3·D·F with a gate, F from moe_intermediate_size, not intermediate_size. Mixture layers: all, "
    "or after first_k_dense_replace, or every so many: count them, and count the dense ones with "
    "their own width. Router D·N, shared experts and their gate, norms, biases, correction "
    "biases. Active: N becomes k in the routed term alone. Then say which convention: with both "
    "vocabulary tables, without the embedding, without both; the published figure uses one of "
    "them and rarely says which."
)
