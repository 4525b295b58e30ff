"""Questions what the models write: who may ask, what tabs share, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from moeviz.engine.local import LocalEngine
from moeviz.live.channel import Channel
from moeviz.live.continuations import ASKS_AT_ONCE, FRESH_STEPS, REST
from moeviz.live.rights import Rights
from tests.fakes import FakeClock
from tests.unit.live.conftest import RIGHTS, Tab

TWO = ["2 + 2 =", "def "]
OWN = "my own secret line"


class AskedEngine(LocalEngine):
    """Remembers what it is asked; each answer takes a second of the test's clock."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.clock, self.asked = FakeClock(), []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.fails = False

    def ask(self, run_id: str, question: Any, step: int | None = None) -> Any:
        self.asked.append((question.arm, question.prompts))
        self.may_answer.wait()
        if self.fails:
            raise RuntimeError("broken")
        self.clock.advance(1)
        return super().ask(run_id, question, step)


@pytest.fixture
def engine(trainer: str, tmp_path) -> Iterator[AskedEngine]:
    made = AskedEngine(trainer, directory=tmp_path)
    yield made
    made.may_answer.set()
    made.shutdown()


@pytest.fixture
def channel(engine: AskedEngine) -> Channel:
    return Channel(lambda: engine, lambda: RIGHTS, engine.clock)


@pytest.fixture
def watch(run: str) -> str:
    return RIGHTS.token(run, "watch")


def train(engine: AskedEngine, run: str, steps: int) -> None:
    goal = engine.latest(run).step + steps
    engine.step(run, steps)
    engine.wait(run, lambda status: status.step == goal and status.state == "paused", 30)


def rest(engine: AskedEngine) -> None:
    """Wait as long as a run is spared after a question to two models."""
    engine.clock.advance(2 * REST)


def asked(tab: Tab, token: str, prompts: list[str], seq: int = 1) -> dict[str, Any]:
    tab.say("ask", seq=seq, token=token, prompts=prompts)
    return tab.hear("answer", "refused", until=lambda said: said["seq"] == seq)


def test_who_may_watch_hears_what_each_model_writes_after_each_prompt(tab, engine, run, watch):
    train(engine, run, 30)
    assert asked(tab, watch, TWO, seq=7) == {
        "kind": "answer",
        "seq": 7,
        "models": {
            "A": [[30, "A, k = 1: 2 + 2 ="], [30, "A, k = 1: def "]],
            "B": [[30, "B, k = 1: 2 + 2 ="], [30, "B, k = 1: def "]],
        },
    }


def test_before_the_first_step_nothing_is_asked_and_the_run_does_not_begin(tab, engine, run, watch):
    answer = asked(tab, watch, TWO)
    assert (answer["kind"], answer["why"]) == (
        "refused",
        "The models have made no training step yet.",
    )
    assert engine.asked == []
    assert engine.latest(run).prepared


def test_a_forged_token_and_an_unknown_run_are_refused(tab, engine, run):
    for token in (Rights(b"another server's secret, 32 bytes").token(run, "watch"), "x"):
        assert "Reload the page" in asked(tab, token, TWO)["why"]
    unknown = asked(tab, RIGHTS.token("x" * 22, "watch"), TWO)
    assert unknown["kind"] == "refused"
    assert engine.asked == []


def test_tabs_share_what_was_just_written_and_ask_for_their_own_lines_alone(
    opened, tab, engine, run, watch
):
    train(engine, run, 30)
    first = asked(tab, watch, TWO)
    rest(engine)
    with opened() as other:
        assert asked(other, watch, TWO)["models"] == first["models"]
        assert engine.asked == [("A", tuple(TWO)), ("B", tuple(TWO))]
        own = asked(other, watch, [*TWO, OWN], seq=2)
    assert engine.asked[2:] == [("A", (OWN,)), ("B", (OWN,))]
    assert own["models"]["A"][:2] == first["models"]["A"]
    assert own["models"]["A"][2] == [30, f"A, k = 1: {OWN}"]


def test_a_run_is_spared_for_some_times_as_long_as_it_took_to_answer(tab, engine, run, watch):
    train(engine, run, 30)
    asked(tab, watch, TWO)
    engine.clock.advance(2 * REST - 1)
    busy = asked(tab, watch, [OWN], seq=2)
    assert (busy["kind"], busy["why"]) == (
        "refused",
        "The models have just answered other questions.",
    )
    engine.clock.advance(1)
    assert asked(tab, watch, [OWN], seq=3)["kind"] == "answer"


def test_a_knob_that_is_turned_at_rest_is_heard_at_once(tab, engine, run, watch, control):
    train(engine, run, 30)
    asked(tab, watch, TWO)
    tab.press(control, "set", seq=5, knobs={"top_k": "2"}, arms=["A"])
    rest(engine)
    written = asked(tab, watch, TWO, seq=6)["models"]
    assert [text for _, text in written["A"]] == ["A, k = 2: 2 + 2 =", "A, k = 2: def "]


def test_what_a_model_in_training_wrote_soon_is_old(tab, engine, run, watch):
    engine.resume(run)
    engine.wait(run, lambda status: status.step > 5, 30)
    (first, _), _ = asked(tab, watch, TWO, seq=3)["models"]["A"]
    rest(engine)
    engine.wait(run, lambda status: status.step > first + FRESH_STEPS + 5, 30)
    (later, _), _ = asked(tab, watch, TWO, seq=4)["models"]["A"]
    assert later > first + FRESH_STEPS
    assert len(engine.asked) == 4


def test_presses_are_answered_while_a_question_waits_for_its_worker(tab, engine, run, control):
    train(engine, run, 3)
    engine.may_answer.clear()
    tab.say("ask", seq=1, token=control, prompts=TWO)
    assert tab.press(control, "set", seq=2, knobs={"top_k": "2"})["kind"] == "ack"
    engine.may_answer.set()
    assert tab.hear("answer")["seq"] == 1


def test_a_flood_of_questions_is_refused_in_words_and_ends_nothing(tab, engine, run, control):
    train(engine, run, 3)
    engine.may_answer.clear()
    for seq in range(3 * ASKS_AT_ONCE):
        tab.say("ask", seq=seq, token=control, prompts=TWO)
    refused = [tab.hear("refused") for _ in range(3 * ASKS_AT_ONCE - 2)]
    assert {each["why"] for each in refused} == {"Too many questions."}
    engine.may_answer.set()
    assert tab.hear("answer")["models"].keys() == {"A", "B"}
    assert tab.press(control, "pause", seq=99)["kind"] == "ack"


def test_a_line_that_breaks_something_is_in_no_log(tab, engine, run, watch, capfd, caplog):
    train(engine, run, 3)
    engine.fails = True
    answer = asked(tab, watch, [OWN])
    assert (answer["kind"], answer["why"]) == ("refused", "The server could not answer this.")
    out, err = capfd.readouterr()
    assert "broken" in err
    assert OWN not in out + err + caplog.text
