"""Files of models that also see or hear: their text models, with the head that the whole one has.

Towers for images and sound and what joins them to the text are not counted. Knows nothing of what
is inside a text model.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.gemma4 import gemma4_text
from moeviz.accounting.families.minimax_m3 import minimax_m3_vl_text
from moeviz.accounting.families.mistral_large4 import mistral_large4_text
from moeviz.accounting.families.qwen3_next import qwen3_5_moe_text
from moeviz.accounting.fields import Fields


def gemma4(fields: Fields) -> Architecture:
    """`model_type` "gemma4". Tied unless the file says otherwise."""
    text = gemma4_text(_text(fields, "gemma4_text"))
    return replace(text, tied=fields.flag("tie_word_embeddings", default=True))


def qwen3_5_moe(fields: Fields) -> Architecture:
    """`model_type` "qwen3_5_moe"."""
    text = qwen3_5_moe_text(_text(fields, "qwen3_5_moe_text"))
    return replace(text, tied=fields.flag("tie_word_embeddings", default=False))


def mistral_large4(fields: Fields) -> Architecture:
    """`model_type` "mistral_large4"."""
    text = mistral_large4_text(_text(fields, "mistral_large4_text"))
    tied = fields.flag("tie_word_embeddings", default=False)
    return replace(text, tied=tied, headless=False)


def minimax_m3_vl(fields: Fields) -> Architecture:
    """`model_type` "minimax_m3_vl". Tied where either the file or its text model says so."""
    text = minimax_m3_vl_text(_text(fields, "minimax_m3_vl_text"))
    return replace(text, tied=text.tied or fields.flag("tie_word_embeddings", default=False))


def _text(fields: Fields, model_type: str) -> Fields:
    text = fields.inner("text_config")
    text.word("model_type", (model_type,), default=model_type)
    return text
