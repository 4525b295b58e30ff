"""A tab without a browser: follows one run by the channel, presses, and draws nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any, Self

from serving import Server
from websockets.asyncio.client import ClientConnection, connect

from moeviz.live.rights import rights_of

ANSWER_S = 30.0


class ChannelTab:
    """Confirms records as a browser does.

    Attributes:
        record: the last one, with the marks that were told before.
        seen: of each record, when it came (monotonic seconds) and the step that it tells.
        received_bytes: of all records.
    """

    def __init__(self, socket: ClientConnection, token: str) -> None:
        self._socket, self._token = socket, token
        self.record: dict[str, Any] = {}
        self.seen: list[tuple[float, int]] = []
        self.received_bytes = 0
        self._seq, self._answers = 0, dict[int, asyncio.Future[tuple[float, dict[str, Any]]]]()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, server: Server, run: str, view: str = "status") -> AsyncIterator[Self]:
        """A tab that has its first record of a run of this server."""
        token = rights_of(server.folder / "data").token(run, "control")
        async with connect(server.channel, compression=None, max_size=None) as socket:
            tab = cls(socket, token)
            await tab._say(kind="watch", watch=1, token=token, view=view)
            while not tab.record:
                await asyncio.sleep(0.02)
            yield tab

    @property
    def step(self) -> int:
        return int(self.record["step"])

    def forget(self) -> None:
        """Count from now on."""
        self.seen, self.received_bytes = [], 0

    async def press(self, act: str, **fields: Any) -> tuple[float, dict[str, Any]]:
        """The seconds to its answer, and the answer."""
        self._seq += 1
        answered = self._answers[self._seq] = asyncio.get_running_loop().create_future()
        began = time.monotonic()
        await self._say(kind="press", seq=self._seq, token=self._token, act=act, **fields)
        at, answer = await asyncio.wait_for(answered, ANSWER_S)
        return at - began, answer

    async def _say(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def _read(self) -> None:
        async for text in self._socket:
            now, message = time.monotonic(), json.loads(text)
            if message["kind"] == "record":
                self.record = {"marks": self.record.get("marks", []), **message}
                self.seen.append((now, message["step"]))
                self.received_bytes += len(text)
                await self._say(kind="got", watch=1)
            elif message["kind"] in ("ack", "refused"):
                self._answers.pop(message["seq"]).set_result((now, message))
