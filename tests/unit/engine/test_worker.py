"""The worker's loop without a process: an injected line, an injected clock, a counting trainer."""

from __future__ import annotations

import shutil
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moeviz.config import ArmConfig, RunConfig, ScheduledChange
from moeviz.data.packages import PackageError
from moeviz.data.sources import SOURCES
from moeviz.engine.messages import (
    Answer,
    Ask,
    Drop,
    Go,
    KnobChange,
    Load,
    Pause,
    Progress,
    Quit,
    Release,
    SetKnobs,
)
from moeviz.engine.protocol import Until
from moeviz.engine.worker import REPORT_EVERY_S, Worker
from moeviz.records import KnobMark, StepSnapshot
from moeviz.traces import Question
from tests.fakes import DIVERGES_AT_RATE, REFUSED_SEED, CountingTrainer, FakeClock

STEP_S = 1 / 128
"""Exact in binary, so that a burst always has four steps."""
CONFIG = RunConfig((ArmConfig.of("A", {}), ArmConfig.of("B", {"aux_coefficient": 0.0})))


class Line:
    """A connection whose other end is the test."""

    def __init__(self) -> None:
        self.requests: deque = deque()
        self.reports: list[Progress] = []
        self.waits: list[float | None] = []

    def poll(self, timeout: float | None = 0.0) -> bool:
        if not self.requests:
            self.waits.append(timeout)
        return bool(self.requests)

    def recv(self):
        return self.requests.popleft()

    def send(self, report: Progress) -> None:
        self.reports.append(report)

    def of(self, run_id: str) -> list[Progress]:
        return [report for report in self.reports if report.run_id == run_id]


class Bench:
    """A worker on a bench; each step of each run takes STEP_S on its clock.

    Its trainers answer a question in as many seconds as the question's arm says, with their step.
    """

    def __init__(self) -> None:
        self.clock, self.line = FakeClock(), Line()
        clock = self.clock

        class TimedTrainer(CountingTrainer):
            def step(self) -> dict[str, StepSnapshot]:
                clock.advance(STEP_S)
                return super().step()

            def answer(
                self, question: Question, model: CountingTrainer | None = None
            ) -> tuple[int, float]:
                clock.advance(float(question.arm))
                return self.step_count, 0.0

        self.worker = Worker(self.line, TimedTrainer, clock)

    def ask(self, *requests) -> Progress:
        """Send requests and take one turn; returns the last report."""
        self.line.requests.extend(requests)
        self.worker.turn()
        return self.line.reports[-1]

    def turns(self, count: int) -> None:
        for _ in range(count):
            self.worker.turn()

    def until_paused(self, run_id: str = "r") -> Progress:
        for _ in range(10_000):
            self.worker.turn()
            last = self.line.of(run_id)[-1]
            if last.state not in ("running", "recovering"):
                return last
        raise AssertionError("the run does not pause")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def load(run_id: str = "r", config: RunConfig = CONFIG, **more) -> Load:
    return Load(run_id, 1, 1, config, max_steps=1000, **more)


def columns(reports: list[Progress], arm: str, column: str) -> np.ndarray:
    return np.concatenate([r.records[arm][column] for r in reports if arm in r.records])


def uninterrupted(config: RunConfig, steps: int, changes=()) -> np.ndarray:
    """Cross-entropy of arm A, with knobs changed after the given steps."""
    trainer = CountingTrainer(config)
    losses = []
    for done in range(steps):
        for change in changes:
            if change.step == done:
                trainer.set(change.knobs, change.arm)
        losses.append(trainer.step()["A"].cross_entropy)
    return np.array(losses, dtype=np.float32)


def test_twenty_runs_get_equal_turns(bench: Bench) -> None:
    names = [f"run{i}" for i in range(20)]
    bench.ask(*[load(name, go=True) for name in names])
    bench.turns(20 * 30)
    for name in names:
        bench.line.requests.append(Pause(name, 2))
    bench.worker.turn()
    steps = [bench.line.of(name)[-1].step for name in names]
    assert min(steps) > 30
    assert max(steps) - min(steps) <= 4, "more than one burst apart"


def test_a_burst_lasts_about_thirty_milliseconds(bench: Bench) -> None:
    bench.ask(load(go=True))
    before = bench.clock()
    bench.turns(1)
    assert 0.03 <= bench.clock() - before < 0.03 + STEP_S


def test_a_step_longer_than_a_burst_is_still_made(bench: Bench) -> None:
    bench.ask(load("slow", go=True), load("other", go=True))
    bench.clock.advance(5.0)
    bench.turns(4)
    assert bench.ask(Pause("slow", 2)).step > 0


