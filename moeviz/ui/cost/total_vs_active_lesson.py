"""The figures in the prose of the page Total vs active, and the functions whose source it shows."""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES, Sketch
from moeviz.accounting.total_and_active import TotalAndActive, total_and_active
from moeviz.accounting.units import count, percent, ratio
from moeviz.texts import page_texts

_MIXTRAL, _V3, _LAB = (SKETCHES[name][1] for name in ("mixtral-8x7b", "deepseek-v3", "lab"))
_MORE = replace(_MIXTRAL, n_experts=2 * _MIXTRAL.n_experts, top_k=_MIXTRAL.top_k // 2)
_LAB_ACTIVE = parameter_count(_LAB.architecture()).active["all"]


def _sums(sketch: Sketch) -> TotalAndActive:
    sums = total_and_active(sketch.architecture())
    assert sums is not None, "the MoE layers of a sketch are alike"
    return sums


_SUMS, _V3_SUMS, _MORE_SUMS = map(_sums, (_MIXTRAL, _V3, _MORE))
_IN_THE_NAME = 7
"""Billions that the name 8x7B gives each of eight."""

TEXTS = page_texts(
    __file__,
    experts=str(_MORE.n_experts),
    k=str(_MORE.top_k),
    growth=ratio(_MORE_SUMS.total / _SUMS.total),
    v3_experts=str(_V3.n_experts),
    v3_k=str(_V3.top_k),
    v3_shared=str(_V3.n_shared_experts),
    v3_dense=str(_V3.n_dense_layers),
    v3_outside=percent(_V3_SUMS.outside_experts / _V3_SUMS.total),
    lab_share=percent(2 * _LAB.vocab_size * _LAB.d_model / _LAB_ACTIVE),
    mixtral_experts=str(_MIXTRAL.n_experts),
    mixtral_k=str(_MIXTRAL.top_k),
    billions=str(_IN_THE_NAME),
    name_says=str(_MIXTRAL.n_experts * _IN_THE_NAME),
    outside=count(_SUMS.outside_experts),
    layers=str(_SUMS.n_moe_layers),
    expert=count(_SUMS.expert_everywhere),
    total=count(_SUMS.total),
    active=count(_SUMS.active),
)
SOURCES = (
    ("moeviz.accounting.sketch", "Sketch.architecture"),
    ("moeviz.accounting.parameters", "parameter_count"),
    ("moeviz.accounting.dense_equivalents", "dense_with_same_flops"),
    ("moeviz.accounting.total_and_active", "TotalAndActive"),
)
