"""An experiment keeps its promises on a run that goes as its story says, and not on its mirror."""

from __future__ import annotations

import pytest

from moeviz.analysis.experiments import BY_NAME, EXPERIMENTS, verdicts
from moeviz.config import ArmConfig
from moeviz.records import RunHistory
from tests.snapshots import history, snapshot

STEPS, SWITCHED_ON, LATE = 600, 300, 1500
EVEN, COLLAPSED, UNEVEN = [[0.25] * 4], [[0.97, 0.01, 0.01, 0.01]], [[0.55, 0.15, 0.15, 0.15]]
CAPPED = [[0.25, 0.15, 0.15, 0.15]]


def rescued() -> RunHistory:
    """Collapsed until something balances it."""
    loads = [COLLAPSED if step <= SWITCHED_ON + 50 else EVEN for step in range(1, STEPS + 1)]
    return RunHistory.of([snapshot(load, step=step) for step, load in enumerate(loads, 1)])


STORIES = {
    "collapse": (
        history(STEPS, COLLAPSED, cross_entropy=2.9),
        history(STEPS, EVEN, cross_entropy=2.7),
    ),
    "rescue": (history(STEPS, COLLAPSED), rescued()),
    "too_strong": (
        history(STEPS, UNEVEN, cross_entropy=2.7),
        history(STEPS, EVEN, cross_entropy=2.8),
    ),
    "loss_free": (history(STEPS, UNEVEN), history(STEPS, EVEN)),
    "tight_capacity": (history(STEPS, COLLAPSED), history(STEPS, COLLAPSED, processed=CAPPED)),
    "top2": (
        history(STEPS, UNEVEN, cross_entropy=2.9),
        history(STEPS, EVEN, cross_entropy=2.7),
    ),
    "matters": (
        history(LATE, COLLAPSED, cross_entropy=2.6),
        history(LATE, EVEN, cross_entropy=2.4),
        history(LATE, EVEN, cross_entropy=2.7),
    ),
}
"""What the models do in each story."""


def run_of(name: str, *arms: RunHistory) -> dict[str, RunHistory]:
    return dict(zip(BY_NAME[name].arms, arms, strict=True))


def outcomes(name: str, *arms: RunHistory) -> list[str]:
    return [each["outcome"] for each in verdicts(name, run_of(name, *arms))]


def test_every_experiment_has_a_story():
    assert list(STORIES) == [each.name for each in EXPERIMENTS] == list(BY_NAME)


@pytest.mark.parametrize("name", STORIES)
def test_a_run_that_goes_as_the_story_says_keeps_every_promise(name):
    assert set(outcomes(name, *STORIES[name])) == {"seen"}


@pytest.mark.parametrize("name", STORIES)
def test_a_run_whose_arms_change_parts_breaks_a_promise(name):
    a, b, *dense = STORIES[name]
    assert "did not happen" in outcomes(name, b, a, *dense)


@pytest.mark.parametrize(
    ("dense", "outcome"),
    [(2.75, "seen"), (2.81, "did not happen"), (2.4, "did not happen"), (2.3, "did not happen")],
)
def test_what_collapse_loses_is_a_share_of_what_experts_gain(dense, outcome):
    """A 2.6, B 2.4: 0.2 of 0.35 nats; of 0.41; of nothing; of a loss."""
    a, b, _ = STORIES["matters"]
    run = outcomes("matters", a, b, history(LATE, EVEN, cross_entropy=dense))
    assert run[-1] == outcome


def test_who_never_collapsed_was_not_rescued():
    a, _ = STORIES["rescue"]
    assert "did not happen" in outcomes("rescue", a, history(STEPS, EVEN))


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)
def test_its_knobs_and_changes_are_ones_that_a_run_takes(experiment):
    for arm, own in (("A", {}), ("B", experiment.b)):
        changes = (experiment.schedule[arm],) if arm in experiment.schedule else ()
        ArmConfig.of(arm, {**experiment.shared, **own}, changes).check_schedule(step=0)
    assert set(experiment.schedule) <= {"A", "B"}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)
def test_every_claim_is_judged_with_its_evidence(experiment):
    run = run_of(experiment.name, *STORIES[experiment.name])
    judged = verdicts(experiment.name, run)
    assert [each["claim"] for each in judged] == [each.claim for each in experiment.expectations]
    found = [each.verdict(run) for each in experiment.expectations]
    assert [each["evidence"] for each in judged] == [each.evidence for each in found]


@pytest.mark.parametrize("name", STORIES)
def test_before_the_first_step_nothing_is_judged_yet(name):
    none = RunHistory.of([])
    for histories in ({}, dict.fromkeys(BY_NAME[name].arms, none)):
        assert {each["outcome"] for each in verdicts(name, histories)} == {"not yet"}


@pytest.mark.parametrize("name", STORIES)
def test_without_arm_b_no_claim_is_judged(name):
    for judged in verdicts(name, {"A": STORIES[name][0]}):
        assert judged["outcome"] == "not judged"
        assert judged["evidence"] == "there is no model B"


def test_a_run_without_a_named_experiment_has_no_claims():
    a, b = STORIES["collapse"]
    assert verdicts("", {"A": a, "B": b}) == []
