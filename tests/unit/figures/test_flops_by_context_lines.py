"""Lines against the context are the closed forms' own."""

from __future__ import annotations

import pytest

from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.flops import flops_info
from moeviz.figures.flops_by_context_lines import flops_by_context_lines

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def test_lines_cross_at_the_breaking_context():
    found = flops_info(MIXTRAL, 4096, "causal", 10**12)
    all_, weights, products, marker = flops_by_context_lines(found)["data"]
    for x, a, w, p in zip(all_["x"], all_["y"], weights["y"], products["y"], strict=True):
        assert a == pytest.approx(w + p)
        assert (p >= w) == (x >= found.rule.breaking_context)
    assert marker["x"] == [4096]
