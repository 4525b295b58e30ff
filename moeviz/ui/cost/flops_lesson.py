"""The figures in the prose of the page FLOPs, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.accounting.flops import forward_flops
from moeviz.accounting.flops_rule import breaking_context
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count, percent
from moeviz.analysis.cost.quoted import printed_active
from moeviz.texts import page_texts

_NAME, _MIXTRAL = SKETCHES["mixtral-8x7b"]
_V3 = SKETCHES["deepseek-v3"][1]
_SHORT, _BOOK, _FACTOR = 4096, 131_072, 0.5


def _over_weights(context: int) -> float:
    """Mixtral's FLOPs of attention over the context ÷ those of its weights."""
    parts = forward_flops(_MIXTRAL.architecture(), context).components
    attention = parts["attention_products"]
    return float(attention / (sum(parts.values()) - attention))


TEXTS = page_texts(
    __file__,
    mixtral=_NAME,
    book=str(_BOOK),
    book_words=f"{_BOOK:,}",
    book_times=f"{_over_weights(_BOOK):.2f}",
    short_words=f"{_SHORT:,}",
    short_share=percent(_over_weights(_SHORT)),
    v3_heads=str(_V3.n_heads),
    v3_score=str(_V3.head_dim + _V3.rope_dim),
    v3_value=str(_V3.head_dim),
    v3_active=printed_active("DeepSeek-V3"),
    breaking=count(breaking_context(_V3.architecture()) or 0),
    factor=str(_FACTOR),
    kept=percent(_FACTOR),
    dropped=percent(1 - _FACTOR),
)
SOURCES = (
    ("moeviz.accounting.flops", "forward_flops"),
    ("moeviz.accounting.flops_rule", "rule_of_six"),
    ("moeviz.accounting.executed_flops", "executed_flops"),
)