def test_knobs_set_before_a_step_are_in_force_in_that_step(bench: Bench) -> None:
    report = bench.ask(load(), SetKnobs("r", 2, {"aux_coefficient": 0.5}, "A"))
    assert report.obeyed == (KnobChange(0, {"aux_coefficient": 0.5}, "A"),)
    assert report.marks == (KnobMark(1, "A", {"aux_coefficient": 0.5}),)
    bench.ask(Go("r", 3, Until("step", 1)))
    report = bench.line.reports[-1]
    assert report.records["A"]["auxiliary_loss"][0] == np.float32(0.5)
    assert report.records["B"]["auxiliary_loss"][0] == 0.0


def test_setting_a_knob_to_its_present_value_makes_no_mark(bench: Bench) -> None:
    assert bench.ask(load(), SetKnobs("r", 2, {"top_k": 1}, None)).marks == ()


def test_a_scheduled_change_is_marked_at_its_step(bench: Bench) -> None:
    change = ScheduledChange(5, {"aux_coefficient": 0.25})
    config = RunConfig((ArmConfig.of("A", {}, (change,)),))
    bench.ask(load(config=config, go=True, until=Until("step", 6)))
    bench.until_paused()
    marks = [mark for report in bench.line.reports for mark in report.marks]
    assert marks == [KnobMark(5, "A", {"aux_coefficient": 0.25})]
    losses = columns(bench.line.reports, "A", "auxiliary_loss")
    assert losses[3] == np.float32(0.01)
    assert losses[4] == np.float32(0.25)


def test_a_paused_run_makes_no_step(bench: Bench) -> None:
    bench.ask(load(go=True))
    paused = bench.ask(Pause("r", 2, "enough"))
    assert (paused.state, paused.reason, paused.command) == ("paused", "enough", 2)
    bench.turns(5)
    assert bench.line.reports[-1] is paused


def test_a_worker_without_running_runs_waits_for_a_request(bench: Bench) -> None:
    bench.ask(load())
    bench.line.waits.clear()
    bench.turns(1)
    assert bench.line.waits == [None]


def test_a_worker_with_a_running_run_does_not_wait(bench: Bench) -> None:
    bench.ask(load(go=True))
    bench.line.waits.clear()
    bench.turns(1)
    assert bench.line.waits == [0.0]


def test_quit_ends_the_loop(bench: Bench) -> None:
    bench.line.requests.append(Quit())
    assert not bench.worker.turn()


def test_until_step_pauses_exactly_there(bench: Bench) -> None:
    bench.ask(load(go=True, until=Until("step", 50)))
    report = bench.until_paused()
    assert (report.state, report.step, report.reason) == ("paused", 50, "reached step 50")


def test_the_step_limit_finishes_a_run_and_go_does_not_pass_it(bench: Bench) -> None:
    bench.ask(Load("r", 1, 1, CONFIG, max_steps=10, go=True))
    report = bench.until_paused()
    assert (report.state, report.step) == ("finished", 10)
    assert bench.ask(Go("r", 2)).state == "finished"


def test_every_step_is_reported_once_and_in_order(bench: Bench) -> None:
    bench.ask(load(go=True, until=Until("step", 300)))
    bench.until_paused()
    assert columns(bench.line.reports, "A", "step").tolist() == list(range(1, 301))
    assert columns(bench.line.reports, "B", "step").tolist() == list(range(1, 301))


def test_reports_of_a_running_run_are_coalesced(bench: Bench) -> None:
    bench.ask(load(go=True))
    bench.line.reports.clear()
    started = bench.clock()
    bench.turns(100)
    periods = (bench.clock() - started) / REPORT_EVERY_S
    assert periods - 1 <= len(bench.line.reports) <= periods + 1


def test_a_press_is_reported_at_once_and_moves_no_other_report(bench: Bench) -> None:
    bench.ask(load(go=True))
    bench.turns(7)
    plain = Bench()
    plain.ask(load(go=True))
    plain.turns(7)
    told = len(bench.line.reports)
    bench.ask(SetKnobs("r", 2, {"aux_coefficient": 0.02}, "A"))
    assert len(bench.line.reports) == told + 1
    plain.turns(1)
    for each in (bench, plain):
        each.turns(50)
    without = [each.step for each in plain.line.reports]
    assert [each.step for each in bench.line.reports if each.step in without] == without


