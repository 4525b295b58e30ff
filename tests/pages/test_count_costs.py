"""What the pages that count say of costs: contexts that end, traffic, models of two sides."""

from __future__ import annotations

import pytest

from moeviz.accounting.flops import forward_flops
from moeviz.accounting.sketch import SKETCHES
from tests.pages.test_count_pages import BARGAIN, component, numbers
from tests.pages.visit import visit


@pytest.mark.parametrize(("like", "context"), [("lab", 64), ("mixtral-8x7b", 4096)])
def test_the_bargain_counts_operations_over_a_context_that_the_model_can_have(page, like, context):
    visit(page, BARGAIN, like=like)
    flops = forward_flops(SKETCHES[like][1].architecture(), context)
    assert numbers(page)["FLOPs a token, forward"] == f"{float(flops.per_token):,.1f}"
    shown = component(page, "derived_numbers")[0]["numbers"]
    (formula,) = (each["formula"] for each in shown if each["label"] == "FLOPs a token, forward")
    assert f"a context of {context:,})" in formula
