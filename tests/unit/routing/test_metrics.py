"""Balance metrics: the anchors that the page prints are those of the functions."""

from __future__ import annotations

import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from moeviz.glossary import term
from moeviz.records import COLUMNS, DEAD_SHARE, MEASURES, Measure
from moeviz.routing import metrics
from moeviz.routing.losses import load_balancing_loss
from moeviz.routing.metrics import dead_experts, expert_load
from tests import oracles

BY_NAME = pytest.mark.parametrize("metric", MEASURES, ids=lambda metric: metric.name)
SIZES = pytest.mark.parametrize("n_experts", [2, 8, 64])


def measured(measure: Measure, load: torch.Tensor, k: int) -> torch.Tensor:
    """The measure of a load with k experts per token."""
    function = getattr(metrics, measure.name)
    return function(load, k) if measure.needs_k else function(load)


@BY_NAME
@SIZES
def test_an_even_load_gives_the_value_at_balance(metric: Measure, n_experts: int):
    value = measured(metric, torch.full((n_experts,), 1 / n_experts), 1)
    assert value.item() == pytest.approx(metric.even_value(n_experts), rel=1e-5, abs=1e-5)


@BY_NAME
@pytest.mark.parametrize(("n_experts", "k"), [(2, 1), (8, 1), (8, 2), (8, 4), (8, 7), (64, 6)])
def test_the_same_k_experts_for_every_token_give_the_value_at_collapse(
    metric: Measure, n_experts: int, k: int
):
    index = torch.arange(k).expand(5, k)
    value = measured(metric, expert_load(index, n_experts), k)
    assert value.item() == pytest.approx(metric.at_collapse(n_experts, k), rel=1e-5, abs=1e-5)


@BY_NAME
def test_the_formula_at_collapse_is_the_function(metric: Measure):
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
def test_a_metric_is_called_by_its_term(metric: Measure):
    assert metric.formula
    assert term(metric.label).name.lower() in (metric.label.lower(), metric.label.lower()[:-1])


@pytest.mark.parametrize("top_k", [1, 2, 4, 7])
def test_what_k_experts_taking_everything_gives_depends_on_k(top_k: int):
    load = expert_load(torch.arange(top_k).expand(20, top_k), 8)
    value = {each.name: measured(each, load, top_k).item() for each in MEASURES}
    assert value == {
        "normalised_entropy": pytest.approx(math.log(top_k) / math.log(8), abs=1e-6),
        "entropy_above_collapse": pytest.approx(0, abs=1e-5),
        "effective_experts": pytest.approx(top_k),
        "max_violation": pytest.approx(8 / top_k - 1, abs=1e-6),
        "load_cv": pytest.approx(math.sqrt(8 / top_k - 1), abs=1e-6),
        "max_over_mean": pytest.approx(8 / top_k),
        "dead_experts": 8 - top_k,
    }


@BY_NAME
def test_a_metric_is_a_column_of_the_records_and_takes_all_layers_at_once(metric: Measure):
    layers = torch.tensor([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]])
    together = measured(metric, layers, 2)
    apart = [measured(metric, layer, 2) for layer in layers]
    assert metric.name in COLUMNS
    assert together.tolist() == [value.item() for value in apart]


LOADS = st.lists(st.floats(0.001, 1), min_size=2, max_size=16).flatmap(
    lambda raw: st.tuples(st.just([x / sum(raw) for x in raw]), st.integers(1, len(raw)))
)


@given(LOADS)
def test_the_measures_of_any_load_are_those_of_the_plain_loops(case):
    row, k = case
    load = torch.tensor(row, dtype=torch.float64)
    h = metrics.entropy_above_collapse(load, k).item()
    assert h == pytest.approx(oracles.entropy_above_collapse(row, k), abs=1e-6, nan_ok=True)
    assert metrics.effective_experts(load).item() == pytest.approx(oracles.effective_experts(row))
    assert math.isnan(h) if k == len(row) else 0 <= h <= 1 + 1e-9


@given(st.integers(2, 12).flatmap(lambda e: st.tuples(st.just(e), st.integers(1, e - 1))))
def test_no_load_that_k_different_experts_per_token_can_give_is_below_total_collapse(shape):
    n_experts, k = shape
    index = torch.rand(30, n_experts).argsort(dim=-1)[:, :k]
    load = expert_load(index, n_experts)
    assert load.max().item() <= 1 / k + 1e-6
    assert metrics.effective_experts(load).item() >= k - 1e-4
    assert metrics.max_violation(load).item() <= n_experts / k - 1 + 1e-5


def test_a_window_with_steps_of_a_smaller_k_is_never_below_0():
    assert metrics.entropy_above_collapse(torch.tensor([1.0, 0, 0, 0]), 2).item() == 0


@pytest.mark.parametrize("k", [1, 2, 4, 8])
def test_the_load_balancing_loss_at_collapse_is_the_oracles_and_a_flat_router_hides_it(k):
    index = [list(range(k))] * 6
    certain = [[1 / k] * k + [0.0] * (8 - k)] * 6
    flat = [[1 / 8] * 8] * 6
    for probs, expected in ((certain, 8 / k), (flat, 1.0)):
        assert oracles.load_balancing_loss(probs, index) == pytest.approx(expected)
        value = load_balancing_loss(torch.tensor(probs), torch.tensor(index))
        assert value.item() == pytest.approx(expected)


def test_load_counts_experts_that_got_nothing():
    assert expert_load(torch.tensor([[0, 2], [2, 0]]), 4).tolist() == [0.5, 0.0, 0.5, 0.0]


def test_an_expert_just_below_the_dead_share_is_dead_and_at_it_or_above_is_not():
    least = DEAD_SHARE / 4
    load = torch.tensor([0.99 * least, least, 1.01 * least, 1 - 3 * least])
    assert dead_experts(load).item() == 1
