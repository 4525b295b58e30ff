"""A saved run that cannot be read is listed with the reason, can be deleted and stops nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import EngineError, UnknownRun, UnreadableRun
from moeviz.engine.store import RunStore, new_run_id
from tests.unit.engine.test_store import saved

SAVED = Path(__file__).parents[2] / "fixtures" / "earlier_run"
DAY_S = 86_400.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[[], LocalEngine]]:
    """Starts the server of the runs in `tmp_path`."""
    started = []

    def start() -> LocalEngine:
        trainer = "tests.fakes:CountingTrainer"
        started.append(LocalEngine(trainer, directory=tmp_path, housekeeping=False))
        return started[-1]

    yield start
    for each in started:
        each.shutdown()


def kept(tmp_path: Path) -> Path:
    """The directory of a run that "me" has saved."""
    run = saved(origin=None)
    RunStore(tmp_path).save(run)
    return tmp_path / "runs" / run.run_id


def rewritten(file: Path, change: Callable[[Any], Any]) -> None:
    content = json.loads(file.read_bytes())
    change(content)
    file.write_text(json.dumps(content))


def the_one(engine: LocalEngine, owner: str = "me") -> UnreadableRun:
    assert engine.runs(owner) == []
    (found,) = engine.unreadable(owner)
    return found


@pytest.mark.parametrize("file", ["config.json", "history.npz", "status.json"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1]",
        b'{"owner": "me", "cre',
        b"PK\x03\x04",
        b"\xff",
        b'{"owner": "me", "a": ' + b"[" * 10**5,
    ],
    ids=lambda content: content[:20],
)
def test_a_damaged_file_is_named(engine, tmp_path: Path, file: str, content: bytes) -> None:
    run = kept(tmp_path)
    os.utime(run, (7 * DAY_S, 7 * DAY_S))
    (run / file).write_bytes(content)
    why = f"The file {file} is damaged."
    assert the_one(engine()) == UnreadableRun(run.name, 7 * DAY_S, why, owned=True)
    assert engine().unreadable("other") == []


@pytest.mark.parametrize("file", ["config.json", "history.npz", "status.json"])
def test_a_missing_file_is_named(engine, tmp_path: Path, file: str) -> None:
    run = kept(tmp_path)
    (run / file).unlink()
    assert the_one(engine()).why == f"The file {file} is missing."
    (run / file).mkdir()
    assert the_one(engine()).why == f"The file {file} cannot be read: Is a directory."


UNKNOWN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a knob of the run": (
        lambda run: run["arms"][0]["knobs"].update({"<b>": 1}),
        "This version has no knob '<b>'.",
    ),
    "its balancer": (
        lambda run: run["arms"][1]["knobs"].update(balancer="ema"),
        "This version refuses one of its knobs: Balancing must be one of none, ",
    ),
    "its router": (
        lambda run: run["arms"][0]["knobs"].update(router="hash"),
        "This version refuses one of its knobs: Router must be one of softmax_topk, ",
    ),
    "a scheduled balancer": (
        lambda run: run["arms"][0]["schedule"][0]["knobs"].update(balancer="ema"),
        "This version refuses one of its knobs: Balancing must be one of none, ",
    ),
    "a value": (
        lambda run: run["arms"][0]["knobs"].update(n_experts=-1),
        "This version refuses one of its knobs: Experts",
    ),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_this_version_does_not_know_is_named(engine, tmp_path: Path, what: str) -> None:
    run = kept(tmp_path)
    change, why = UNKNOWN[what]
    rewritten(run / "config.json", lambda started: change(started["config"]))
    said = the_one(engine())
    assert said.why.startswith(why)
    assert said.why.endswith(".")
    assert said.owned


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda status: status.update(state="dreaming"), "The file status.json is damaged."),
        (
            lambda status: status["last_cross_entropy"].update(dense=None),
            "The file status.json is damaged.",
        ),
        (
            lambda status: status["marks"][0]["knobs"].update(unheard_of=1),
            "This version has no knob 'unheard_of'.",
        ),
    ],
)
def test_what_a_page_could_not_show_is_no_line_of_the_list(
    engine, tmp_path: Path, change: Callable[[Any], Any], why: str
) -> None:
    rewritten(kept(tmp_path) / "status.json", change)
    assert the_one(engine()).why == why


def test_a_change_that_could_not_be_repeated_is_found_when_the_run_is_opened(
    engine, tmp_path: Path
) -> None:
    run, server = kept(tmp_path), engine()
    change = {"step": 9, "arm": None, "knobs": {"router": "hash"}}
    rewritten(run / "status.json", lambda status: status["changes"].append(change))
    assert [each.run_id for each in server.runs("me")] == [run.name]
    with pytest.raises(UnknownRun, match=r"this run cannot be read\. .* got 'hash'\."):
        server.latest(run.name)
    assert "got 'hash'" in the_one(server).why


def test_records_that_turn_out_damaged_move_the_run_and_no_request_ends_otherwise(
    engine, tmp_path: Path
) -> None:
    run, server = kept(tmp_path), engine()
    records = run / "history.npz"
    torn = bytearray(records.read_bytes())
    torn[40:4000] = bytes(3960)
    records.write_bytes(torn)
    assert server.unreadable("me") == []
    for request in (server.latest, server.history, server.resume, lambda id: server.fork(id, 0)):
        with pytest.raises(UnknownRun, match=r"The file history\.npz is damaged"):
            request(run.name)
        assert the_one(server).run_id == run.name


def test_the_owner_is_read_from_whichever_file_still_says_it(engine, tmp_path: Path) -> None:
    run = kept(tmp_path)
    whole = {file: (run / file).read_bytes() for file in ("config.json", "status.json")}
    for torn, other in (("config.json", "status.json"), ("status.json", "config.json")):
        (run / torn).write_bytes(b"")
        assert the_one(engine()).owned
        (run / other).write_bytes(whole[other][:20])
        assert the_one(engine()).owned
        for file, content in whole.items():
            (run / file).write_bytes(content)


def test_a_run_of_no_known_owner_is_in_every_list(engine, tmp_path: Path) -> None:
    """Earlier versions wrote the owner into one file only."""
    run = tmp_path / "runs" / new_run_id()
    shutil.copytree(SAVED, run)
    (run / "config.json").write_bytes(b"")
    server = engine()
    for owner in ("me", "other"):
        assert the_one(server, owner).owned is False
    shutil.rmtree(run)
    assert server.unreadable("me") == [], "whoever runs the server has removed it"


def test_an_empty_directory_is_no_run(engine, tmp_path: Path) -> None:
    """A crash before the first file leaves one."""
    (tmp_path / "runs" / new_run_id() / "checkpoints").mkdir(parents=True)
    (tmp_path / "runs" / new_run_id()).mkdir()
    assert engine().unreadable("me") == []


def test_it_can_be_deleted(engine, tmp_path: Path) -> None:
    run, other = kept(tmp_path), kept(tmp_path)
    (run / "status.json").write_bytes(b"{")
    server = engine()
    server.delete(run.name)
    assert server.unreadable("me") == []
    assert {each.name for each in (tmp_path / "runs").iterdir()} == {other.name}
    with pytest.raises(UnknownRun):
        server.delete(run.name)


def test_where_the_disk_does_not_let_go_of_it_it_stays_in_the_list(
    engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = kept(tmp_path)
    (run / "status.json").write_bytes(b"{")
    server = engine()

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(EngineError, match="cannot be deleted"):
        server.delete(run.name)
    assert the_one(server).run_id == run.name


def test_the_last_saved_is_the_first(engine, tmp_path: Path) -> None:
    runs = [kept(tmp_path) for _ in range(3)]
    for run, day in zip(runs, (2, 3, 1), strict=True):
        (run / "status.json").write_bytes(b"{")
        os.utime(run, (day * DAY_S, day * DAY_S))
    assert [each.run_id for each in engine().unreadable("me")] == [
        runs[1].name, runs[0].name, runs[2].name,
    ]  # fmt: skip
