"""The figures in the prose of the page Released models, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.analysis.cost.quoted import (
    active,
    active_share,
    experts,
    printed_active,
    total,
    year,
)
from moeviz.texts import page_texts

_MIXTRAL, _QWEN, _KIMI, _SMALL = "Mixtral-8x7B", "Qwen3-30B-A3B", "Kimi-K2", "Ling-mini-2.0"
_V3, _OSS, _OLMOE = "DeepSeek-V3", "gpt-oss-120b", "OLMoE-1B-7B"

TEXTS = page_texts(
    __file__,
    mixtral=_MIXTRAL,
    mixtral_experts=str(experts(_MIXTRAL)),
    mixtral_total=total(_MIXTRAL),
    mixtral_active=active(_MIXTRAL),
    mixtral_share=active_share(_MIXTRAL),
    mixtral_year=str(year(_MIXTRAL)),
    qwen=_QWEN,
    qwen_experts=str(experts(_QWEN)),
    qwen_total=total(_QWEN),
    qwen_active=active(_QWEN),
    kimi=_KIMI,
    kimi_share=active_share(_KIMI),
    kimi_year=str(year(_KIMI)),
    oss=_OSS,
    oss_printed=printed_active(_OSS),
    olmoe=_OLMOE,
    olmoe_printed=printed_active(_OLMOE),
    v3=_V3,
    v3_printed=printed_active(_V3),
    v3_all=active(_V3),
    v3_no_embedding=active(_V3, "minus_input_embedding"),
    v3_neither=active(_V3, "minus_embedding_and_head"),
    small=_SMALL,
    small_all=active(_SMALL),
    small_neither=active(_SMALL, "minus_embedding_and_head"),
)
SOURCES = (
    ("moeviz.accounting.parameters", "parameter_count"),
    ("moeviz.accounting.released", "ReleasedModel.count"),
)
