"""The figures in the prose of the page Memory, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.accounting.memory import RESERVED, TRAINING_STATES
from moeviz.accounting.units import percent
from moeviz.analysis.cost.quoted import (
    active,
    kv_cache_share,
    kv_cache_size,
    printed_active,
    total,
    weights_size,
)
from moeviz.texts import page_texts

_MIXTRAL, _V3 = "Mixtral-8x7B", "DeepSeek-V3"
_CONTEXT, _SEQUENCES = 32_768, 32
_BYTES = [each.replicated + each.sharded for each in TRAINING_STATES.values()]

TEXTS = page_texts(
    __file__,
    mixtral=_MIXTRAL,
    mixtral_active=active(_MIXTRAL),
    mixtral_bf16=weights_size(_MIXTRAL, "bf16"),
    mixtral_int4=weights_size(_MIXTRAL, "int4"),
    mixtral_cache=kv_cache_size(_MIXTRAL, _CONTEXT, _SEQUENCES),
    context=str(_CONTEXT),
    context_words=f"{_CONTEXT:,}",
    sequences=str(_SEQUENCES),
    v3=_V3,
    v3_total=total(_V3),
    v3_printed=printed_active(_V3),
    v3_fp8=weights_size(_V3, "fp8"),
    v3_cache_share=kv_cache_share(_V3, _MIXTRAL),
    reserved=percent(float(RESERVED)),
    least=str(min(_BYTES)),
    most=str(max(_BYTES)),
)
SOURCES = (
    ("moeviz.accounting.memory", "serving_fit"),
    ("moeviz.accounting.kv_cache", "kv_cache"),
    ("moeviz.accounting.cache_kinds", "cache_by_kind"),
    ("moeviz.accounting.memory", "training_memory"),
    ("moeviz.accounting.communication", "all_to_all"),
    ("moeviz.accounting.communication", "transfer_seconds"),
)
