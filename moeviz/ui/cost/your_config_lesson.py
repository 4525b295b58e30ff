"""The figures in the prose of the page Your config.json, and the functions that it shows."""

from __future__ import annotations

import json

from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.meaning import meanings
from moeviz.accounting.memory import RESERVED
from moeviz.accounting.units import percent
from moeviz.analysis.cost.quoted import weights_size
from moeviz.texts import page_texts
from moeviz.ui.cost.examples import EXAMPLES

(_QWEN_NAME, _QWEN), (_V3_NAME, _V3), (_, _WRONG) = (
    (EXAMPLES[name][0], json.loads(EXAMPLES[name][1]))
    for name in ("qwen3", "deepseek-v3", "impossible")
)
_HEADS, _HEAD_DIM = _QWEN["num_attention_heads"], _QWEN["head_dim"]

TEXTS = page_texts(
    __file__,
    qwen=_QWEN_NAME,
    qwen_heads=str(_HEADS),
    qwen_head_dim=str(_HEAD_DIM),
    qwen_wide=f"{_HEADS * _HEAD_DIM:,}",
    qwen_width=f"{_QWEN['hidden_size']:,}",
    v3=_V3_NAME,
    v3_dense=str(_V3["first_k_dense_replace"]),
    v3_shared=str(_V3["n_shared_experts"]),
    v3_rank=str(_V3["kv_lora_rank"]),
    wrong_k=str(_WRONG["num_experts_per_tok"]),
    wrong_experts=str(_WRONG["num_local_experts"]),
    qwen_bf16=weights_size("Qwen3-30B-A3B", "bf16"),
    llama=EXAMPLES["llama-3.1"][0].partition(",")[0],
    reserved=percent(float(RESERVED)),
    families=str(len(FAMILIES)),
    names=", ".join(f"`{name}`" for name in sorted(FAMILIES)),
    own=str(sum(not meanings()[name].from_class for name in FAMILIES)),
)
SOURCES = (
    ("moeviz.accounting.config_json", "read_config"),
    ("moeviz.accounting.weights", "Weights"),
    ("moeviz.accounting.parameters", "parameter_count"),
    ("moeviz.analysis.cost.answer", "answers"),
    ("moeviz.analysis.cost.smaller_accelerator", "placement"),
)
