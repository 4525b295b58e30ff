"""Presses that are refused: in the words of the controls, and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.protocol import Until
from moeviz.engine.until import KEEP_EVERY
from moeviz.live.messages import Press
from moeviz.live.presses import Presses, Refused
from tests.pages.hand_engine import HandEngine
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
        ("loss:-1", "Cross-entropy in nats must be a number from 0 to 20, got -1.", "until_loss"),
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


@pytest.fixture
def hand() -> HandEngine:
    return HandEngine()


@pytest.fixture
def prepared(hand: HandEngine) -> str:
    return hand.start(RunConfig((ArmConfig.of("A", {}),)), "me", paused=True)


def press(hand: HandEngine, run_id: str, act: Any, until: str = "") -> None:
    token = RIGHTS.token(run_id, "control")
    Presses(hand, RIGHTS).do(Press(1, token, act, {}, (), 0, until))


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("", None),
        ("step:300", Until("step", 300)),
        ("step:300:20", Until("step", 300, 20)),
        ("step:300:1", Until("step", 300, 1)),
        (f"step:300:{int(KEEP_EVERY.high)}", Until("step", 300, int(KEEP_EVERY.high))),
        ("loss:2.5:20", Until("loss", 2.5, 20)),
        ("collapsed", Until("collapsed")),
        ("collapsed::20", Until("collapsed", 0, 20)),
    ],
)
def test_a_start_says_how_far_and_how_often_a_checkpoint_is_kept(
    hand, prepared, text, until
) -> None:
    press(hand, prepared, "start", text)
    assert ("resume", prepared, until) in hand.asked


@pytest.mark.parametrize(
    "text",
    [
        "step:300:0",
        f"step:300:{int(KEEP_EVERY.high) + 1}",
        "step:300:",
        "step:300:2.5",
        "step:300:-20",
        "step:300:1e2",
        "step:300: 20",
        "step:300:२०",
        "step:300:20:20",
    ],
)
def test_a_goal_that_is_none_is_refused_in_words_and_starts_nothing(hand, prepared, text) -> None:
    with pytest.raises(
        Refused, match=r"^Steps between checkpoints must be a whole number from 1 to 1,000, got"
    ):
        press(hand, prepared, "start", text)
    assert hand.known[prepared].state == "paused"


def test_a_kind_of_goal_that_there_is_not_is_refused_with_those_there_are(hand, prepared) -> None:
    with pytest.raises(Refused, match=r"Until must be like step:300, .*got 'steps:3'"):
        press(hand, prepared, "start", "steps:3")
    assert hand.known[prepared].state == "paused"
