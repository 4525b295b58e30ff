"""Presses that are refused: in the words of the controls, and nothing changes."""

from __future__ import annotations

import pytest

from moeviz.live.messages import Press
from moeviz.live.presses import Presses, Refused
from tests.unit.live.conftest import RIGHTS


@pytest.fixture
def refused(engine, run, control):
    """Presses what is refused; returns the words and the knob that they are of."""

    def press(act: str, **more) -> tuple[str, str]:
        made = {"knobs": {}, "arms": (), "step": 0, "until": "", **more}
        before = engine.latest(run)
        with pytest.raises(Refused) as refusal:
            Presses(engine, RIGHTS).do(Press(1, control, act, **made))
        assert engine.latest(run) == before
        return str(refusal.value), refusal.value.knob

    return press


@pytest.mark.parametrize(
    ("until", "words", "knob"),
    [
        ("step:0", "Step must be a whole number from 1 to 20,000, got 0.", "until_step"),
        ("step:2.9", "Step must be a whole number from 1 to 20,000, got '2.9'.", "until_step"),
        ("loss:-1", "Cross-entropy in nats must be a number from 0 to 20, got -1.0.", "until_loss"),
        ("soon", "Until must be like step:300, loss:2.5 or collapsed, got 'soon'.", "until"),
    ],
)
def test_a_condition_that_cannot_be_is_refused_by_its_label(refused, until, words, knob):
    assert refused("start", until=until) == (words, knob)


def test_a_step_that_is_past_is_refused_by_the_name_of_its_control(engine, run, refused):
    engine.step(run, 3)
    engine.wait(run, lambda status: status.step == 3 and status.obeyed, 30)
    assert refused("start", until="step:2") == (
        'Step of "Until a step" must be above the present step 3, got 2.',
        "until step",
    )