def test_tokens_per_second_count_the_time_of_the_other_runs(bench: Bench) -> None:
    names = ("r", "s", "t", "u")
    bench.ask(*[load(name, go=True) for name in names])
    bench.turns(400)
    rate = bench.line.of("r")[-1].tokens_per_s["A"]
    arm = CONFIG.arms[0]
    alone = arm.train.batch_size * arm.model.context_length / STEP_S
    assert rate == pytest.approx(alone / 4, rel=0.1)


def test_a_run_at_rest_has_no_rate(bench: Bench) -> None:
    bench.ask(load(go=True))
    bench.turns(20)
    assert bench.ask(Pause("r", 2)).tokens_per_s == {"A": 0.0, "B": 0.0}


def test_a_diverged_run_fails_with_its_history_and_the_others_go_on(bench: Bench) -> None:
    bench.ask(load("bad", go=True), load("good", go=True))
    bench.turns(6)
    bench.ask(SetKnobs("bad", 2, {"learning_rate": DIVERGES_AT_RATE}, "B"))
    bench.until_paused("bad")
    failed = bench.line.of("bad")[-1]
    assert failed.state == "failed"
    assert failed.failure is not None
    assert (failed.failure.arm, failed.failure.step) == ("B", failed.step + 1)
    assert "the loss is nan" in failed.reason
    assert columns(bench.line.of("bad"), "A", "step").tolist() == list(range(1, failed.step + 1))
    before = bench.line.of("good")[-1].step
    bench.turns(20)
    assert bench.line.of("good")[-1].step > before


def test_a_failed_run_stays_failed_whatever_is_asked(bench: Bench) -> None:
    config = RunConfig((ArmConfig.of("A", {"seed": REFUSED_SEED}),))
    assert "this seed brings bad luck" in bench.ask(load(config=config, go=True)).reason
    requests = (Pause("r", 2), SetKnobs("r", 3, {"top_k": 2}, None), Go("r", 4), Release("r", 5))
    for request in requests:
        report = bench.ask(request)
        assert report.state == "failed"
        assert "this seed brings bad luck" in report.reason


def test_a_forgotten_run_is_never_heard_of_again(bench: Bench) -> None:
    bench.ask(load(go=True))
    bench.ask(Drop("r"))
    bench.line.reports.clear()
    bench.turns(5)
    assert bench.line.reports == []


def test_checkpoints_are_kept_at_the_start_at_intervals_and_at_rest(
    bench: Bench, tmp_path: Path
) -> None:
    until = Until("step", 47)
    kept = {"directory": str(tmp_path), "checkpoint_every": 20, "checkpoint_bytes": 10**9}
    bench.ask(load(go=True, until=until, **kept))
    assert bench.until_paused().checkpoints == (0, 20, 40, 47)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{step}.safetensors" for step in (0, 20, 40, 47)
    }


def test_a_goal_may_ask_for_checkpoints_on_the_way_until_it_is_reached(
    bench: Bench, tmp_path: Path
) -> None:
    kept = {"directory": str(tmp_path), "checkpoint_every": 30, "checkpoint_bytes": 10**9}
    bench.ask(load(go=True, until=Until("step", 70, keep_every=20), **kept))
    assert bench.until_paused().checkpoints == (0, 20, 30, 40, 60, 70)
    bench.ask(Go("r", 2, Until("step", 100)))
    assert bench.until_paused().checkpoints == (0, 20, 30, 40, 60, 70, 90, 100)


def test_a_run_taken_up_from_a_checkpoint_goes_on_bitwise(bench: Bench, tmp_path: Path) -> None:
    changes = (KnobChange(20, {"top_k": 3}, None), KnobChange(33, {"learning_rate": 0.5}, "A"))
    kept = {"directory": str(tmp_path), "checkpoint_every": 20, "checkpoint_bytes": 10**9}
    bench.ask(load(go=True, until=Until("step", 20), **kept))
    bench.until_paused()
    again = Bench()
    again.ask(
        load(checkpoint=20, target=40, kept=(0, 20), changes=changes, go=True, **kept),
        Pause("r", 2),
        Go("r", 3, Until("step", 60)),
    )
    again.until_paused()
    losses = columns(again.line.reports, "A", "cross_entropy")
    np.testing.assert_array_equal(losses, uninterrupted(CONFIG, 60, changes)[20:])
    marks = [mark for report in again.line.reports for mark in report.marks if mark.arm == "A"]
    assert [mark.step for mark in marks] == [21, 34]


