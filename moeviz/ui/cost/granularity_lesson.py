"""The figures in the prose of the page Granularity, and the functions whose source it shows."""

from __future__ import annotations

from math import comb

from moeviz.accounting.sketch import SKETCHES
from moeviz.texts import page_texts

_MIXTRAL = SKETCHES["mixtral-8x7b"][1]
_EXPERTS, _K, _SPLIT = 16, _MIXTRAL.top_k, 4
"""The example of DeepSeekMoE, arXiv:2401.06066, section 3.1."""

_THOUSAND = 1024

TEXTS = page_texts(
    __file__,
    experts=str(_EXPERTS),
    k=str(_K),
    split=str(_SPLIT),
    coarse=f"{comb(_EXPERTS, _K):,}",
    fine_experts=str(_SPLIT * _EXPERTS),
    fine_k=str(_SPLIT * _K),
    fine=f"{comb(_SPLIT * _EXPERTS, _SPLIT * _K):,}",
    mixtral_experts=str(_MIXTRAL.n_experts),
    mixtral_k=str(_MIXTRAL.top_k),
    thousand=str(_THOUSAND),
    thousand_words=f"{_THOUSAND:,}",
    times=str(_THOUSAND // _MIXTRAL.n_experts),
)
SOURCES = (
    ("moeviz.accounting.sparsity", "sparsity_point"),
    ("moeviz.accounting.sparsity", "fine_grained"),
)
