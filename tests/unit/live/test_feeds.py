"""Feeds: what is sent to whom and when, on an engine of one run and a clock that stands still."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.housekeeping import WATCH_S
from moeviz.engine.protocol import RunStatus, UnknownRun
from moeviz.engine.settled import Settled
from moeviz.live import feeds as feeds_module
from moeviz.live.feed import Viewer, Waiting
from moeviz.live.feeds import GONE, JUDGE_GAP_S, LEAVE_S, MIN_GAP_S, RENEW_S, Feeds
from moeviz.live.presses import Done
from moeviz.records import RunHistory
from tests.fakes import FakeClock
from tests.run_states import applied
from tests.snapshots import snapshot

pytestmark = pytest.mark.anyio

GAP_S = 1.01 * MIN_GAP_S
"""Long enough for the next record, whatever is lost in adding up."""

CONFIG = RunConfig((ArmConfig.of("A", {"n_experts": 2, "n_layers": 1}),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


class OneRunEngine:
    """What feeds ask of an engine, with runs that change when a test says so.

    Attributes:
        looks: how often a run was looked at, which renews its lease.
        broken: raised at each look at a run of that id. closed: the runs that no tab watches.
    """

    def __init__(self) -> None:
        self.statuses: dict[str, RunStatus] = {}
        self.snapshots: dict[str, list[Any]] = {}
        self.listeners: list[Callable[[str], None]] = []
        self.looks: list[str] = []
        self.broken: dict[str, Exception] = {}
        self.closed: list[str] = []
        self.add("run")

    def add(self, run_id: str) -> None:
        rates = {"A": 0.0}
        self.statuses[run_id] = RunStatus(run_id, "running", CONFIG, CONFIG, 0, {}, rates)
        self.snapshots[run_id] = []

    def train(self, steps: int = 1, run_id: str = "run", **more: Any) -> None:
        """Some steps, told as one report."""
        done = self.snapshots[run_id]
        for _ in range(steps):
            done.append(snapshot(step=len(done) + 1))
        self.change(run_id, step=len(done), latest={"A": done[-1]}, **more)

    def change(self, run_id: str = "run", **changes: Any) -> None:
        self.statuses[run_id] = replace(self.statuses[run_id], **changes)
        for listener in list(self.listeners):
            listener(run_id)

    def latest(self, run_id: str, *, watching: bool = True) -> RunStatus:
        assert watching
        if run_id in self.broken:
            raise self.broken[run_id]
        self.looks.append(run_id)
        return replace(self.statuses[run_id])  # a new one at each look, as an engine's is

    def history(self, run_id: str, since: int = 0) -> dict[str, RunHistory]:
        return {"A": RunHistory.of(self.snapshots[run_id])}

    def close(self, run_id: str) -> None:
        self.closed.append(run_id)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


class Seen:
    """A viewer that keeps what it is sent; `ready`: whether it takes more."""

    def __init__(self, view: Any = "charts", experiment: str = "") -> None:
        self.ready, self.records, self.why_gone = True, list[dict[str, Any]](), list[str]()
        self.viewer = Viewer(view, experiment, self._take, self.why_gone.append)

    def _take(self, text: str) -> bool:
        if self.ready:
            self.records.append(json.loads(text))
        return self.ready

    @property
    def steps(self) -> list[int]:
        return [each["step"] for each in self.records]


class Press:
    """What waits for its worker, and keeps the answer."""

    def __init__(self, done: Done) -> None:
        self.steps, self.why_gone = list[int](), list[str]()
        self.waiting = Waiting(done.step_of, self.steps.append, self.why_gone.append)


class Stage:
    """Feeds, the engine that they look at, and the time."""

    def __init__(self) -> None:
        self.clock, self.engine = FakeClock(), OneRunEngine()
        self.feeds = Feeds(self.engine, self.clock)  # type: ignore[arg-type]

    async def settle(self) -> None:
        """Until everything that can happen now has happened."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def pass_(self, seconds: float) -> None:
        """Let time pass, a short while in steps shorter than what feeds wait for."""
        steps = 8 if seconds <= 1 else 80
        for _ in range(steps):
            self.clock.advance(seconds / steps)
            await self.settle()

    async def watched(self, *more: Any, run_id: str = "run", **fields: Any) -> Seen:
        """A new viewer, which has its first record."""
        seen = Seen(*more, **fields)
        self.feeds.watch(run_id, seen.viewer)
        await self.pass_(2 * GAP_S)
        assert len(seen.records) == 1
        return seen


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, anyio_backend: str) -> AsyncIterator[Stage]:
    clocks: list[FakeClock] = []

    async def either(event: asyncio.Event, timeout_s: float) -> None:
        until_s = clocks[0].now_s + timeout_s
        while not event.is_set() and clocks[0].now_s < until_s:
            await asyncio.sleep(0)

    monkeypatch.setattr(feeds_module, "_either", either)
    monkeypatch.setattr(feeds_module, "ThreadPoolExecutor", AtOnce)
    made = Stage()
    clocks.append(made.clock)
    yield made
    await made.feeds.close()


