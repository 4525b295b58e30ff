"""A Hugging Face `config.json` read into an `Architecture`: exact or refused, never guessed.

Knows which reader a `model_type` has; each family's own file knows its fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.arctic import arctic
from moeviz.accounting.families.bailing import bailing_moe, bailing_moe_v2
from moeviz.accounting.families.beam import beam
from moeviz.accounting.families.cohere2_moe import cohere2_moe
from moeviz.accounting.families.deepseek_v4 import deepseek_v4
from moeviz.accounting.families.gemma4 import gemma4_text
from moeviz.accounting.families.granitemoehybrid import granitemoehybrid
from moeviz.accounting.families.hunyuan import hunyuan, hunyuan_v1_moe
from moeviz.accounting.families.indexed_latent import deepseek_v32, glm_moe_dsa
from moeviz.accounting.families.inkling import inkling_text
from moeviz.accounting.families.interleaved import gpt_oss, llama4_text
from moeviz.accounting.families.jamba import jamba
from moeviz.accounting.families.jetmoe import jetmoe
from moeviz.accounting.families.kimi_linear import bailing_hybrid, kimi_linear
from moeviz.accounting.families.laguna import laguna
from moeviz.accounting.families.latent import (
    axk1,
    deepseek_v2,
    deepseek_v3,
    glm4_moe_lite,
    mistral4,
)
from moeviz.accounting.families.lfm2_moe import lfm2_moe
from moeviz.accounting.families.longcat_flash import longcat_flash
from moeviz.accounting.families.mimo_v2_flash import mimo_v2_flash
from moeviz.accounting.families.minimax import minimax
from moeviz.accounting.families.minimax_m3 import minimax_m3_vl_text
from moeviz.accounting.families.mistral_large4 import mistral_large4_text
from moeviz.accounting.families.mixtral import (
    dbrx,
    granite,
    granite_shared,
    grok_1,
    minimax_m2,
    mixtral,
    olmoe,
    phimoe,
)
from moeviz.accounting.families.muse_spark import muse_spark_text
from moeviz.accounting.families.nemotron_h import nemotron_h
from moeviz.accounting.families.qwen import mellum, qwen2_moe, qwen3_moe
from moeviz.accounting.families.qwen3_next import qwen3_5_moe_text, qwen3_next
from moeviz.accounting.families.shared import (
    afmoe,
    deepseek,
    dots1,
    ernie4_5_moe,
    exaone_moe,
    glm4_moe,
    hy_v3,
    solar_open,
)
from moeviz.accounting.families.switch_transformers import switch_transformers
from moeviz.accounting.families.text_inside import (
    gemma4,
    minimax_m3_vl,
    mistral_large4,
    qwen3_5_moe,
)
from moeviz.accounting.families.with_images import kimi_k25, llama4, mistral3
from moeviz.accounting.families.zaya import zaya
from moeviz.accounting.fields import Fields
from moeviz.config import ConfigError

MAX_BYTES = 1_000_000

FAMILIES: dict[str, Callable[[Fields], Architecture]] = {
    "afmoe": afmoe,
    "arctic": arctic,
    "axk1": axk1,
    "bailing_moe": bailing_moe,
    "bailing_moe_v2": bailing_moe_v2,
    "dbrx": dbrx,
    "deepseek": deepseek,
    "deepseek_v2": deepseek_v2,
    "deepseek_v3": deepseek_v3,
    "dots1": dots1,
    "ernie4_5_moe": ernie4_5_moe,
    "exaone_moe": exaone_moe,
    "glm4_moe": glm4_moe,
    "glm4_moe_lite": glm4_moe_lite,
    "gpt_oss": gpt_oss,
    "grok-1": grok_1,
    "granitemoe": granite,
    "granitemoeshared": granite_shared,
    "hunyuan": hunyuan,
    "hunyuan_v1_moe": hunyuan_v1_moe,
    "hy_v3": hy_v3,
    "kimi_k2": deepseek_v3,
    "kimi_k25": kimi_k25,
    "llama4": llama4,
    "llama4_text": llama4_text,
    "mellum": mellum,
    "minimax_m2": minimax_m2,
    "mistral3": mistral3,
    "mistral4": mistral4,
    "mixtral": mixtral,
    "olmoe": olmoe,
    "phimoe": phimoe,
    "qwen2_moe": qwen2_moe,
    "qwen3_moe": qwen3_moe,
    "solar_open": solar_open,
    "bailing_hybrid": bailing_hybrid,
    "beam": beam,
    "cohere2_moe": cohere2_moe,
    "deepseek_v32": deepseek_v32,
    "deepseek_v4": deepseek_v4,
    "gemma4": gemma4,
    "gemma4_text": gemma4_text,
    "glm_moe_dsa": glm_moe_dsa,
    "granitemoehybrid": granitemoehybrid,
    "inkling_text": inkling_text,
    "jamba": jamba,
    "jetmoe": jetmoe,
    "kimi_linear": kimi_linear,
    "laguna": laguna,
    "lfm2_moe": lfm2_moe,
    "longcat_flash": longcat_flash,
    "mimo_v2_flash": mimo_v2_flash,
    "minimax": minimax,
    "minimax_m3_vl": minimax_m3_vl,
    "minimax_m3_vl_text": minimax_m3_vl_text,
    "mistral_large4": mistral_large4,
    "mistral_large4_text": mistral_large4_text,
    "muse_spark_text": muse_spark_text,
    "nemotron_h": nemotron_h,
    "qwen3_5_moe": qwen3_5_moe,
    "qwen3_5_moe_text": qwen3_5_moe_text,
    "qwen3_next": qwen3_next,
    "switch_transformers": switch_transformers,
    "zaya": zaya,
}
"""By `model_type`."""


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """What a configuration file describes, and what of it is not counted.

    Attributes:
        notes: sentences for people: parts of the file that an `Architecture` leaves out.
        longest: positions that it says it is made for; None where it says nothing.
    """

    model_type: str
    architecture: Architecture
    notes: tuple[str, ...] = ()
    longest: int | None = None


def read_config_json(text: str) -> ImportedModel:
    """Raises ConfigError naming the field, its value and the bound."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise ConfigError(
            "config.json", f"{len(text):,} characters", f"at most {MAX_BYTES:,} bytes"
        )
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError("config.json", text[:40], f"JSON; {error}") from None
    if not isinstance(values, dict):
        raise ConfigError("config.json", text[:40], "a JSON object with a model_type")
    return read_config(values)