def test_without_a_checkpoint_a_run_is_repeated_from_its_beginning(bench: Bench) -> None:
    changes = (KnobChange(7, {"top_k": 3}, None),)
    bench.ask(load(target=30, changes=changes, go=False, reason="as before"))
    report = bench.until_paused()
    assert (report.state, report.step, report.reason) == ("paused", 30, "as before")
    losses = columns(bench.line.reports, "A", "cross_entropy")
    np.testing.assert_array_equal(losses, uninterrupted(CONFIG, 30, changes))


def test_a_run_that_is_to_go_on_while_it_repeats_steps_forgets_why_it_was_to_rest(
    bench: Bench,
) -> None:
    rests = bench.ask(load(target=30, go=True), Pause("r", 2, "its page was closed"))
    assert (rests.state, rests.reason) == ("recovering", "its page was closed")
    goes_on = bench.ask(Go("r", 3, None))
    assert (goes_on.state, goes_on.reason) == ("recovering", "")


def test_knobs_set_while_earlier_steps_are_repeated_take_effect_after_them(bench: Bench) -> None:
    bench.ask(load(target=30), SetKnobs("r", 2, {"top_k": 3}, None))
    bench.until_paused()
    obeyed = [change for report in bench.line.reports for change in report.obeyed]
    assert obeyed == [KnobChange(30, {"top_k": 3}, None)]
    losses = columns(bench.line.reports, "A", "cross_entropy")
    np.testing.assert_array_equal(losses, uninterrupted(CONFIG, 30))


def test_no_checkpoint_is_kept_that_already_has_the_next_steps_knobs(
    bench: Bench, tmp_path: Path
) -> None:
    kept = {"directory": str(tmp_path), "checkpoint_bytes": 10**9}
    bench.ask(load(target=20, changes=(KnobChange(20, {"top_k": 3}, None),), **kept))
    assert bench.until_paused().step == 20
    assert bench.ask(Release("r", 2)).checkpoints == (0,)


