"""Feeds: one a run, shared by all tabs that watch it.

A feed wakes when the run's worker reports, ten times a second at most, reads the run once, encodes
what is new once for all who know the same, and hands it to each tab. A tab that is still busy with
earlier records is left out and later gets all that it missed in one; where nothing is new, nothing
is sent. Knows nothing of sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moeviz.engine.protocol import Engine, EngineError, RunStatus, UnknownRun
from moeviz.live.feed import Feed, News, Told, Viewer, Waiting
from moeviz.live.records import Histories, Known, as_text, judged, record

MIN_GAP_S = 0.1
"""Between two records of a run. Shorter than between two reports of a run that only makes steps, so
that these wait for nothing: it holds back more frequent reports, those of presses."""

GONE = "This run no longer exists on the server: it was deleted or not saved."

RENEW_S = 20.0
"""So often a watched run is looked at though nothing changed: its lease runs out after 75 s."""

JUDGE_GAP_S = 0.5
"""Between two judgements of an experiment, which reads the whole history."""

LEAVE_S = 5.0
"""A run whose last tab is gone trains on for so long: a reload comes back sooner."""

READERS = 4


class Feeds:
    """The feeds of one server. All methods are for the event loop's thread.

    `encoded` counts the encoded records, not their receivers.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._clock = engine, clock
        self._feeds: dict[str, Feed] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="live-read")
        self._loop = asyncio.get_running_loop()
        self._end_listening = engine.listen(self._heard)
        self.encoded = 0

    async def close(self) -> None:
        """Let go of all."""
        self._end_listening()
        for leaving in self._leaving.values():
            leaving.cancel()
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

    def acknowledge(self, run_id: str, waiting: Waiting) -> None:
        """Answer a press once the run's worker has done it."""
        feed = self._feed(run_id)
        feed.waiting.append(waiting)
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
        """Until no tab watches any more, or the run is gone."""
        try:
            await self._keep_telling(feed)
        except UnknownRun:
            self._bury(feed, GONE)
        except Exception:
            traceback.print_exc()  # of this run alone: the feeds of others go on
            self._bury(feed, "The server could not read this run. Reload the page.")
        else:
            self._leave(feed)
        finally:
            if self._feeds.get(feed.run_id) is feed:
                del self._feeds[feed.run_id]

    def _leave(self, feed: Feed) -> None:
        """Pause the run soon if no tab watches it; a reloaded page comes back before."""

        def close() -> None:
            with contextlib.suppress(EngineError):
                self._engine.close(feed.run_id)

        def nobody_came_back() -> None:
            self._leaving.pop(feed.run_id, None)
            if feed.run_id not in self._feeds:
                self._readers.submit(close)

        if earlier := self._leaving.pop(feed.run_id, None):
            earlier.cancel()
        self._leaving[feed.run_id] = self._loop.call_later(LEAVE_S, nobody_came_back)

    async def _keep_telling(self, feed: Feed) -> None:
        told_s = float("-inf")
        while feed.wanted:
            await _either(feed.changed, self._patience_s(feed))
            feed.changed.clear()
            await self._settle(feed)
            await self._rest(feed, told_s + MIN_GAP_S)
            told_s = self._clock()
            await self._tell(feed)

    def _patience_s(self, feed: Feed) -> float:
        """How long to wait for a change."""
        if feed.to_be_judged:
            return max(0.0, feed.judged_s + JUDGE_GAP_S - self._clock())
        return RENEW_S

    async def _rest(self, feed: Feed, until_s: float) -> None:
        """Wait for the rest of the gap; an acknowledgement meanwhile is sent at once."""
        while (left_s := until_s - self._clock()) > 0:
            await _either(feed.changed, left_s)
            feed.changed.clear()
            await self._settle(feed)

    async def _settle(self, feed: Feed) -> None:
        """Answer the presses that are done."""
        if not feed.waiting:
            return
        status = await self._read(lambda: self._engine.latest(feed.run_id))
        for waiting in list(feed.waiting):
            step = waiting.step_of(status)
            if step is not None:
                feed.waiting.remove(waiting)
                waiting.done(step)

    async def _tell(self, feed: Feed) -> None:
        """Send each viewer that is ready what it does not know. Renews the run's lease."""
        viewers = [each for each in feed.viewers if each.visible]
        told = await self._read(lambda: self._news(feed, viewers))
        self.encoded += len(told)
        for news in told:
            for viewer in news.viewers:
                # Meanwhile it may have left, or been hidden.
                if viewer in feed.viewers and viewer.visible and viewer.send(news.text):
                    viewer.known, viewer.told = news.known, news.told

    def _news(self, feed: Feed, viewers: list[Viewer]) -> list[News]:
        """What these viewers do not know, encoded once for all who know the same."""
        status, histories = self._look(feed)
        if feed.to_be_judged and self._clock() >= feed.judged_s + JUDGE_GAP_S:
            feed.verdicts = {name: judged(name, status, histories) for name in feed.experiments}
            feed.judged, feed.judged_s = status, self._clock()
        by_kind: dict[Any, News] = {}
        for viewer in viewers:
            told = status, feed.verdicts.get(viewer.experiment)
            if viewer.told != told:
                kind = viewer.view, viewer.known, viewer.experiment
                if kind not in by_kind:
                    by_kind[kind] = News(*_encoded(told, histories, viewer), told)
                by_kind[kind].viewers.append(viewer)
        return list(by_kind.values())

    def _look(self, feed: Feed) -> tuple[RunStatus, Histories]:
        """The run as it stands; reports that come between the two readings are left for later."""
        status, histories = self._engine.latest(feed.run_id), self._engine.history(feed.run_id)
        if feed.status is not None and feed.status == status:
            status = feed.status
        feed.status = status
        return status, {name: each.until(status.step) for name, each in histories.items()}

    def _bury(self, feed: Feed, why: str) -> None:
        viewers, waiting, feed.viewers, feed.waiting = feed.viewers, feed.waiting, [], []
        for viewer in viewers:
            viewer.gone(why)
        for press in waiting:
            press.gone(why)

    async def _read(self, look: Callable[[], Any]) -> Any:
        """On another thread: the engine's lock may be held, and a run may come from disk."""
        return await self._loop.run_in_executor(self._readers, look)


def _encoded(told: Told, histories: Histories, viewer: Viewer) -> tuple[str, Known]:
    status, verdicts = told
    message, known = record(status, histories, viewer.view, viewer.known)
    if verdicts is not None:
        message["verdicts"] = verdicts
    return as_text(message), known


async def _either(event: asyncio.Event, timeout_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), timeout_s)
