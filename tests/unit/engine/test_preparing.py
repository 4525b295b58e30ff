"""Prepared runs are bounded, an owner's and the server's, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moeviz.accounting.lab_model import total_parameters
from moeviz.config import ArmConfig, ConfigError, RunConfig
from moeviz.engine.housekeeping import FREE_S, WATCH_S
from moeviz.engine.limits import Limits
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import LimitReached, UnknownRun, Until
from tests.fakes import FakeClock

CONFIG = RunConfig((ArmConfig.of("A", {}),))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def made(tmp_path: Path, clock: FakeClock) -> Iterator[Callable[..., LocalEngine]]:
    engines: list[LocalEngine] = []

    def make(**limits: int) -> LocalEngine:
        engines.append(
            LocalEngine(
                "tests.fakes:CountingTrainer",
                limits=Limits(workers=1, **limits),
                directory=tmp_path,
                clock=clock,
                housekeeping=False,
            )
        )
        return engines[-1]

    yield make
    for each in engines:
        each.shutdown()


def prepared(engine: LocalEngine, clock: FakeClock, owner: str, count: int) -> list[str]:
    """So many runs, one a second."""
    runs = []
    for _ in range(count):
        clock.advance(1)
        runs.append(engine.prepare(CONFIG, owner))
    return runs


def known(engine: LocalEngine, runs: list[str]) -> list[str]:
    """Those of the runs that there are; nobody watches them by that."""
    found = []
    for run_id in runs:
        try:
            engine.latest(run_id, watching=False)
        except UnknownRun:
            continue
        found.append(run_id)
    return found


def test_an_owners_runs_make_room_once_no_page_shows_them(made, clock) -> None:
    engine = made(prepared_runs_per_owner=3)
    others = prepared(engine, clock, "another", 3)
    first, second, third = mine = prepared(engine, clock, "me", 3)
    words = "4 runs would wait.*This server allows 3 prepared runs per browser"
    with pytest.raises(LimitReached, match=words):
        engine.prepare(CONFIG, "me")
    assert known(engine, mine) == mine
    engine.close(second)
    (fourth,) = prepared(engine, clock, "me", 1)
    assert known(engine, [*mine, fourth]) == [first, third, fourth]
    clock.advance(WATCH_S - 2)
    engine.latest(third)
    (fifth,) = prepared(engine, clock, "me", 1)
    assert known(engine, [*mine, fourth, fifth]) == [third, fourth, fifth]
    assert known(engine, others) == others


def test_tabs_at_the_limit_do_not_take_each_others_runs(made, clock) -> None:
    engine = made(prepared_runs_per_owner=2)
    shown = prepared(engine, clock, "me", 2)
    for _ in range(50):
        clock.advance(WATCH_S / 3)
        for run_id in shown:
            engine.latest(run_id)
        with pytest.raises(LimitReached):
            engine.prepare(CONFIG, "me")
    assert known(engine, shown) == shown


def test_a_run_that_has_begun_is_not_counted_nor_forgotten(made, clock) -> None:
    engine = made(prepared_runs_per_owner=1, prepared_runs=1)
    (begun,) = prepared(engine, clock, "me", 1)
    engine.step(begun)
    engine.start(CONFIG, "me", paused=True)
    (left,) = prepared(engine, clock, "me", 1)
    engine.close(left)
    (shown,) = prepared(engine, clock, "me", 1)
    assert known(engine, [begun, left, shown]) == [begun, shown]


def test_a_prepared_run_takes_another_model_in_place(made, clock) -> None:
    engine = made(prepared_runs_per_owner=2)
    other, run_id = prepared(engine, clock, "me", 2)
    engine.set(run_id, {"top_k": 2})
    told: list[str] = []
    engine.listen(told.append)
    for ticket, experts in enumerate(range(4, 12), 2):  # the first one was that of `set`
        assert engine.renew(run_id, {"n_experts": experts}) == (run_id, ticket)
    assert told == [run_id] * 8
    assert known(engine, [other, run_id]) == [other, run_id]
    (arm,) = engine.latest(run_id).config.arms
    assert (arm.model.n_experts, arm.routing.top_k) == (11, 2)
    assert engine.latest(other).config == CONFIG
    engine.resume(run_id, Until("step", 2))
    status = engine.wait(run_id, lambda status: status.step == 2, 30)
    assert status.started == RunConfig((arm,))


def test_a_model_that_a_prepared_run_may_not_have_is_refused_and_changes_nothing(made, clock):
    small = RunConfig((ArmConfig.of("A", {"d_model": 16, "d_expert": 16}),))
    engine = made(max_parameters_per_arm=total_parameters(small.arms[0].model))
    run_id = engine.prepare(small, "me")
    with pytest.raises(LimitReached, match="parameters per model"):
        engine.renew(run_id, {"n_experts": 64})
    with pytest.raises(ConfigError, match="n_experts"):
        engine.renew(run_id, {"n_experts": 65})
    assert engine.latest(run_id).config == small


def test_a_run_that_is_more_than_prepared_is_left_for_a_new_one(made, clock) -> None:
    engine = made()
    run_id = engine.start(CONFIG, "me", paused=True)
    renewed, ticket = engine.renew(run_id, {"n_experts": 4})
    assert (renewed != run_id, ticket) == (True, 0)
    assert engine.latest(run_id).config == CONFIG
    assert engine.latest(renewed).prepared


def test_the_server_forgets_for_others_only_what_no_page_shows(made, clock) -> None:
    engine = made(prepared_runs=4)
    shown, left, *more = (prepared(engine, clock, f"owner {n}", 1)[0] for n in range(4))
    words = "5 runs would wait.*allows 4 prepared runs in total. Try again in a minute."
    with pytest.raises(LimitReached, match=words):
        engine.prepare(CONFIG, "one more")
    assert known(engine, [shown, left, *more]) == [shown, left, *more]
    clock.advance(WATCH_S)
    for run_id in (shown, *more):
        engine.latest(run_id)
    (new,) = prepared(engine, clock, "one more", 1)
    assert known(engine, [shown, left, *more, new]) == [shown, *more, new]
    with pytest.raises(LimitReached):
        engine.prepare(CONFIG, "yet another")


def test_who_watches_a_run_that_is_forgotten_is_told(made, clock) -> None:
    engine = made(prepared_runs_per_owner=1)
    (first,) = prepared(engine, clock, "me", 1)
    told: list[str] = []
    engine.listen(told.append)
    engine.close(first)
    prepared(engine, clock, "me", 1)
    assert told == [first]


def test_a_run_whose_page_was_closed_waits_for_it_to_come_back(made, clock) -> None:
    engine = made()
    (run_id,) = prepared(engine, clock, "me", 1)
    engine.renew(run_id, {"n_experts": 12})
    engine.close(run_id)
    for _ in range(10):
        clock.advance(60)
        engine.housekeep()
    (arm,) = engine.latest(run_id).config.arms
    assert arm.model.n_experts == 12
    clock.advance(FREE_S - 1)
    engine.housekeep()
    assert known(engine, [run_id]) == [run_id]


def test_a_run_that_is_unseen_for_long_is_forgotten_and_who_watches_it_is_told(made, clock) -> None:
    engine = made()
    (left,) = prepared(engine, clock, "me", 1)
    clock.advance(FREE_S / 2)
    (later,) = prepared(engine, clock, "me", 1)
    told: list[str] = []
    engine.listen(told.append)
    clock.advance(FREE_S / 2)
    engine.housekeep()
    assert told == [left]
    assert known(engine, [left, later]) == [later]


def test_what_is_refused_for_itself_makes_no_room(made, clock) -> None:
    engine = made(prepared_runs_per_owner=1, max_tokens_per_step=1024)
    (first,) = prepared(engine, clock, "me", 1)
    with pytest.raises(LimitReached, match="tokens per step"):
        engine.prepare(RunConfig((ArmConfig.of("A", {"batch_size": 32}),)), "me")
    assert known(engine, [first]) == [first]
