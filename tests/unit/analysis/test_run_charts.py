"""The numbers of a run's charts: means of blocks, gaps, marks, and runs beside each other."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.analysis.metrics import METRICS
from moeviz.analysis.run_charts import (
    Mark,
    arm_lines,
    changes_by_hand,
    compared_runs,
    run_charts_info,
)
from moeviz.config import ArmConfig, ScheduledChange
from moeviz.records import KnobMark, RunHistory
from tests.made_up_histories import made_up_history


def test_training_cross_entropy_is_the_mean_of_its_block():
    info = run_charts_info({"A": made_up_history(8)}, max_points=4)
    train = info.cross_entropy[0]
    assert train.steps.tolist() == [1.5, 3.5, 5.5, 7.5]
    assert train.values.tolist() == [1.5, 3.5, 5.5, 7.5]  # cross-entropy equals the step


def test_held_out_cross_entropy_is_the_mean_over_domains_where_it_was_measured():
    held_out = np.full((4, 3), np.nan)
    held_out[1], held_out[3] = [1, 2, 6], [2, np.nan, 4]
    line = run_charts_info(
        {"A": made_up_history(4, held_out_cross_entropy=held_out)}
    ).cross_entropy[1]
    assert line.held_out
    assert line.steps.tolist() == [2, 4]
    assert line.values.tolist() == [3, 3]


def test_split_by_domains_each_domain_has_its_own_column():
    by_domain = np.arange(6.0).reshape(2, 3)
    info = run_charts_info(
        {"A": made_up_history(2, domain_cross_entropy=by_domain)},
        domains=["python", "prose", "json"],
    )
    train = {line.name: line.values.tolist() for line in info.cross_entropy if not line.held_out}
    assert train == {"A, python": [0, 3], "A, prose": [1, 4], "A, json": [2, 5]}


@pytest.mark.parametrize("metric", [m for m in METRICS if METRICS[m].per_layer])
def test_balance_is_the_chosen_metric_of_the_chosen_layer(metric: str):
    values = np.array([[1.0, 10.0], [2.0, 20.0]])
    info = run_charts_info({"A": made_up_history(2, **{metric: values})}, metric=metric, layer=1)
    assert [line.values.tolist() for line in info.balance] == [[10, 20]]


def test_the_ribbon_is_the_mean_load_of_the_layer_expert_by_column():
    load = np.zeros((2, 2, 4))
    load[0, 1], load[1, 1] = [1, 0, 0, 0], [0, 0.5, 0.5, 0]
    (ribbon,) = run_charts_info({"A": made_up_history(2, expert_load=load)}, layer=1).ribbons
    assert ribbon.load.tolist() == [[1, 0], [0, 0.5], [0, 0.5], [0, 0]]
    assert (ribbon.start, ribbon.stride) == (1, 1)


def test_steps_that_are_missing_leave_a_gap_in_the_ribbon():
    whole = made_up_history(6)
    keep = [0, 1, 4, 5]
    holed = RunHistory({name: column[keep] for name, column in whole.columns.items()})
    (ribbon,) = run_charts_info({"A": holed}).ribbons
    assert np.isnan(ribbon.load[0]).tolist() == [False, False, True, True, False, False]


def test_a_dense_arm_has_losses_and_no_balance():
    empty = {name: np.zeros((3, 2, 0)) for name in ("expert_load", "processed_load")}
    info = run_charts_info({"MoE": made_up_history(3), "dense": made_up_history(3, **empty)})
    assert {line.name for line in info.balance} == {"MoE"}
    assert [ribbon.name for ribbon in info.ribbons] == ["MoE"]
    assert {line.name for line in info.cross_entropy} >= {"MoE", "dense"}


def test_a_change_of_all_arms_is_marked_once_and_of_one_arm_by_its_name():
    marks = [KnobMark(5, "A", {"top_k": 2}), KnobMark(5, "B", {"top_k": 2})]
    marks += [KnobMark(9, "B", {"capacity_factor": None})]
    info = run_charts_info({"A": made_up_history(9), "B": made_up_history(9)}, marks)
    assert [(mark.step, mark.label) for mark in info.marks] == [
        (5, "Experts per token k = 2"),
        (9, "B: Capacity factor = dropless"),
    ]


def test_several_runs_are_compared_on_the_same_axes_without_ribbons():
    one = {"A": made_up_history(3), "B": made_up_history(5)}
    info = compared_runs({"one": one, "two": {"A": made_up_history(9)}})
    assert {line.name for line in info.balance} == {"one, A", "one, B", "two, A"}
    assert not info.ribbons


def test_a_line_that_begins_later_has_the_points_of_the_whole_one_from_that_step_on():
    runs = {"one": {"A": made_up_history(999)}, "two": {"A": made_up_history(999)}}
    info = compared_runs(runs, begin={"one": 700})
    for lines in (info.cross_entropy[::2], info.balance):
        cut, whole = lines
        assert (cut.name, whole.name) == ("one, A", "two, A")
        since = len(whole.steps) - len(cut.steps)
        assert cut.steps.tolist() == whole.steps[since:].tolist()
        assert cut.values.tolist() == whole.values[since:].tolist()
        assert cut.steps[0] <= 700 < cut.steps[1]


def test_arms_alone_have_the_lines_of_the_run_and_no_ribbons():
    arms = {"A": made_up_history(5), "B": made_up_history(9)}
    whole = run_charts_info(arms, metric="max_violation")
    alone = arm_lines(arms, metric="max_violation")
    assert alone.metric == "max_violation"
    assert not alone.ribbons
    for now, then in ((alone.cross_entropy, whole.cross_entropy), (alone.balance, whole.balance)):
        assert [line.name for line in now] == [line.name for line in then]


def test_changes_that_a_model_makes_by_itself_are_none_by_hand() -> None:
    """Not even where its neighbour makes the same one at the same step by hand."""
    change = ScheduledChange(5, {"top_k": 2})
    arms = [ArmConfig("A", schedule=(change,)), ArmConfig("B")]
    marks = [KnobMark(5, "A", {"top_k": 2}), KnobMark(5, "B", {"top_k": 2})]
    assert changes_by_hand(marks, arms) == (Mark(5, "B: Experts per token k = 2"),)
    assert changes_by_hand(marks[:1], arms) == ()
    both = [KnobMark(5, "A", {"top_k": 2, "capacity_factor": 1.5})]
    assert changes_by_hand(both, arms) == (Mark(5, "A: Capacity factor = 1.5"),)
    assert changes_by_hand([KnobMark(6, "A", {"top_k": 2})], arms) == (
        Mark(6, "A: Experts per token k = 2"),
    )