async def test_a_report_is_sent_at_once_where_the_last_one_is_long_ago(stage):
    seen = await stage.watched()
    stage.engine.train(3)
    await stage.settle()
    assert seen.steps == [0, 3]


async def test_at_most_ten_records_a_second_and_the_newest_wins(stage):
    seen = await stage.watched()
    sent_s = []
    for _ in range(300):  # three seconds with a report each 10 ms
        before = len(seen.records)
        stage.engine.train()
        await stage.settle()
        stage.clock.advance(0.01)
        sent_s += [stage.clock.now_s] * (len(seen.records) - before)
    assert 3 / (MIN_GAP_S + 0.01) <= len(sent_s) <= 3 / MIN_GAP_S + 1
    assert 27 <= len(sent_s) <= 31  # ten a second
    assert all(b - a > MIN_GAP_S - 0.011 for a, b in itertools.pairwise(sent_s))
    await stage.pass_(GAP_S)
    assert seen.steps[-1] == 300


async def test_where_nothing_changes_nothing_is_sent_and_the_lease_is_renewed(stage):
    seen = await stage.watched()
    stage.engine.looks.clear()
    before = stage.feeds.encoded
    await stage.pass_(2 * WATCH_S)
    assert seen.steps == [0]
    assert stage.feeds.encoded == before
    assert len(stage.engine.looks) == 2 * WATCH_S // RENEW_S
    assert 2 * RENEW_S < WATCH_S


async def test_a_hidden_viewer_gets_nothing_while_its_run_is_kept_alive(stage):
    seen = await stage.watched()
    seen.viewer.visible = False
    for _ in range(40):
        stage.engine.train()
        await stage.pass_(GAP_S)
    stage.engine.looks.clear()
    before = stage.feeds.encoded
    await stage.pass_(WATCH_S)
    assert seen.steps == [0]
    assert stage.feeds.encoded == before
    assert len(stage.engine.looks) >= WATCH_S // RENEW_S
    seen.viewer.visible = True
    stage.feeds.look_again("run")
    await stage.pass_(GAP_S)
    assert seen.steps == [0, 40]


async def test_a_slow_reader_gets_one_record_with_all_that_it_missed(stage):
    slow, quick = await stage.watched(), await stage.watched()
    slow.ready = False
    for _ in range(25):
        stage.engine.train(2)
        await stage.pass_(GAP_S)
    slow.ready = True
    stage.feeds.look_again("run")
    await stage.pass_(1.0)
    assert slow.steps == [0, 50]
    assert slow.records[1]["after"] == [0, 0]
    assert len(quick.steps) == 26
    assert state_of(slow) == state_of(quick)


def state_of(seen: Seen) -> Any:
    state = None
    for told in seen.records:
        state = applied(state, told)
        assert state is not None
    return state


async def test_one_encoding_serves_thirty_viewers(stage):
    viewers = [await stage.watched() for _ in range(30)]
    stage.engine.train()
    await stage.pass_(GAP_S)
    before = stage.feeds.encoded
    for _ in range(20):
        stage.engine.train()
        await stage.pass_(GAP_S)
    assert stage.feeds.encoded - before == 20
    assert {tuple(each.steps[-20:]) for each in viewers} == {tuple(range(2, 22))}


