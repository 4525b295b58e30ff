"""A run as the web process knows it, without any worker."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from moeviz.analysis.verdict import standing
from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.limits import Limits
from moeviz.engine.messages import KnobChange, Progress
from moeviz.engine.recovery import RESTART_SHOWN_STEPS
from moeviz.engine.run import Run
from moeviz.engine.saved import SavedRun
from moeviz.records import KnobMark, RunHistory
from tests.fakes import CountingTrainer

CONFIG = RunConfig((ArmConfig.of("A", {}),))


def history(first: int, last: int) -> dict[str, RunHistory]:
    trainer = CountingTrainer(CONFIG)
    steps = [trainer.step()["A"] for _ in range(last)]
    return {"A": RunHistory.of(steps[first - 1 :])}


def at_step(step: int, **more) -> Run:
    records = history(1, step) if step else {}
    return Run(SavedRun("r" * 22, "me", 0.0, CONFIG, "paused", step, histories=records, **more))


def progress(run: Run, epoch: int, first: int, last: int, **more) -> Progress:
    told = {
        "run_id": run.run_id,
        "epoch": epoch,
        "command": run.command,
        "state": "running",
        "step": last,
        "reason": "",
        "records": history(first, last),
        "marks": (),
        "obeyed": (),
        "checkpoints": (),
        "tokens_per_s": {"A": 1.0},
        "failure": None,
        "notice": "",
    }
    return Progress(**{**told, **more})


def test_reports_from_before_a_rewind_are_void() -> None:
    run = at_step(0)
    epoch = run.load("", Limits()).epoch
    run.apply(progress(run, epoch, 1, 30))
    run.rewind(0)
    run.apply(progress(run, epoch, 31, 40))
    assert (run.step, run.state, len(run.history()["A"])) == (0, "paused", 0)


def test_a_report_that_crossed_a_request_does_not_set_the_state_back() -> None:
    run = at_step(10)
    epoch = run.load("", Limits()).epoch
    crossing = progress(run, epoch, 1, 2, state="paused", reason="reached step 2")
    run.train(None)
    run.next_command()
    run.apply(crossing)
    assert (run.state, run.reason, run.wanted) == ("running", "", True)


def test_a_run_is_taken_up_from_its_newest_checkpoint_with_what_came_after() -> None:
    changes = tuple(KnobChange(step, {"top_k": 1 + step % 2}, None) for step in (10, 40, 55))
    marks = tuple(KnobMark(change.step + 1, "A", change.knobs) for change in changes)
    run = at_step(60, changes=changes, marks=marks, checkpoints=(0, 20, 40))
    losses = run.history()["A"]["cross_entropy"]
    load = run.load("somewhere", Limits())
    assert (load.checkpoint, load.target, load.changes) == (40, 60, changes)
    np.testing.assert_array_equal(load.recent_losses["A"], losses[20:40])
    assert load.verdicts["A"] == standing(run.history()["A"]).layers
    assert (run.step, run.revision) == (40, 1)
    assert run.status().marks == marks[:1]


@pytest.mark.parametrize(("back_to", "left"), [(40, 1), (41, 2), (55, 2), (60, 3)])
def test_going_back_forgets_changes_made_at_that_step_or_later(back_to: int, left: int) -> None:
    changes = tuple(KnobChange(step, {"top_k": 2 + step % 2}, None) for step in (10, 40, 55, 60))
    marks = tuple(KnobMark(change.step + 1, "A", change.knobs) for change in changes)
    run = at_step(60, changes=changes, marks=marks, checkpoints=(0, 40, 41, 55, 60))
    run.ask(KnobChange(60, {"top_k": 8}, None))
    run.rewind(back_to)
    saved = run.saved()
    assert (saved.changes, saved.marks) == (changes[:left], marks[:left])
    assert run.knobs.pending == ()
    assert run.config == CONFIG.with_knobs(changes[left - 1].knobs)
    assert run.status().revision == 1


def test_going_back_to_the_present_step_without_a_change_since_keeps_all() -> None:
    change, mark = KnobChange(10, {"top_k": 2}, None), KnobMark(11, "A", {"top_k": 2})
    run = at_step(60, changes=(change,), marks=(mark,), checkpoints=(0, 60))
    run.rewind(60)
    assert (run.saved().changes, run.saved().marks) == ((change,), (mark,))
    assert (len(run.history()["A"]), run.revision) == (60, 0)


def test_a_change_at_the_checkpoint_that_a_worker_starts_from_is_marked_once() -> None:
    change, mark = KnobChange(60, {"top_k": 2}, None), KnobMark(61, "A", {"top_k": 2})
    run = at_step(60, changes=(change,), marks=(mark,), checkpoints=(0, 60))
    load = run.load("somewhere", Limits())
    assert (load.checkpoint, load.changes, run.status().marks) == (60, (change,), ())
    assert run.config == CONFIG.with_knobs(change.knobs), "the next step uses it all the same"
    assert Run(run.saved()).config == run.config
    run.apply(progress(run, load.epoch, 61, 60, records={}, marks=(mark,)))
    assert (run.status().marks, run.saved().changes) == ((mark,), (change,))
    assert (run.config, run.revision) == (CONFIG.with_knobs(change.knobs), 1)


def test_a_run_that_gets_further_between_deaths_is_not_given_up() -> None:
    run = at_step(0)
    assert [run.recovery.blame(run.step) for _ in range(2)] == [1, 2]
    epoch = run.load("", Limits()).epoch
    run.apply(progress(run, epoch, 1, 5))
    assert [run.recovery.blame(run.step) for _ in range(2)] == [1, 2]


def test_a_late_report_of_a_run_that_was_read_again_since_changes_nothing() -> None:
    forgotten = at_step(0)
    late = progress(forgotten, forgotten.load("", Limits()).epoch, 1, 30)
    restored = Run(forgotten.saved())
    restored.apply(late)
    restored.load("", Limits())
    restored.apply(late)
    assert (restored.step, len(restored.history()["A"])) == (0, 0)


def test_a_restart_is_told_until_the_run_has_trained_well_past_where_it_stood() -> None:
    run = at_step(30, checkpoints=(0, 20))
    epoch = run.load("", Limits()).epoch
    run.recovery.note_restart(30, run.step)
    last = 30 + RESTART_SHOWN_STEPS
    words = "the worker was restarted at step 30; resumed from step 20"
    for first, step, told in ((21, 30, True), (31, last - 1, True), (last, last, False)):
        run.apply(progress(run, epoch, first, step))
        assert (run.status().notice == words) == told


def test_a_trouble_that_lasts_outlives_the_news_of_a_restart() -> None:
    run = at_step(30, checkpoints=(0, 20))
    run.unsaved = "this run cannot be saved: No space left on device"
    run.recovery.note_restart(30, run.step)
    assert "resumed from step 30; this run cannot be saved" in run.status().notice
    run.recovery.acted_on()
    assert run.status().notice == run.unsaved


def test_a_trouble_of_the_worker_is_told_until_the_worker_is_over_it() -> None:
    run = at_step(30, checkpoints=(0, 20))
    epoch = run.load("", Limits()).epoch
    for step, trouble in ((21, ""), (22, "the disk is full"), (23, "the disk is full"), (24, "")):
        run.apply(progress(run, epoch, step, step, notice=trouble))
        assert run.status().notice == trouble


def test_going_back_forgets_that_a_worker_was_restarted() -> None:
    run = at_step(30, checkpoints=(0, 20))
    run.recovery.note_restart(30, run.step)
    run.rewind(20)
    assert run.status().notice == ""


def test_a_run_that_is_to_rest_may_take_a_step_until_its_worker_has_obeyed() -> None:
    run = at_step(10)
    run.process = SimpleNamespace(ready=True)
    epoch = run.load("", Limits()).epoch
    run.apply(progress(run, epoch, 1, 11))
    run.next_command()
    run.rest("")
    assert (run.status().state, run.status().obeyed) == ("paused", False)
    run.process, gone = None, run.process
    assert run.status().obeyed, "nothing is to be expected without a worker"
    run.process = gone
    run.apply(progress(run, epoch, 12, 12, state="paused"))
    assert (run.status().step, run.status().obeyed) == (12, True)


HELD = SimpleNamespace(ready=True)
"""A worker, as far as a run knows one."""


def lost_at_60(**more) -> tuple[Run, int]:
    """A run that stood at step 60 and is taken up from step 40; and the epoch of that."""
    run = at_step(60, checkpoints=(0, 20, 40), **more)
    run.process = HELD
    run.train(None)
    epoch = run.load("somewhere", Limits()).epoch
    run.recovery.note_restart(60, run.step)
    return run, epoch


REPEATED = "the worker stopped; a new one repeats the steps up to 60, then "


def test_a_run_that_is_told_to_pause_while_steps_are_repeated_says_so_until_it_does() -> None:
    run, epoch = lost_at_60()
    status = run.status()
    assert (status.state, status.trains, status.step) == ("recovering", True, 40)
    assert status.reason == REPEATED + "training continues"
    run.next_command()
    run.rest("")
    assert (run.status().state, run.status().trains) == ("recovering", False)
    assert run.status().reason == REPEATED + "the run pauses"
    assert not run.status().obeyed, "its step changes yet"
    run.apply(progress(run, epoch, 41, 50, state="recovering"))
    assert (run.status().state, run.status().reason) == ("recovering", REPEATED + "the run pauses")
    run.apply(progress(run, epoch, 51, 60, state="paused"))
    status = run.status()
    assert (status.state, status.step, status.reason, status.obeyed) == ("paused", 60, "", True)


def test_a_run_that_comes_from_disk_repeats_its_steps_without_talk_of_a_worker_that_stopped():
    run = at_step(60, checkpoints=(0, 40))
    run.process = HELD
    run.load("somewhere", Limits())
    assert run.status().reason == "a worker repeats the steps up to 60, then the run pauses"


def test_knobs_that_are_turned_meanwhile_are_said_to_wait_and_show_at_once() -> None:
    run, _ = lost_at_60()
    run.ask(KnobChange(run.stands, {"top_k": 4}, None))
    assert run.status().reason.endswith("; new knob values apply from step 61")
    assert run.status().config == CONFIG.with_knobs({"top_k": 4})


def test_knobs_that_wait_for_a_worker_to_get_ready_are_said_to() -> None:
    run = at_step(60, checkpoints=(0, 60))
    run.process = SimpleNamespace(ready=False)
    run.load("somewhere", Limits())
    assert run.status().notice == ""
    run.ask(KnobChange(60, {"top_k": 4}, None))
    assert run.status().notice == "a worker is starting; then it applies the new knob values"


def test_knobs_that_came_after_the_checkpoint_show_while_its_steps_are_repeated() -> None:
    change, mark = KnobChange(50, {"top_k": 2}, None), KnobMark(51, "A", {"top_k": 2})
    run, epoch = lost_at_60(changes=(change,), marks=(mark,))
    assert run.config == CONFIG.with_knobs({"top_k": 2})
    run.apply(progress(run, epoch, 41, 45, state="recovering"))
    assert run.config == CONFIG.with_knobs({"top_k": 2})
    run.apply(progress(run, epoch, 46, 60, marks=(mark,)))
    assert run.config == CONFIG.with_knobs({"top_k": 2})
    run.rewind(40)
    assert run.config == CONFIG


def test_a_second_death_while_steps_are_repeated_loses_none_of_them() -> None:
    change, mark = KnobChange(50, {"top_k": 2}, None), KnobMark(51, "A", {"top_k": 2})
    run, epoch = lost_at_60(changes=(change,), marks=(mark,))
    run.apply(progress(run, epoch, 41, 45, state="recovering", checkpoints=(0, 20, 40)))
    again = run.load("somewhere", Limits())
    assert (again.checkpoint, again.target, again.changes) == (40, 60, (change,))
    assert run.config == CONFIG.with_knobs({"top_k": 2})
    run.rewind(40)
    assert run.load("somewhere", Limits()).target == 40, "what was left is not owed"


def test_a_run_has_begun_once_it_was_asked_for_a_step_and_stays_so() -> None:
    run = at_step(0)
    assert not run.status().begun
    run.train(None)
    run.rest("")
    assert run.status().begun
    assert Run(run.saved()).status().begun
    assert Run(run.saved().forked("f" * 22, "me", 0.0, 0)).status().begun
    run.rewind(0)
    assert run.status().begun
