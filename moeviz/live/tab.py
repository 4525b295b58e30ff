"""One tab's end of the channel: hears what the tab says, does it, and tells it what is new.

The server sends at once what is small and must not be lost (acknowledgements, refusals); a tab
that leaves many of them unread is not heard until it reads. Of each run's records it sends only the
newest: the tab says when it has taken one in. So a slow reader never builds a backlog, neither here
nor in a network on the way. Presses of one tab are done in their order.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import traceback
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from moeviz.live.allowance import Allowance
from moeviz.live.continuations import AllContinuations, TabQuestions
from moeviz.live.feed import Viewer, Waiting
from moeviz.live.feeds import Feeds
from moeviz.live.messages import (
    MAX_WATCHED,
    VERSION,
    Ask,
    BadMessage,
    Got,
    Message,
    Press,
    Unwatch,
    Visible,
    Watch,
    read,
)
from moeviz.live.presses import Done, Presses, Refused
from moeviz.live.records import as_text
from moeviz.live.rights import Forbidden, Rights

PRESSES_PER_S = 40.0
"""Presses per second that a tab may sustain; a hand makes ten."""

PRESSES_AT_ONCE = 80
MESSAGES_PER_S = 200.0
"""Of any kind; a tab that says more is closed."""

MAX_UNREAD = 4 * PRESSES_AT_ONCE
"""Answers that may wait for a tab to read them; until it does, it is not heard."""

WATCHES_PER_S = 10.0
"""Each begins with the whole run, which costs more than what follows."""

WATCHES_AT_ONCE = 40

UNDER_WAY = 2
"""Records of a run that may be on their way to a tab: one is sent while the other is drawn."""

STILL_S = 20.0
"""Silence is broken so often, so that the tab knows that the channel is there."""

POLICY = 1008
"""The close code of a socket that said what it must not."""


class Host(Protocol):
    """What a tab asks of the channel it belongs to."""

    name: str
    """Of this start of the server."""

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds that only go forward."""

    async def on_a_thread(self, work: Callable[[], Any]) -> Any:
        """Run what may wait for a worker."""

    @property
    def continuations(self) -> AllContinuations:
        """What answers the questions of all tabs."""

    def warm_up(self) -> None:
        """Get ready to train."""


