"""The channel: one WebSocket a tab, presses up and records down.

This is the server's side of all tabs: it accepts them, counts them, and lends them its threads.
Knows the engine by its protocol; nothing of Streamlit.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from moeviz.engine.protocol import Engine
from moeviz.live.continuations import AllContinuations
from moeviz.live.feeds import Feeds
from moeviz.live.gate import browser_name
from moeviz.live.presses import Presses
from moeviz.live.rights import Rights
from moeviz.live.tab import Tab

PRESSERS = 16
MAX_TABS = 2_000

TRY_LATER = 1013


class Channel:
    """The live channel of one server. `close` it when the server ends.

    `name` is another one after each start of the server: tabs tell by it that it was restarted.
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        rights: Callable[[], Rights],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine_of, self._rights_of, self._clock = engine, rights, clock
        self._pressers = ThreadPoolExecutor(PRESSERS, thread_name_prefix="live-press")
        self._tabs: set[Tab] = set()
        self.name = secrets.token_hex(4)
        self.feeds: Feeds | None = None
        self._continuations: AllContinuations | None = None

    def route(self, path: str) -> WebSocketRoute:
        """The route that serves it."""
        return WebSocketRoute(path, self.serve)

    async def serve(self, socket: WebSocket) -> None:
        """One tab, from its handshake to its end."""
        if len(self._tabs) >= MAX_TABS:
            await socket.close(TRY_LATER)
            return
        await socket.accept()
        engine = self._engine_of()
        if self.feeds is None:
            self.feeds = Feeds(engine, self._clock)
        rights = self._rights_of()
        presses = Presses(engine, rights, browser_name(socket.headers) or "")
        tab = Tab(socket, self.feeds, presses, rights, self)
        self._tabs.add(tab)
        try:
            await tab.live()
        finally:
            self._tabs.discard(tab)

    async def close(self) -> None:
        """Let go of all tabs and feeds."""
        if self.feeds is not None:
            await self.feeds.close()
            self.feeds = None
        if self._continuations is not None:
            self._continuations.close()
        self._pressers.shutdown(wait=False, cancel_futures=True)

    async def on_a_thread(self, work: Callable[[], Any]) -> Any:
        """Run what may wait for a worker."""
        return await asyncio.get_running_loop().run_in_executor(self._pressers, work)

    @property
    def continuations(self) -> AllContinuations:
        """What answers the questions of all tabs."""
        if self._continuations is None:
            self._continuations = AllContinuations(
                self._engine_of(), self._rights_of(), self._clock
            )
        return self._continuations

    def warm_up(self) -> None:
        """Start the worker, now that a page is drawn and visible."""
        asyncio.get_running_loop().run_in_executor(self._pressers, self._engine_of().warm_up)

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds that only the passing of time moves."""
        return self._clock