async def test_a_late_viewer_costs_one_encoding_of_its_own(stage):
    early = await stage.watched()
    stage.engine.train(5)
    await stage.pass_(GAP_S)
    before = stage.feeds.encoded
    late = await stage.watched()
    assert stage.feeds.encoded - before == 1
    assert len(early.records) == 2
    stage.engine.train()
    await stage.pass_(GAP_S)
    assert stage.feeds.encoded - before == 2
    assert state_of(early) == state_of(late)


async def test_each_view_is_encoded_once(stage):
    views = ["status", "bars", "charts"] * 4
    for each in views:
        await stage.watched(each)
    stage.engine.train()
    await stage.pass_(GAP_S)
    before = stage.feeds.encoded
    stage.engine.train()
    await stage.pass_(GAP_S)
    assert stage.feeds.encoded - before == 3


async def test_a_rewind_is_told_from_the_beginning(stage):
    seen = await stage.watched()
    stage.engine.train(9)
    await stage.pass_(GAP_S)
    del stage.engine.snapshots["run"][4:]
    stage.engine.train(0, revision=1)
    await stage.pass_(GAP_S)
    assert seen.steps == [0, 9, 4]
    assert seen.records[-1]["after"] is None


async def test_a_report_between_two_readings_is_left_for_the_next_record(stage):
    """The status is read before the history."""
    seen = await stage.watched()
    stage.engine.train(3)
    stage.engine.snapshots["run"] += [snapshot(step=4), snapshot(step=5)]
    await stage.pass_(GAP_S)
    assert seen.records[-1]["step"] == 3


async def test_the_feed_ends_when_nobody_looks(stage):
    one, two = await stage.watched(), await stage.watched()
    stage.feeds.unwatch("run", one.viewer)
    stage.engine.train()
    await stage.pass_(1.0)
    assert (one.steps, two.steps) == ([0], [0, 1])
    stage.feeds.unwatch("run", two.viewer)
    await stage.pass_(1.0)
    assert stage.feeds._feeds == {}
    stage.engine.looks.clear()
    stage.engine.train()
    await stage.pass_(2 * RENEW_S)
    assert stage.engine.looks == []


