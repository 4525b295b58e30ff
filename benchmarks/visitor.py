"""A visitor without a browser: speaks Streamlit's own messages over a websocket.

It runs the page, says who it is, presses buttons and honours auto-rerun as the browser does
(`setInterval`, the next tick whether or not the last one was answered), but draws nothing.
Streamlit's messages are no public interface: this follows the pinned version.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
import secrets
import time
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

ANSWER_S = 10.0
IDENTITY = "browser_identity"
STEP = re.compile(r"step ([\d,]+)")


class Visitor:
    """One session.

    Attributes:
        ticks: how many were answered.
        round_trips_s: from each tick's request to its answer.
        received_bytes: what came from the server.
        query: the address that the page asked for.
    """

    def __init__(self, connection: ClientConnection, query: str, *, ticking: bool) -> None:
        self._connection, self.query, self._ticking = connection, query, ticking
        self.forget_ticks()
        self.text = ""
        self._name = json.dumps({"identity": secrets.token_hex(16)})
        self._asks_name = ""
        self._buttons: dict[str, str] = {}
        self._asked_s: list[float] = []
        self._answering_s: float | None = None
        self._timers: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._finished, self._whole_begun = asyncio.Event(), False
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, stream: str, query: str = "", *, ticking: bool = True) -> Self:
        """Connect and draw the start page; `ticking`: ask again as often as it says."""
        connection = await connect(
            stream, subprotocols=["streamlit"], compression=None, max_size=None,
        )  # type: ignore[list-item]  # fmt: skip
        visitor = cls(connection, query, ticking=ticking)
        await visitor.rerun()
        await visitor.rerun()  # with its name: a run that it starts waits for that
        return visitor

    async def rerun(self, press: str = "") -> float:
        """Run the whole page, `press` a button first; returns the seconds until it is drawn.

        Infinity when nothing of it is heard within ANSWER_S: when a tick arrives after the run and
        before the server has passed its messages on, Streamlit drops them all (1.67 makes a new
        script runner for the tick and ignores what the old one has still to say). What was pressed
        has been done all the same, and the ticks go on.
        """
        message = self._rerun_message()
        if press:
            pressed = message.rerun_script.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = self._buttons[press], True
        self._finished.clear()
        self._whole_begun = False
        start = time.monotonic()
        await self._connection.send(message.SerializeToString())
        ended = asyncio.create_task(self._finished.wait())
        await asyncio.wait({ended, self._reader}, timeout=ANSWER_S, return_when="FIRST_COMPLETED")
        ended.cancel()
        if self._reader.done():
            raise ConnectionError("the server closed the connection")
        if not self._finished.is_set():
            return math.inf
        return time.monotonic() - start

    @property
    def step(self) -> int:
        """The training step that the page showed last."""
        found = STEP.search(self.text)
        return int(found[1].replace(",", "")) if found else 0

    def forget_ticks(self) -> None:
        """Count ticks, round trips and bytes from now on."""
        self.ticks, self.received_bytes = 0, 0
        self.round_trips_s: list[float] = []

    async def close(self) -> None:
        """Close the tab."""
        self._end_timers()
        await self._connection.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    def _rerun_message(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.context_info.timezone = "UTC"
        if self._asks_name:
            named = message.rerun_script.widget_states.widgets.add()
            named.id, named.json_value = self._asks_name, self._name
        return message

    async def _read(self) -> None:
        async for payload in self._connection:
            assert isinstance(payload, bytes)
            self.received_bytes += len(payload)
            message = ForwardMsg()
            message.ParseFromString(payload)
            self._take(message)

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "delta":
                self._take_element(message)
            case "auto_rerun" if self._ticking:
                self._set_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._clear_timer(fragment)
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "new_session":
                self._take_begin(whole=not message.metadata.run.fragment_ids)
            case "script_finished":
                self._take_end(message.script_finished)

    def _take_element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "button":
                if key := re.search(r"do_\w+$", element.button.id):
                    self._buttons[key[0]] = element.button.id
            case "bidi_component" if element.bidi_component.component_name.endswith(IDENTITY):
                self._asks_name = element.bidi_component.id
            case "text" if STEP.search(element.text.body):
                self.text = element.text.body

    def _take_begin(self, *, whole: bool) -> None:
        """A run begins; it answers every tick that was asked for before it.

        A run of the whole page ends all timers: those that go on are told of again.
        """
        self._answering_s = min(self._asked_s, default=None)
        self._asked_s.clear()
        if whole:
            self._whole_begun = True
            self._end_timers()

    def _take_end(self, status: int) -> None:
        """A run of the page or of its fragment is over.

        Streamlit drops the end of a whole run when a tick arrives at that very moment; then the end
        of the tick, which comes after it, tells that both are over.
        """
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        if status == ForwardMsg.FINISHED_SUCCESSFULLY or self._whole_begun:
            self._whole_begun = False
            self._finished.set()
        if status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self.ticks += 1
            if self._answering_s is not None:
                self.round_trips_s.append(time.monotonic() - self._answering_s)

    def _set_timer(self, fragment: str, interval_s: float) -> None:
        known = self._timers.get(fragment)
        if known and known[0] == interval_s:
            return
        self._clear_timer(fragment)
        self._timers[fragment] = interval_s, asyncio.create_task(self._tick(fragment, interval_s))

    def _clear_timer(self, fragment: str) -> None:
        if known := self._timers.pop(fragment, None):
            known[1].cancel()

    def _end_timers(self) -> None:
        for fragment in list(self._timers):
            self._clear_timer(fragment)

    async def _tick(self, fragment: str, interval_s: float) -> None:
        message = self._rerun_message()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
        due = time.monotonic()
        while True:
            due += interval_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            message.rerun_script.query_string = self.query
            self._asked_s.append(time.monotonic())
            await self._connection.send(message.SerializeToString())
