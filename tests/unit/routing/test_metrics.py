"""Balance metrics: the anchors that the page prints are those of the functions."""

from __future__ import annotations

import math
import re

import pytest
import torch

from moeviz.glossary import term
from moeviz.records import COLUMNS, DEAD_SHARE
from moeviz.routing import metrics
from moeviz.routing.metrics import METRICS, Metric, dead_experts, expert_load

BY_NAME = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
SIZES = pytest.mark.parametrize("n_experts", [2, 8, 64])


@BY_NAME
@SIZES
def test_an_even_load_gives_the_value_at_balance(metric: Metric, n_experts: int):
    value = getattr(metrics, metric.name)(torch.full((n_experts,), 1 / n_experts))
    assert value.item() == pytest.approx(metric.at_balance, abs=1e-5)


@BY_NAME
@SIZES
@pytest.mark.parametrize("k", [1, 2])
def test_the_same_k_experts_for_every_token_give_the_value_at_collapse(
    metric: Metric, n_experts: int, k: int
):
    index = torch.arange(k).expand(5, k)
    value = getattr(metrics, metric.name)(expert_load(index, n_experts))
    assert value.item() == pytest.approx(metric.at_collapse(n_experts, k), rel=1e-5)


@BY_NAME
def test_the_formula_at_collapse_is_the_function(metric: Metric):
    """Its LaTeX, read as Python."""
    latex = metric.collapse_formula
    for found, python in (
        (r"\\frac\{(.*?)\}\{(.*?)\}", r"((\1)/(\2))"),
        (r"\\ln (\w)", r"log(\1)"),
    ):
        latex = re.sub(found, python, latex)
    python = latex.replace("\\sqrt{", "sqrt(").replace("}", ")")
    value = eval(python, {"E": 8, "K": 2, "log": math.log, "sqrt": math.sqrt})
    assert metric.at_collapse(8, 2) == pytest.approx(value)


@BY_NAME
def test_a_metric_is_called_by_its_term(metric: Metric):
    assert metric.formula
    assert term(metric.label).name.lower() in (metric.label.lower(), metric.label.lower()[:-1])


@pytest.mark.parametrize("top_k", [1, 2, 4, 8])
def test_what_k_experts_taking_everything_gives_depends_on_k(top_k: int):
    load = expert_load(torch.arange(top_k).expand(20, top_k), 8)
    value = {each.name: getattr(metrics, each.name)(load).item() for each in METRICS}
    assert value == {
        "normalised_entropy": pytest.approx(math.log(top_k) / math.log(8), abs=1e-6),
        "max_violation": pytest.approx(8 / top_k - 1, abs=1e-6),
        "load_cv": pytest.approx(math.sqrt(8 / top_k - 1), abs=1e-6),
        "max_over_mean": pytest.approx(8 / top_k),
        "dead_experts": 8 - top_k,
    }


@BY_NAME
def test_a_metric_is_a_column_of_the_records_and_takes_all_layers_at_once(metric: Metric):
    layers = torch.tensor([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]])
    together = getattr(metrics, metric.name)(layers)
    apart = [getattr(metrics, metric.name)(layer) for layer in layers]
    assert metric.name in COLUMNS
    assert together.tolist() == [value.item() for value in apart]


def test_load_counts_experts_that_got_nothing():
    assert expert_load(torch.tensor([[0, 2], [2, 0]]), 4).tolist() == [0.5, 0.0, 0.5, 0.0]


def test_an_expert_just_below_the_dead_share_is_dead_and_just_above_is_not():
    fair = 1 / 4
    below, above = 0.99 * DEAD_SHARE * fair, 1.01 * DEAD_SHARE * fair
    load = torch.tensor([below, above, 0.5, 0.5 - below - above])
    assert dead_experts(load).item() == 1
