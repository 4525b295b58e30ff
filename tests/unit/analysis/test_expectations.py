"""A promise is judged by the records: seen, not yet, or it did not happen."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.analysis.expectations import (
    Expectation,
    all_layers_above,
    balanced,
    collapses,
    computed_more_evenly,
    drops_at_least,
    entropy_order,
    loss_order,
)
from moeviz.records import WINDOW_STEPS, RunHistory
from tests import oracles
from tests.snapshots import history, snapshot

EVEN, UNEVEN, COLLAPSED = [[0.25] * 4], [[0.5, 0.2, 0.2, 0.1]], [[0.97, 0.01, 0.01, 0.01]]
JUDGED_AT = 30


def outcome(check, by_step: int = JUDGED_AT, **histories: RunHistory) -> str:
    return Expectation("a claim", by_step, check).verdict(histories).outcome


def then(first: list, steps: int, second: list, last: int) -> RunHistory:
    """One load for `steps` steps, another until `last`."""
    return RunHistory.of(
        [snapshot(first if step <= steps else second, step=step) for step in range(1, last + 1)]
    )


def test_nothing_is_judged_before_the_first_step():
    check = collapses("A")
    assert outcome(check) == "not yet"
    assert outcome(check, A=RunHistory.of([])) == "not yet"
    assert outcome(check, A=history(JUDGED_AT, COLLAPSED), B=RunHistory.of([])) == "not yet"


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (then(EVEN, 21, COLLAPSED, 25), "seen"),
        (then(EVEN, JUDGED_AT, COLLAPSED, 60), "did not happen"),
        (then(EVEN, JUDGED_AT - 1, COLLAPSED, 60), "seen"),
        (history(JUDGED_AT - 1, EVEN), "not yet"),
        (history(JUDGED_AT, EVEN), "did not happen"),
        (history(WINDOW_STEPS - 1, COLLAPSED), "not yet"),
        (history(WINDOW_STEPS, COLLAPSED), "seen"),
        (then(COLLAPSED, WINDOW_STEPS - 1, EVEN, 40), "did not happen"),
    ],
)
def test_collapse_is_seen_once_the_window_is_full_and_in_time(run, expected):
    assert outcome(collapses("A"), A=run) == expected


def test_the_lowest_entropy_that_is_told_is_one_that_counts():
    run = then(COLLAPSED, WINDOW_STEPS - 1, EVEN, 40)
    verdict = Expectation("", JUDGED_AT, collapses("A")).verdict({"A": run})
    assert verdict.evidence == "lowest entropy above collapse 1.00 so far"
    early = Expectation("", JUDGED_AT, collapses("A")).verdict({"A": run.until(5)})
    assert early.evidence == f"fewer than {WINDOW_STEPS} steps so far; judged at step {JUDGED_AT}"


def test_one_collapsed_layer_is_enough_and_the_step_is_told():
    run = RunHistory.of([snapshot([*EVEN, *COLLAPSED], step=s) for s in range(1, 23)])
    verdict = Expectation("", 200, collapses("A")).verdict({"A": run})
    assert verdict.outcome == "seen"
    assert f"collapsed at step {WINDOW_STEPS}," in verdict.evidence


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (history(JUDGED_AT - 1, EVEN), "not yet"),
        (history(JUDGED_AT, EVEN), "seen"),
        (history(JUDGED_AT, UNEVEN), "did not happen"),
        (then(EVEN, JUDGED_AT, UNEVEN, 60), "seen"),
        (then(UNEVEN, JUDGED_AT, EVEN, 60), "did not happen"),
        (history(JUDGED_AT, [*EVEN, *UNEVEN]), "did not happen"),
    ],
)
def test_balance_is_judged_at_its_step_in_every_layer(run, expected):
    assert outcome(balanced("B"), A=history(60), B=run) == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [([0.5, 0.5], "did not happen"), ([0.5, 0.35], "seen"), ([0.5, 0.45], "did not happen")],
)
def test_drops_are_those_of_the_worst_layer(kept, expected):
    even = [0.5, 0.5]
    for judged, said in ((JUDGED_AT, expected), (JUDGED_AT - 1, "not yet")):
        run = history(judged, [even, even], processed=[even, kept])
        assert outcome(drops_at_least("B", 0.1), B=run) == said


@pytest.mark.parametrize(
    ("asked", "kept", "expected"),
    [
        (COLLAPSED, [0.25, 0.01, 0.01, 0.01], "seen"),
        (UNEVEN, [0.25, 0.25, 0.2, 0.1], "seen"),
        (UNEVEN, UNEVEN[0], "did not happen"),  # nothing was dropped
        (UNEVEN, [0.25, 0.1, 0.1, 0.05], "did not happen"),  # fewer slots, shared out the same
        (UNEVEN, [0.5, 0.2, 0.0, 0.0], "did not happen"),
        (COLLAPSED, [0.0, 0.0, 0.0, 0.0], "did not happen"),
    ],
)
def test_what_is_computed_is_compared_with_what_was_asked_in_the_least_even_layer(
    asked, kept, expected
):
    for judged, said in ((JUDGED_AT, expected), (JUDGED_AT - 1, "not yet")):
        run = history(judged, [*EVEN, *asked], processed=[[0.1] * 4, kept])
        assert outcome(computed_more_evenly("B"), B=run) == said


def test_the_entropies_of_both_loads_are_told():
    run = history(JUDGED_AT, UNEVEN, processed=[[0.1, 0.1, 0.0, 0.0]])
    verdict = Expectation("", JUDGED_AT, computed_more_evenly("B")).verdict({"B": run})
    assigned = oracles.normalised_entropy(*UNEVEN)
    assert verdict.evidence == f"entropy in layer 0: assigned {assigned:.3f}, computed 0.500"


@pytest.mark.parametrize(("a", "b", "expected"), [(3.0, 2.9, "seen"), (2.9, 3.0, "did not happen")])
def test_losses_are_compared_at_the_step(a, b, expected):
    check = loss_order("B", "A")
    for judged, said in ((JUDGED_AT, expected), (JUDGED_AT - 1, "not yet")):
        arms = {
            "A": history(judged, cross_entropy=a),
            "B": history(judged, cross_entropy=b),
        }
        assert outcome(check, **arms) == said


def test_losses_are_means_over_the_window_and_not_of_one_lucky_step():
    steps = range(1, JUDGED_AT + 1)
    lucky = [snapshot(step=s, cross_entropy=2.0 if s == JUDGED_AT else 3.0) for s in steps]
    early = [snapshot(step=s, cross_entropy=2.9 if s > 10 else 9.0) for s in steps]
    histories = {"A": RunHistory.of(early), "B": RunHistory.of(lucky)}
    assert outcome(loss_order("A", "B"), **histories) == "seen"


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(UNEVEN, EVEN, "seen"), (EVEN, UNEVEN, "did not happen")]
)
def test_the_least_even_layers_are_compared(a, b, expected):
    for judged, said in ((JUDGED_AT, expected), (JUDGED_AT - 1, "not yet")):
        arms = {"A": history(judged, [*EVEN, *a]), "B": history(judged, [*EVEN, *b])}
        assert outcome(entropy_order("B", "A"), **arms) == said


def test_models_with_different_k_are_compared_above_their_own_collapse():
    """B's normalised entropy is higher, but it is closer to its own collapse than A to A's."""
    a = history(JUDGED_AT, [[0.55, 0.15, 0.15, 0.15]], top_k=1)
    b = history(JUDGED_AT, [[0.46, 0.46, 0.04, 0.04]], top_k=2)
    b_wide = history(JUDGED_AT, [[0.45, 0.35, 0.15, 0.05]], top_k=3)
    assert (b_wide["normalised_entropy"] > [[0.8]]).all()
    assert outcome(entropy_order("A", "B"), A=a, B=b) == "seen"
    assert outcome(entropy_order("A", "B"), A=a, B=b_wide) == "seen"


@pytest.mark.parametrize("check", [collapses("A"), balanced("A")])
def test_where_all_experts_compute_every_token_no_claim_of_balance_is_kept(check):
    for steps, said in ((JUDGED_AT, "did not happen"), (JUDGED_AT - 1, "not yet")):
        assert outcome(check, A=history(steps, EVEN, top_k=4)) == said


def test_the_word_and_what_decides_it_are_told():
    said = {}
    for name, load in {"even": EVEN, "uneven": UNEVEN, "collapsed": COLLAPSED}.items():
        said[name] = balanced("A")({"A": history(JUDGED_AT, load)}, JUDGED_AT).evidence
    assert said == {
        "even": "balanced: highest MaxVio of a layer 0.00",
        "uneven": "uneven: highest MaxVio of a layer 1.00",
        "collapsed": "collapsed: highest MaxVio of a layer 2.88, 3 dead",
    }


@pytest.mark.parametrize(
    ("column", "value", "check", "told"),
    [
        ("entropy_above_collapse", 0.9796, all_layers_above("A", 0.98), "0.9796, expected"),
        ("entropy_above_collapse", 0.62, all_layers_above("A", 0.98), "0.62, expected"),
        ("dropped_fraction", 0.1996, drops_at_least("A", 0.2), "19.96% dropped"),
        ("dropped_fraction", 0.12, drops_at_least("A", 0.2), "12% dropped"),
    ],
)
def test_the_figure_of_what_did_not_happen_is_below_what_was_expected(column, value, check, told):
    even = history(JUDGED_AT, EVEN)
    columns = {**even.columns, column: np.full_like(even[column], value)}
    verdict = check({"A": RunHistory(columns)}, JUDGED_AT)
    assert verdict.outcome == "did not happen"
    assert told in verdict.evidence


def test_before_its_step_the_figure_so_far_is_told():
    claim = Expectation("", 300, all_layers_above("B", 0.98))
    figure = (
        "lowest entropy above collapse of a layer: {}, expected at least 0.98; judged at step 300"
    )
    so_far = claim.verdict({"B": history(5, EVEN)})
    assert so_far.evidence == "so far yes, " + figure.format("1.00")
    assert claim.verdict({"B": history(5, COLLAPSED)}).evidence.startswith("lowest entropy")