class Tab:
    """One tab's end of the channel."""

    def __init__(
        self, socket: WebSocket, feeds: Feeds, presses: Presses, rights: Rights, host: Host
    ) -> None:
        self._socket, self._feeds, self._presses, self._rights = socket, feeds, presses, rights
        self._host = host
        self._visible = True
        self._viewers: dict[int, tuple[str, Viewer]] = {}
        self._at_once: deque[str] = deque()
        self._records: dict[int, str] = {}
        self._under_way: Counter[int] = Counter()
        self._left_out: set[int] = set()
        self._to_press: asyncio.Queue[Press] = asyncio.Queue(PRESSES_AT_ONCE)
        self._ready, self._sent = asyncio.Event(), asyncio.Event()
        clock = host.clock
        self._questions = TabQuestions(host.continuations, self._say, clock)
        self._press_allowance = Allowance(PRESSES_PER_S, PRESSES_AT_ONCE, clock)
        self._message_allowance = Allowance(MESSAGES_PER_S, MESSAGES_PER_S, clock)
        self._watch_allowance = Allowance(WATCHES_PER_S, WATCHES_AT_ONCE, clock)

    async def live(self) -> None:
        """Hear, do and tell until the socket is closed, or the tab says what it must not."""
        self._say({"kind": "hello", "version": VERSION, "server": self._host.name})
        why = ""
        try:
            async with anyio.create_task_group() as group:
                for work in (self._tell, self._obey, self._questions.answer):
                    group.start_soon(_while_open, work, group.cancel_scope)
                with _open():
                    why = await self._hear()
                group.cancel_scope.cancel()
        finally:
            for run_id, viewer in self._viewers.values():
                self._feeds.unwatch(run_id, viewer)
        if why and self._socket.application_state is WebSocketState.CONNECTED:
            with _open():
                await self._socket.close(POLICY, why)

    async def _hear(self) -> str:
        """Do what the tab says; returns why it is to be heard no longer."""
        while True:
            while len(self._at_once) > MAX_UNREAD:
                self._sent.clear()
                await self._sent.wait()
            said = await self._socket.receive()
            if said["type"] == "websocket.disconnect":
                return ""
            if not self._message_allowance.take():
                return "too many messages"
            try:
                message = read(said.get("text") or "")
            except BadMessage as error:
                return str(error)
            if isinstance(message, Watch) and not self._watch_allowance.take():
                return "too many watches"
            self._do(message)

    def _do(self, message: Message) -> None:
        match message:
            case Watch():
                self._watch(message)
            case Unwatch():
                self._unwatch(message.watch)
            case Got():
                self._confirm(message.watch)
            case Visible():
                self._see(message.visible)
            case Press():
                self._take(message)
            case Ask():
                self._questions.take(message)

    def _watch(self, message: Watch) -> None:
        self._unwatch(message.watch)
        try:
            right = self._rights.right(message.token)
        except Forbidden as error:
            self._gone(message.watch, str(error))
            return
        if len(self._viewers) >= MAX_WATCHED:
            self._gone(message.watch, f"A tab watches at most {MAX_WATCHED} runs.")
            return
        send = functools.partial(self._offer, message.watch)
        gone = functools.partial(self._gone, message.watch, run=right.run_id)
        viewer = Viewer(message.view, message.experiment, send, gone, visible=self._visible)
        self._viewers[message.watch] = right.run_id, viewer
        self._feeds.watch(right.run_id, viewer)
        self._host.warm_up()

    def _unwatch(self, watch: int) -> None:
        run_id, viewer = self._viewers.pop(watch, ("", None))
        self._records.pop(watch, None)
        self._left_out.discard(watch)
        del self._under_way[watch]
        if viewer is not None:
            self._feeds.unwatch(run_id, viewer)

    def _gone(self, watch: int, why: str, run: str = "") -> None:
        self._unwatch(watch)
        self._say({"kind": "gone", "watch": watch, "run": run, "why": why})

    def _confirm(self, watch: int) -> None:
        if watch in self._viewers:
            self._under_way[watch] = max(0, self._under_way[watch] - 1)
            self._ask_again(watch)

    def _see(self, visible: bool) -> None:
        self._visible = visible
        for run_id, viewer in self._viewers.values():
            viewer.visible = visible
            self._feeds.look_again(run_id)

    def _take(self, press: Press) -> None:
        if not self._press_allowance.take() or self._to_press.full():
            why = f"Too many presses: the server accepts {PRESSES_PER_S:g} per second. Press again."
            self._refuse(press.seq, why)
            return
        self._to_press.put_nowait(press)

    async def _obey(self) -> None:
        while True:
            press = await self._to_press.get()
            try:
                done: Done = await self._host.on_a_thread(
                    functools.partial(self._presses.do, press)
                )
            except Refused as error:
                self._refuse(press.seq, str(error), error.knob)
            except Exception:
                traceback.print_exc()  # of this press alone: the tab goes on
                self._refuse(
                    press.seq, "The server could not do this. Check the run, then press again."
                )
            else:
                self._acknowledge(press.seq, done)

    def _refuse(self, seq: int, why: str, knob: str = "") -> None:
        self._say({"kind": "refused", "seq": seq, "why": why, "knob": knob})

    def _acknowledge(self, seq: int, done: Done) -> None:
        def settled(step: int) -> None:
            if step or done.pauses:
                self._say({"kind": "ack", "seq": seq, "step": step, **done.more})
            else:
                self._refuse(
                    seq, "The run was rewound or ended before this change was applied. Press again."
                )

        if done.waits:
            gone = functools.partial(self._refuse, seq)
            self._feeds.acknowledge(done.run_id, Waiting(done.step_of, settled, gone))
        else:
            self._say({"kind": "ack", "seq": seq, **done.more})

    def _say(self, told: dict[str, Any]) -> None:
        """Send soon, in order, before any record."""
        self._at_once.append(as_text(told))
        self._ready.set()

    def _offer(self, watch: int, text: str) -> bool:
        """Take a record; not while earlier ones of the same run are on their way."""
        if watch in self._records or self._under_way[watch] >= UNDER_WAY:
            self._left_out.add(watch)
            return False
        self._records[watch] = text
        self._ready.set()
        return True

    def _ask_again(self, watch: int) -> None:
        """For what was left out while the tab was busy."""
        if watch in self._left_out:
            self._left_out.discard(watch)
            self._feeds.look_again(self._viewers[watch][0])

    async def _tell(self) -> None:
        while True:
            with anyio.move_on_after(STILL_S) as waiting:
                await self._ready.wait()
            self._ready.clear()
            if waiting.cancelled_caught:
                self._say({"kind": "still"})
            while self._at_once or self._records:
                await self._socket.send_text(self._next())
                self._sent.set()

    def _next(self) -> str:
        """What is small first, then a record: each run in turn."""
        if self._at_once:
            return self._at_once.popleft()
        watch = next(iter(self._records))
        self._under_way[watch] += 1
        text = self._records.pop(watch)
        self._ask_again(watch)
        return text


@contextlib.contextmanager
def _open() -> Iterator[None]:
    """Ends in silence what finds the socket closed."""
    with contextlib.suppress(WebSocketDisconnect, OSError):
        yield


async def _while_open(work: Callable[[], Awaitable[None]], scope: anyio.CancelScope) -> None:
    """Do the work of a tab; when the socket is gone, so is the tab."""
    with _open():
        await work()
    scope.cancel()
