"""The values of the measures in the explanation are those of the models that the page shows."""

from __future__ import annotations

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.records import MEASURES
from moeviz.ui.shared.metric_table import anchors, shapes_of

BY_NAME = {each.name: each for each in MEASURES}


def said(name: str, **k: int) -> tuple[str, str]:
    arms = tuple(ArmConfig.of(arm, {"n_experts": 8, "top_k": each}) for arm, each in k.items())
    dense = ArmConfig.of("dense", {"dense_width": 64})
    return anchors(BY_NAME[name], shapes_of(RunConfig((*arms, dense))))


@pytest.mark.parametrize(
    ("name", "even", "collapse"),
    [
        ("effective_experts", "$E$ = 8", "$K$ = 2"),
        ("max_violation", "$0$", r"$\frac{E}{K} - 1$ = 3"),
        ("entropy_above_collapse", "$1$", "$0$"),
        ("normalised_entropy", "$1$", r"$\frac{\ln K}{\ln E}$ = 0.333"),
    ],
)
def test_one_shape_is_said_once(name, even, collapse):
    assert said(name, A=2) == said(name, A=2, B=2) == (even, collapse)


def test_models_with_different_k_have_a_value_each():
    assert said("max_violation", A=1, B=4)[1] == r"$\frac{E}{K} - 1$ = 7 (A), 1 (B)"


def test_where_k_is_e_the_entropy_above_collapse_is_undefined():
    assert said("entropy_above_collapse", A=8)[1] == "undefined"