def test_a_disk_that_refuses_a_checkpoint_does_not_stop_the_run(
    bench: Bench, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    bench.ask(load(directory=str(gone), checkpoint_every=20, checkpoint_bytes=10**9))
    shutil.rmtree(gone)
    bench.ask(Go("r", 2, Until("step", 30)))
    report = bench.until_paused()
    assert (report.step, report.checkpoints) == (30, (0,))
    assert "could not be written: No such file or directory" in report.notice
    gone.mkdir()
    bench.ask(Go("r", 3, Until("step", 45)))
    report = bench.until_paused()
    assert (report.notice, report.checkpoints) == ("", (0, 40, 45))


def test_losses_before_the_checkpoint_count_for_an_until_condition(bench: Bench) -> None:
    recent = {"A": (5.0,) * 20, "B": (9.0,) * 20}
    bench.ask(load(recent_losses=recent, go=True, until=Until("loss", 5.5)))
    assert bench.until_paused().step == 1


def test_repeated_steps_count_for_an_until_condition(bench: Bench) -> None:
    until = Until("loss", float(np.mean(uninterrupted(CONFIG, 35)[15:])))
    bench.ask(load(go=True, until=until))
    again = Bench()
    again.ask(load(target=30, go=True, until=until))
    assert bench.until_paused().step == again.until_paused().step == 35


def questions(count: int, seconds: float, run_id: str = "r") -> list[Ask]:
    return [Ask(run_id, ticket, Question(str(seconds)), None) for ticket in range(count)]


def answers(bench: Bench) -> list[Answer]:
    return [report for report in bench.line.reports if isinstance(report, Answer)]


class ReadingTrainer(CountingTrainer):
    """Notes which kept steps are read, and answers as the counting trainer does."""

    read: list[tuple[int, str]]

    def kept_model(self, state: bytes, arm: str) -> CountingTrainer:
        kept = super().kept_model(state, arm)
        self.read.append((kept.step_count, arm))
        return kept


def test_the_kept_model_asked_last_is_read_once(tmp_path: Path) -> None:
    bench = Bench()
    bench.worker = Worker(bench.line, ReadingTrainer, bench.clock)
    ReadingTrainer.read = []
    request = load(checkpoint_every=10, directory=str(tmp_path), checkpoint_bytes=2**20)
    bench.ask(request, Go("r", 2, Until("step", 25)))
    bench.until_paused()
    asked = [(10, "A"), (10, "A"), (10, "B"), (20, "B"), (20, "B"), (10, "A")]
    bench.line.reports.clear()
    bench.ask(*(Ask("r", i, Question(arm), step) for i, (step, arm) in enumerate(asked)))
    trainers = {step: CountingTrainer(CONFIG) for step in (10, 20)}
    for step, trainer in trainers.items():
        for _ in range(step):
            trainer.step()
    values = [answer.value for answer in answers(bench)]
    assert values == [trainers[step].answer(Question(arm)) for step, arm in asked]
    assert ReadingTrainer.read == [(10, "A"), (10, "B"), (20, "B"), (10, "A")]
    bench.ask(Go("r", 3, Until("step", 60)))
    bench.until_paused()
    bench.line.reports.clear()
    bench.ask(Ask("r", 9, Question("A"), 10))
    assert answers(bench)[0].value == values[0], "later steps do not change what was kept"
    assert len(ReadingTrainer.read) == 4


def test_a_run_taken_up_anew_reads_its_kept_models_anew(tmp_path: Path) -> None:
    """As after a rewind: the same step may then be another model."""
    bench = Bench()
    bench.worker = Worker(bench.line, ReadingTrainer, bench.clock)
    ReadingTrainer.read = []
    request = load(checkpoint_every=10, directory=str(tmp_path), checkpoint_bytes=2**20)
    bench.ask(request, Go("r", 2, Until("step", 25)))
    bench.until_paused()
    bench.ask(Ask("r", 0, Question("A"), 20))
    changed = replace(request, epoch=2, checkpoint=10, kept=(0, 10))
    bench.ask(changed, SetKnobs("r", 3, {"top_k": 2}, None), Go("r", 4, Until("step", 25)))
    bench.until_paused()
    bench.line.reports.clear()
    bench.ask(Ask("r", 1, Question("A"), 20))
    trainer = CountingTrainer(CONFIG)
    for step in range(20):
        if step == 10:
            trainer.set({"top_k": 2})
        trainer.step()
    assert answers(bench)[0].value == trainer.answer(Question("A"))
    assert ReadingTrainer.read == [(20, "A")] * 2


def test_training_goes_on_between_answers_that_take_long(bench: Bench) -> None:
    bench.ask(load("r", go=True), load("other", go=True))
    bench.line.reports.clear()
    bench.line.requests.extend(questions(6, 1.0))
    for turn in range(1, 7):
        bench.turns(1)
        assert len(answers(bench)) == turn
    assert [answer.ticket for answer in answers(bench)] == list(range(6))
    steps = [answer.value[0] for answer in answers(bench)]
    assert steps[0] < steps[2] < steps[4], "every other turn is this run's"
    assert bench.line.of("other")[-1].step >= 3 * 4


def test_as_many_answers_as_fit_a_burst_are_given_in_a_turn(bench: Bench) -> None:
    bench.ask(load(go=True))
    bench.line.reports.clear()
    bench.line.requests.extend(questions(10, STEP_S))
    counts = []
    for _ in range(3):
        bench.turns(1)
        counts.append(len(answers(bench)))
    assert counts == [4, 8, 10]


def test_other_requests_do_not_wait_for_answers(bench: Bench) -> None:
    bench.ask(load(go=True))
    bench.line.reports.clear()
    bench.ask(*questions(3, 1.0), Pause("r", 2))
    first, second = bench.line.reports
    assert (first.state, first.command) == ("paused", 2)
    assert second.ticket == 0


def test_a_resting_worker_answers_all_before_it_waits(bench: Bench) -> None:
    bench.ask(load())
    bench.line.waits.clear()
    bench.line.requests.extend(questions(3, 1.0))
    bench.turns(4)
    assert len(answers(bench)) == 3
    assert bench.line.waits == [0.0, 0.0, 0.0, None]


def test_a_question_to_a_run_that_has_gone_meanwhile_is_refused(bench: Bench) -> None:
    bench.ask(load())
    bench.ask(*questions(2, 1.0), Release("r", 2))
    bench.turns(1)
    assert [answer.refusal for answer in answers(bench)] == [
        "the run is no longer loaded; ask again"
    ] * 2


def test_a_run_without_its_training_text_fails_with_the_packages_name_and_no_traceback(capfd):
    package = SOURCES["french"].packages[0]

    def without_text(config: RunConfig) -> CountingTrainer:
        raise PackageError(package, "4.0")

    line = Line()
    line.requests.append(load(go=True))
    Worker(line, without_text, FakeClock()).turn()
    (report,) = line.reports
    assert report.state == "failed"
    assert report.reason == f"failed at step 0: {PackageError(package, '4.0')}"
    assert f"needs the package {package.name}=={package.version}, found 4.0." in report.reason
    assert "Traceback" not in capfd.readouterr().err
