"""Who may control a run: remembered with it, bounded, and not passed on to its forks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.controllers import MAX_CONTROLLERS
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import UnknownRun

CONFIG = RunConfig((ArmConfig.of("A", {}),))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[[], LocalEngine]]:
    """Makes an engine on one folder, again after it was shut down."""
    engines: list[LocalEngine] = []

    def make() -> LocalEngine:
        engines.append(LocalEngine("tests.fakes:CountingTrainer", directory=tmp_path))
        return engines[-1]

    yield make
    engines[-1].shutdown()


@pytest.fixture
def engine(made: Callable[[], LocalEngine]) -> LocalEngine:
    return made()


def test_the_owner_controls_a_run_and_a_browser_once_it_was_let(engine: LocalEngine) -> None:
    run_id = engine.prepare(CONFIG, "me")
    assert engine.may_control(run_id, "me")
    assert not engine.may_control(run_id, "phone")
    engine.let_control(run_id, "phone")
    assert engine.may_control(run_id, "phone")
    assert engine.may_control(run_id, "me")
    assert not engine.may_control(run_id, "stranger")
    assert not engine.may_control(engine.prepare(CONFIG, "me"), "phone")


def test_it_is_in_nobodys_list_but_its_owners(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me", paused=True)
    engine.let_control(run_id, "phone")
    assert engine.runs("phone") == []
    assert [each.run_id for each in engine.runs("me")] == [run_id]


def test_what_was_let_before_a_run_began_holds_after_a_restart(made) -> None:
    first = made()
    run_id = first.prepare(CONFIG, "me")
    first.let_control(run_id, "early")
    first.step(run_id)
    first.let_control(run_id, "late")
    first.shutdown()
    second = made()
    assert [second.may_control(run_id, who) for who in ("early", "late", "other")] == [
        True,
        True,
        False,
    ]


def test_a_run_that_was_saved_before_anybody_could_be_let_is_read(made, tmp_path: Path) -> None:
    first = made()
    run_id = first.start(CONFIG, "me", paused=True)
    first.shutdown()
    path = tmp_path / "runs" / run_id / "status.json"
    status = json.loads(path.read_text())
    del status["controllers"]
    path.write_text(json.dumps(status))
    second = made()
    assert second.may_control(run_id, "me")
    assert not second.may_control(run_id, "phone")


def test_a_fork_is_a_run_of_its_own(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me", paused=True)
    engine.let_control(run_id, "phone")
    for new in (engine.fork(run_id, 0), engine.renew(run_id, {"n_experts": 4})[0]):
        assert not engine.may_control(new, "phone")
        assert engine.may_control(new, "me")


def test_the_browsers_that_were_let_last_are_remembered(engine: LocalEngine) -> None:
    run_id = engine.prepare(CONFIG, "me")
    for number in range(MAX_CONTROLLERS):
        engine.let_control(run_id, f"browser {number}")
    engine.let_control(run_id, "browser 0")
    engine.let_control(run_id, "me")
    assert engine.may_control(run_id, "browser 1")
    engine.let_control(run_id, "one more")
    assert not engine.may_control(run_id, "browser 1")
    assert engine.may_control(run_id, "browser 0"), "it was let again since"
    assert engine.may_control(run_id, "one more")
    assert engine.may_control(run_id, "me")


def test_there_is_no_right_to_a_run_that_there_is_not(engine: LocalEngine) -> None:
    for ask in (engine.let_control, engine.may_control):
        with pytest.raises(UnknownRun):
            ask("A" * 22, "me")
