"""Feeds: one a run, shared by all tabs that watch it.

A feed wakes when the run's worker reports, at most ten times a second, reads the run once, encodes
what is new once for all who know the same, and hands it to each tab. A tab that is still busy with
the last message is left out and later gets all that it missed in one. Knows nothing of sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from moeviz.engine.protocol import Engine, RunStatus, UnknownRun
from moeviz.live.messages import View
from moeviz.live.records import Histories, Known, as_text, judged, record

MIN_GAP_S = 0.1
"""Between two records of a run."""

RENEW_S = 20.0
"""So often a watched run is looked at though nothing changed: its lease runs out after 75 s."""

JUDGE_GAP_S = 0.5
"""Between two judgements of an experiment, which reads the whole history."""

READERS = 4


@dataclass(eq=False)
class Viewer:
    """A tab's interest in a run.

    Attributes:
        send: takes a text; returns False while the tab is busy with an earlier one.
        say: takes what must not be lost.
        known: what it has been told. visible: whether it wants records now.
    """

    view: View
    experiment: str
    send: Callable[[str], bool]
    say: Callable[[dict[str, Any]], None]
    known: Known | None = None
    visible: bool = True


@dataclass(eq=False)
class Waiting:
    """A change of knobs that its presser waits for: `done` gets its first step, 0 when dropped."""

    ticket: int
    done: Callable[[int], None]


@dataclass(eq=False)
class Feed:
    """What is known of one run."""

    run_id: str
    viewers: list[Viewer] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    judged_s: float = float("-inf")
    verdicts: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    @property
    def wanted(self) -> bool:
        """Whether anybody looks, or waits for an acknowledgement."""
        return bool(self.viewers or self.waiting)


class Feeds:
    """The feeds of one server. All methods are for the event loop's thread.

    `encoded` counts the texts that were made, whoever got them.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._clock = engine, clock
        self._feeds: dict[str, Feed] = {}
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="live-read")
        self._loop = asyncio.get_running_loop()
        self._end_listening = engine.listen(self._heard)
        self.encoded = 0

    async def close(self) -> None:
        """Let go of all."""
        self._end_listening()
        tasks = [feed.task for feed in self._feeds.values() if feed.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._readers.shutdown(wait=False, cancel_futures=True)

    def watch(self, run_id: str, viewer: Viewer) -> None:
        """Send this viewer what is new of the run, beginning with all of it."""
        feed = self._feed(run_id)
        feed.viewers.append(viewer)
        feed.changed.set()

    def unwatch(self, run_id: str, viewer: Viewer) -> None:
        """Send it nothing more."""
        feed = self._feeds.get(run_id)
        if feed is not None and viewer in feed.viewers:
            feed.viewers.remove(viewer)
            feed.changed.set()

    def look_again(self, run_id: str) -> None:
        """A viewer is ready for what it has missed."""
        if feed := self._feeds.get(run_id):
            feed.changed.set()

    def acknowledge(self, run_id: str, ticket: int, done: Callable[[int], None]) -> None:
        """Call `done` once the run's worker has settled a change of knobs."""
        feed = self._feed(run_id)
        feed.waiting.append(Waiting(ticket, done))
        feed.changed.set()

    def _feed(self, run_id: str) -> Feed:
        feed = self._feeds.get(run_id)
        if feed is None:
            feed = self._feeds[run_id] = Feed(run_id)
            feed.task = asyncio.create_task(self._serve(feed))
        return feed

    def _heard(self, run_id: str) -> None:
        """From any thread, under the engine's lock."""
        if run_id in self._feeds:
            with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
                self._loop.call_soon_threadsafe(self.look_again, run_id)

    async def _serve(self, feed: Feed) -> None:
        """Until nobody looks any more, or the run is gone."""
        sent_s = float("-inf")
        while feed.wanted:
            await _either(feed.changed, RENEW_S)
            feed.changed.clear()
            rest_s = sent_s + MIN_GAP_S - self._clock()
            if feed.waiting:
                await self._settle(feed)
            if rest_s > 0:
                await self._rest(feed, rest_s)
            sent_s = self._clock()
            try:
                await self._tell(feed)
            except UnknownRun as error:
                self._bury(feed, str(error))
                break
            except Exception:
                traceback.print_exc()  # of this run alone: the feeds of others go on
                self._bury(feed, "The server could not read this run. Reload the page.")
                break
        if self._feeds.get(feed.run_id) is feed:
            del self._feeds[feed.run_id]

    async def _rest(self, feed: Feed, rest_s: float) -> None:
        """Let the rest of the gap pass; what is acknowledged meanwhile is told at once."""
        until_s = self._clock() + rest_s
        while (left_s := until_s - self._clock()) > 0:
            await _either(feed.changed, left_s)
            feed.changed.clear()
            if feed.waiting:
                await self._settle(feed)

    async def _settle(self, feed: Feed) -> None:
        """Tell those who wait for a change of knobs that is done."""
        try:
            status = await self._read(lambda: self._engine.latest(feed.run_id))
        except UnknownRun:
            return
        for waiting in [each for each in feed.waiting if each.ticket in status.settled]:
            feed.waiting.remove(waiting)
            waiting.done(status.settled[waiting.ticket])

    async def _tell(self, feed: Feed) -> None:
        """Send each viewer that is ready what it does not know."""
        viewers = [each for each in feed.viewers if each.visible]
        judge = self._clock() >= feed.judged_s + JUDGE_GAP_S
        wanted = {each.experiment for each in viewers if each.experiment} if judge else set()
        status, histories, verdicts = await self._read(lambda: self._look(feed.run_id, wanted))
        if judge:
            feed.judged_s, feed.verdicts = self._clock(), verdicts
        texts: dict[Any, tuple[str, Known]] = {}
        for viewer in viewers:
            kind = viewer.view, viewer.known, viewer.experiment
            if kind not in texts:
                encode = functools.partial(self._encode, feed, status, histories, viewer)
                texts[kind] = await self._read(encode)
            text, known = texts[kind]
            if viewer.send(text):
                viewer.known = known

    def _look(
        self, run_id: str, experiments: set[str]
    ) -> tuple[RunStatus, Histories, dict[str, list[dict[str, str]]]]:
        status, histories = self._engine.latest(run_id), self._engine.history(run_id)
        return status, histories, {name: judged(name, histories) for name in experiments}

    def _encode(
        self, feed: Feed, status: RunStatus, histories: Histories, viewer: Viewer
    ) -> tuple[str, Known]:
        self.encoded += 1
        told, known = record(status, histories, viewer.view, viewer.known)
        if viewer.experiment in feed.verdicts:
            told["verdicts"] = feed.verdicts[viewer.experiment]
        return as_text(told), known

    def _bury(self, feed: Feed, why: str) -> None:
        for viewer in feed.viewers:
            viewer.say({"kind": "gone", "run": feed.run_id, "why": why})
        for waiting in feed.waiting:
            waiting.done(0)
        feed.viewers, feed.waiting = [], []

    async def _read(self, look: Callable[[], Any]) -> Any:
        """On another thread: the engine's lock may be held, and a run may come from disk."""
        return await self._loop.run_in_executor(self._readers, look)


async def _either(event: asyncio.Event, timeout_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), timeout_s)