def read_config(values: Mapping[str, Any]) -> ImportedModel:
    """As `read_config_json`, of what is parsed already."""
    model_type = values.get("model_type")
    reader = FAMILIES.get(model_type) if isinstance(model_type, str) else None
    if reader is None or not isinstance(model_type, str):
        raise ConfigError("model_type", model_type, "one of " + ", ".join(sorted(FAMILIES)))
    return ImportedModel(model_type, reader(Fields(values)), _notes(values), _longest(values))


def _longest(values: Mapping[str, Any]) -> int | None:
    """Positions that the text model says it is made for."""
    inner = values.get("text_config")
    text = Fields(inner, "text_config") if isinstance(inner, Mapping) else Fields(values)
    name = next((each for each in _POSITIONS if text.has(each)), _POSITIONS[0])
    return text.optional_size(name)


_POSITIONS = ("max_position_embeddings", "max_seq_len")


_PREDICTORS = ("num_nextn_predict_layers", "num_mtp_layers", "num_mtp_modules")


def _notes(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What the file has that is not counted."""
    notes = []
    if values.get("vision_config") is not None:
        notes.append("The text model alone: the vision tower and its projector are not counted.")
    inner = values.get("text_config")
    text = inner if isinstance(inner, Mapping) else values
    for name in _PREDICTORS:
        if text.get(name) not in (None, 0):
            notes.append(f"The layers for multi-token prediction ({name}) are not counted.")
    return tuple(notes)
