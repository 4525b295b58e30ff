"""Files of models that also see images: their text models. Llama 4, Kimi-K2.5, Mistral Small 4.

The vision tower and its projector are not counted. Knows nothing of what is inside a text model.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.interleaved import llama4_text
from moeviz.accounting.families.latent import deepseek_v3
from moeviz.accounting.families.latent import mistral4 as mistral4_text
from moeviz.accounting.fields import Fields


def llama4(fields: Fields) -> Architecture:
    """`model_type` "llama4": the text model has the head, and its `tie_word_embeddings` counts."""
    text = fields.inner("text_config")
    text.word("model_type", ("llama4_text",), default="llama4_text")
    return llama4_text(text)


def kimi_k25(fields: Fields) -> Architecture:
    """`model_type` "kimi_k25": DeepSeek-V3's fields inside, the head outside."""
    text = fields.inner("text_config")
    text.word("model_type", ("deepseek_v3", "kimi_k2"), default="deepseek_v3")
    return _with_outer_head(fields, deepseek_v3(text))


def mistral3(fields: Fields) -> Architecture:
    """`model_type` "mistral3" around a "mistral4" (a "mistral" inside is dense and not read)."""
    text = fields.inner("text_config")
    text.word("model_type", ("mistral4",))
    return _with_outer_head(fields, mistral4_text(text))


def _with_outer_head(fields: Fields, text: Architecture) -> Architecture:
    """The file's own `tie_word_embeddings` counts, not the text model's; it must be stated."""
    return replace(text, tied=fields.flag("tie_word_embeddings"))
