"""What a press does to a run, on an engine in the test's own hands, and why it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.protocol import Until
from moeviz.live.messages import Press
from moeviz.live.presses import MAX_KEEP_EVERY, Presses, Refused
from moeviz.live.rights import Rights
from tests.pages.hand_engine import HandEngine

RIGHTS = Rights(b"the server's own secret of 32 byte")


@pytest.fixture
def hand() -> HandEngine:
    return HandEngine()


@pytest.fixture
def run(hand: HandEngine) -> str:
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
        (f"step:300:{MAX_KEEP_EVERY}", Until("step", 300, MAX_KEEP_EVERY)),
        ("loss:2.5:20", Until("loss", 2.5, 20)),
        ("collapsed", Until("collapsed")),
        ("collapsed::20", Until("collapsed", 0, 20)),
    ],
)
def test_a_start_says_how_far_and_how_often_a_checkpoint_is_kept(hand, run, text, until) -> None:
    press(hand, run, "start", text)
    assert ("resume", run, until) in hand.asked


@pytest.mark.parametrize(
    "text",
    [
        "step:300:0",
        f"step:300:{MAX_KEEP_EVERY + 1}",
        "step:300:",
        "step:300:2.5",
        "step:300:-20",
        "step:300:1e2",
        "step:300: 20",
        "step:300:२०",
        "step:300:20:20",
        "step:many",
    ],
)
def test_a_goal_that_is_none_is_refused_in_words_and_starts_nothing(hand, run, text) -> None:
    with pytest.raises(Refused, match=r"Until must be like step:300, .* from 1 to 1,000, got"):
        press(hand, run, "start", text)
    assert hand.known[run].state == "paused"


def test_a_kind_of_goal_that_there_is_not_is_refused_with_those_there_are(hand, run) -> None:
    with pytest.raises(Refused, match="Until must be one of step, loss, collapsed, got 'steps:3'"):
        press(hand, run, "start", "steps:3")
    assert hand.known[run].state == "paused"
