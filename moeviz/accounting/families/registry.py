"""Which reader a `model_type` has: each family's own file knows its fields."""

from __future__ import annotations

from moeviz.accounting.families.arctic import arctic
from moeviz.accounting.families.aria import aria_text
from moeviz.accounting.families.bailing import bailing_moe, bailing_moe_v2
from moeviz.accounting.families.beam import beam
from moeviz.accounting.families.cohere2_moe import cohere2_moe
from moeviz.accounting.families.deepseek_v4 import deepseek_v4
from moeviz.accounting.families.dense import llama, mistral, qwen2, qwen3, qwen3_vl_text
from moeviz.accounting.families.ernie4_5_vl import ernie4_5_vl_moe_text
from moeviz.accounting.families.gemma4 import gemma4_text
from moeviz.accounting.families.granitemoehybrid import granitemoehybrid
from moeviz.accounting.families.hunyuan import hunyuan, hunyuan_v1_moe
from moeviz.accounting.families.hy_v4 import hy_v4
from moeviz.accounting.families.indexed_latent import deepseek_v32, glm_moe_dsa
from moeviz.accounting.families.inkling import inkling_text
from moeviz.accounting.families.interleaved import gpt_oss, llama4_text
from moeviz.accounting.families.jamba import jamba
from moeviz.accounting.families.jetmoe import jetmoe
from moeviz.accounting.families.kimi_k3 import kimi_k3_text
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
from moeviz.accounting.families.minimax import minimax, minimax_text_01
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
from moeviz.accounting.families.nllb_moe import nllb_moe
from moeviz.accounting.families.qwen import mellum, qwen2_moe, qwen3_moe, qwen3_vl_moe_text
from moeviz.accounting.families.qwen3_next import qwen3_5_moe_text, qwen3_5_text, qwen3_next
from moeviz.accounting.families.qwen4_exp import qwen4_exp_text
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
from moeviz.accounting.families.step3p5 import step3p5
from moeviz.accounting.families.switch_transformers import switch_transformers
from moeviz.accounting.families.text_inside import Reader, TextInside
from moeviz.accounting.families.zaya import zaya

TEXT = ("text_config",)

FAMILIES: dict[str, Reader] = {
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
    "kimi_k25": TextInside(
        TEXT, {"deepseek_v3": deepseek_v3}, chosen=True, same={"kimi_k2": "deepseek_v3"}
    ),
    "kimi_k3": TextInside(
        TEXT, {"kimi_k3_text": kimi_k3_text}, same={"kimi_linear": "kimi_k3_text"}, tied_by="text"
    ),
    "llama4": TextInside(TEXT, {"llama4_text": llama4_text}, tied_by="text"),
    "llama4_text": llama4_text,
    "mellum": mellum,
    "minimax_m2": minimax_m2,
    "mistral3": TextInside(
        TEXT, {"mistral": mistral, "ministral3": mistral, "mistral4": mistral4}, chosen=True
    ),
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
    "gemma4": TextInside(TEXT, {"gemma4_text": gemma4_text}),
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
    "minimax_m3_vl": TextInside(TEXT, {"minimax_m3_vl_text": minimax_m3_vl_text}, tied_by="either"),
    "minimax_m3_vl_text": minimax_m3_vl_text,
    "mistral_large4": TextInside(TEXT, {"mistral_large4_text": mistral_large4_text}),
    "mistral_large4_text": mistral_large4_text,
    "muse_spark_text": muse_spark_text,
    "nemotron_h": nemotron_h,
    "qwen3_5_moe": TextInside(TEXT, {"qwen3_5_moe_text": qwen3_5_moe_text}),
    "qwen3_5_moe_text": qwen3_5_moe_text,
    "qwen3_5": TextInside(TEXT, {"qwen3_5_text": qwen3_5_text}),
    "qwen3_5_text": qwen3_5_text,
    "qwen3_next": qwen3_next,
    "switch_transformers": switch_transformers,
    "zaya": zaya,
    "minimax_text_01": minimax_text_01,
    "qwen3_vl_moe": TextInside(TEXT, {"qwen3_vl_moe_text": qwen3_vl_moe_text}),
    "qwen3_vl_moe_text": qwen3_vl_moe_text,
    "qwen3_omni_moe": TextInside(
        ("thinker_config", "text_config"), {"qwen3_omni_moe_text": qwen3_moe}
    ),
    "qwen3_omni_moe_thinker": TextInside(TEXT, {"qwen3_omni_moe_text": qwen3_moe}),
    "qwen3_omni_moe_text": qwen3_moe,
    "llama": llama,
    "mistral": mistral,
    "ministral3": mistral,
    "qwen2": qwen2,
    "qwen3": qwen3,
    "qwen3_vl": TextInside(TEXT, {"qwen3_vl_text": qwen3_vl_text}),
    "qwen3_vl_text": qwen3_vl_text,
    "aria": TextInside(TEXT, {"aria_text": aria_text}),
    "aria_text": aria_text,
    "ernie4_5_vl_moe": TextInside(TEXT, {"ernie4_5_vl_moe_text": ernie4_5_vl_moe_text}),
    "ernie4_5_vl_moe_text": ernie4_5_vl_moe_text,
    "nllb-moe": nllb_moe,
    "step3p5": step3p5,
    "step3p7": TextInside(TEXT, {"step3p5": step3p5}),
    "hy_v4": hy_v4,
    "qwen4_exp": TextInside(TEXT, {"qwen4_exp_text": qwen4_exp_text}),
    "qwen4_exp_text": qwen4_exp_text,
    "glm4v_moe": TextInside(TEXT, {"glm4v_moe_text": glm4_moe}, tied_by="either"),
    "glm4v_moe_text": glm4_moe,
    "inkling_mm_model": TextInside(TEXT, {"inkling_text": inkling_text}, tied_by="text"),
    "muse_spark": TextInside(TEXT, {"muse_spark_text": muse_spark_text}, tied_by="neither"),
}
"""By `model_type`."""