class Timers:
    """A loop whose timers run by the clock of a test."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: FakeClock) -> None:
        self._loop, self._clock = loop, clock
        self._due: dict[asyncio.Handle, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def call_later(self, delay_s: float, act: Callable[[], None]) -> asyncio.Handle:
        handle = asyncio.Handle(act, (), self._loop)
        self._due[handle] = self._clock.now_s + delay_s
        return handle

    def run_due(self) -> None:
        for handle, at_s in list(self._due.items()):
            if at_s <= self._clock.now_s:
                del self._due[handle]
                if not handle.cancelled():
                    handle._run()


async def test_a_run_is_closed_a_while_after_its_last_viewer_left(stage, monkeypatch):
    """Whoever comes back in between and leaves gets the whole of that while again."""
    timers = Timers(stage.feeds._loop, stage.clock)
    monkeypatch.setattr(stage.feeds, "_loop", timers)
    for _ in range(3):
        seen = await stage.watched()
        stage.feeds.unwatch("run", seen.viewer)
        await stage.pass_(0.8 * LEAVE_S)
        timers.run_due()
        assert stage.engine.closed == []
    await stage.pass_(0.3 * LEAVE_S)
    timers.run_due()
    assert stage.engine.closed == ["run"]


async def test_a_run_that_is_watched_again_is_not_closed(stage, monkeypatch):
    timers = Timers(stage.feeds._loop, stage.clock)
    monkeypatch.setattr(stage.feeds, "_loop", timers)
    seen = await stage.watched()
    stage.feeds.unwatch("run", seen.viewer)
    await stage.pass_(0.5 * LEAVE_S)
    await stage.watched()
    await stage.pass_(2 * LEAVE_S)
    timers.run_due()
    assert stage.engine.closed == []


async def test_a_viewer_that_left_while_its_record_was_made_gets_none(stage, monkeypatch):
    seen = await stage.watched()
    encode = feeds_module.record

    def leaves_meanwhile(*args):
        stage.feeds.unwatch("run", seen.viewer)
        return encode(*args)

    monkeypatch.setattr(feeds_module, "record", leaves_meanwhile)
    stage.engine.train()
    await stage.pass_(1.0)
    assert seen.steps == [0]


async def test_a_viewer_that_is_hidden_while_its_record_was_made_gets_it_once_seen(
    stage, monkeypatch
):
    seen = await stage.watched()
    encode = feeds_module.record

    def hidden_meanwhile(*args):
        seen.viewer.visible = False
        return encode(*args)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(feeds_module, "record", hidden_meanwhile)
        stage.engine.train()
        await stage.pass_(1.0)
    assert seen.steps == [0]
    seen.viewer.visible = True
    stage.feeds.look_again("run")
    await stage.pass_(1.0)
    assert seen.steps == [0, 1]


async def test_the_engine_is_listened_to_until_the_feeds_are_closed(stage):
    await stage.watched()
    assert len(stage.engine.listeners) == 1
    await stage.feeds.close()
    assert stage.engine.listeners == []
    stage.feeds = Feeds(stage.engine, stage.clock)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (UnknownRun("there is no run 'run'"), GONE),
        (ValueError("broken"), "The server could not read this run. Reload the page."),
    ],
)
async def test_what_goes_wrong_with_one_run_is_said_and_leaves_the_others(
    stage, error, why, capsys
):
    stage.engine.add("other")
    broken, fine = await stage.watched(), await stage.watched(run_id="other")
    press = Press(Done("run", ticket=1))
    stage.engine.broken["run"] = error
    stage.feeds.acknowledge("run", press.waiting)
    await stage.pass_(1.0)
    assert (broken.why_gone, press.steps, press.why_gone) == ([why], [], [why])
    stage.engine.train(run_id="other")
    await stage.pass_(1.0)
    assert (fine.steps, fine.why_gone) == ([0, 1], [])
    assert ("broken" in capsys.readouterr().err) == isinstance(error, ValueError)
    stage.engine.broken.clear()
    again = await stage.watched()
    assert again.steps == [0]


async def test_a_change_of_knobs_is_acknowledged_within_the_gap(stage):
    """Records wait for the gap, answers do not."""
    await stage.watched()
    stage.engine.train()
    await stage.settle()
    press = Press(Done("run", ticket=7))
    stage.feeds.acknowledge("run", press.waiting)
    await stage.settle()
    assert press.steps == []
    stage.engine.change(settled=Settled(((7, 5),)))
    await stage.settle()
    assert press.steps == [5]


async def test_an_answer_is_waited_for_also_when_nobody_watches(stage):
    press = Press(Done("run", ticket=7))
    stage.feeds.acknowledge("run", press.waiting)
    await stage.pass_(1.0)
    stage.engine.change(settled=Settled(((6, 4),)))
    await stage.pass_(1.0)
    assert press.steps == []
    stage.engine.change(settled=Settled(((6, 4), (7, 0))))
    await stage.pass_(1.0)
    assert press.steps == [0]
    assert stage.feeds._feeds == {}


async def test_an_experiment_is_judged_twice_a_second_and_at_last(stage, monkeypatch):
    judged: list[int] = []

    def judge(name, status, histories):
        judged.append(len(histories["A"]))
        return [{"claim": name, "outcome": str(len(histories["A"])), "evidence": ""}]

    monkeypatch.setattr(feeds_module, "judged", judge)
    seen = await stage.watched(experiment="collapse")
    other = await stage.watched()
    for _ in range(100):  # 5 s with a report each 50 ms
        stage.engine.train()
        await stage.pass_(0.05)
    assert len(judged) <= 5 / JUDGE_GAP_S + 2
    await stage.pass_(JUDGE_GAP_S)  # the run rests: the last verdict is of its last step
    assert seen.records[-1]["verdicts"][0]["outcome"] == "100"
    assert all("verdicts" not in each for each in other.records)
    n, records = len(judged), len(seen.records)
    await stage.pass_(10.0)
    assert (len(judged), len(seen.records)) == (n, records)
