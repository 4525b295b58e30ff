"""What hundreds of changes of knobs come to, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.knob_log import KnobLog
from moeviz.engine.messages import KnobChange

CONFIG = RunConfig(tuple(ArmConfig.of(name, {}) for name in "ABC"))
KNOBS = st.fixed_dictionaries(
    {},
    optional={
        "top_k": st.integers(1, 4),
        "aux_coefficient": st.floats(0, 1),
        "balancer": st.sampled_from(["none", "switch"]),
    },
)
ARMS = st.one_of(st.none(), st.sampled_from("ABC"), st.sampled_from([("A", "C"), ("B",)]))


@given(st.lists(st.builds(KnobChange, st.just(0), KNOBS, ARMS)))
def test_changes_come_to_what_each_after_the_other_does(changes) -> None:
    log, expected = KnobLog(), CONFIG
    for change in changes:
        log.ask(change)
        expected = expected.with_knobs(change.knobs, change.arm)
    assert log.in_force(CONFIG, (), 0) == log.with_pending(CONFIG) == expected
    for change in changes:
        log.obeyed(change)
    assert log.in_force(CONFIG, (), 0) == expected
    assert log.in_force(CONFIG, (), 1) == CONFIG


@pytest.fixture
def validated(monkeypatch) -> Iterator[list[str]]:
    """The arms whose knobs were validated."""
    arms: list[str] = []
    validate = ArmConfig.with_knobs

    def noted(arm, changes):
        arms.append(arm.name)
        return validate(arm, changes)

    monkeypatch.setattr(ArmConfig, "with_knobs", noted)
    return arms


def test_each_arm_is_validated_once_however_many_changes_there_are(validated) -> None:
    """All wait for that: it is done under the engine's lock."""
    log = KnobLog()
    for n in range(300):
        log.ask(KnobChange(0, {"top_k": 1 + n % 2}, None))
    log.in_force(CONFIG, (), 0)
    assert validated == ["A", "B", "C"]
