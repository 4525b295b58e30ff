"""Questions to the models of a run: from the engine to a real worker process and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.limits import Limits
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import EngineError, UnknownRun, Until
from moeviz.traces import Question
from tests.fakes import DEADLY_ARM, DIVERGES_AT_RATE, CountingTrainer

TIMEOUT_S = 30.0
CONFIG = RunConfig((ArmConfig.of("A", {}), ArmConfig.of("B", {"seed": 5})))
LIMITS = Limits(checkpoint_every_steps=10, workers=1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    made = LocalEngine(
        "tests.fakes:CountingTrainer", limits=LIMITS, directory=tmp_path_factory.mktemp("data")
    )
    yield made
    made.shutdown()


def trained(engine: LocalEngine, steps: int) -> str:
    run_id = engine.start(CONFIG, "me", paused=True)
    engine.resume(run_id, Until("step", steps))
    engine.wait(run_id, lambda status: status.step == steps and not_training(status), TIMEOUT_S)
    return run_id


def not_training(status) -> bool:
    return status.state == "paused"


def expected(steps: int, arm: str) -> tuple[int, float]:
    trainer = CountingTrainer(CONFIG)
    for _ in range(steps):
        trainer.step()
    return trainer.answer(Question(arm))


def test_the_models_answer_as_they_are(engine: LocalEngine) -> None:
    run_id = trained(engine, 25)
    assert engine.ask(run_id, Question("A")) == expected(25, "A")
    assert engine.ask(run_id, Question("B")) == expected(25, "B")


def test_a_kept_checkpoint_answers_as_the_models_were(engine: LocalEngine) -> None:
    run_id = trained(engine, 25)
    assert {0, 10, 20} <= set(engine.latest(run_id).checkpoints)
    for step in (0, 10, 20):
        assert engine.ask(run_id, Question("B"), step) == expected(step, "B")


def test_a_question_changes_nothing(engine: LocalEngine) -> None:
    run_id = trained(engine, 25)
    before = engine.history(run_id)["A"]["cross_entropy"].tolist()
    engine.ask(run_id, Question("A"), 10)
    engine.resume(run_id, Until("step", 40))
    engine.wait(run_id, lambda status: status.step == 40, TIMEOUT_S)
    after = engine.history(run_id)["A"]["cross_entropy"].tolist()
    assert after[:25] == before
    assert engine.ask(run_id, Question("A")) == expected(40, "A")


def test_a_training_run_answers_too(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me")
    step, _ = engine.ask(run_id, Question("A"))
    later, _ = engine.ask(run_id, Question("A"))
    assert 0 <= step <= later
    engine.delete(run_id)


def test_a_run_that_no_worker_holds_is_loaded_for_the_question(tmp_path) -> None:
    first = LocalEngine("tests.fakes:CountingTrainer", limits=LIMITS, directory=tmp_path)
    run_id = trained(first, 12)
    first.shutdown()
    second = LocalEngine("tests.fakes:CountingTrainer", limits=LIMITS, directory=tmp_path)
    assert second.ask(run_id, Question("A")) == expected(12, "A")
    assert second.latest(run_id).state == "paused"
    second.shutdown()


@pytest.mark.parametrize(
    ("arm", "step", "words"),
    [("C", None, "model must be one of A, B, got 'C'"), ("A", 7, "step 7 has no checkpoint")],
)
def test_a_bad_question_is_refused_in_words_and_the_run_goes_on(
    engine: LocalEngine, arm: str, step: int | None, words: str
) -> None:
    run_id = trained(engine, 5)
    with pytest.raises(EngineError, match=words):
        engine.ask(run_id, Question(arm), step)
    engine.resume(run_id, Until("step", 8))
    engine.wait(run_id, lambda status: status.step == 8, TIMEOUT_S)


def test_nobody_answers_for_an_unknown_run(engine: LocalEngine) -> None:
    with pytest.raises(UnknownRun):
        engine.ask("nothing", Question("A"))


def test_a_question_that_kills_the_worker_is_answered_by_an_error_and_the_run_survives(
    engine: LocalEngine,
) -> None:
    run_id = trained(engine, 15)
    with pytest.raises(EngineError, match="gave no answer"):
        engine.ask(run_id, Question(DEADLY_ARM))
    assert engine.ask(run_id, Question("A")) == expected(15, "A")


def test_a_failed_run_that_is_loaded_for_a_question_stays_failed(tmp_path) -> None:
    first = LocalEngine("tests.fakes:CountingTrainer", limits=LIMITS, directory=tmp_path)
    run_id = trained(first, 12)
    first.set(run_id, {"learning_rate": DIVERGES_AT_RATE}, "B")
    first.resume(run_id)
    first.wait(run_id, lambda status: status.state == "failed", TIMEOUT_S)
    first.shutdown()
    second = LocalEngine("tests.fakes:CountingTrainer", limits=LIMITS, directory=tmp_path)
    try:
        before = second.latest(run_id)
        assert second.ask(run_id, Question("A")) == expected(12, "A")
        after = second.latest(run_id)
        assert (after.state, after.step, after.reason) == ("failed", 12, before.reason)
        assert (after.failure, after.failure.step) == (before.failure, 13)
        with pytest.raises(EngineError, match="rewind it to an earlier checkpoint"):
            second.resume(run_id)
        second.rewind(run_id, 0)
        second.resume(run_id, Until("step", 15))
        second.wait(run_id, lambda status: status.step == 15 and not_training(status), TIMEOUT_S)
    finally:
        second.shutdown()
