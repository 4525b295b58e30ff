"""A channel on an engine whose worker counts instead of learning."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.local import LocalEngine
from moeviz.live.channel import Channel
from moeviz.live.gate import BROWSER_COOKIE
from moeviz.live.rights import Rights

RIGHTS = Rights(b"the server's own secret of 32 byte")
CONFIG = RunConfig(
    (ArmConfig.of("A", {"balancer": "none"}), ArmConfig.of("B", {"balancer": "switch"}))
)


class Tab:
    """A browser's end: says what it is told to, keeps what it hears by kind."""

    def __init__(self, socket: Any) -> None:
        self.socket, self.heard = socket, []
        self.watched: set[int] = set()

    def say(self, kind: str, **fields: Any) -> None:
        self.socket.send_text(json.dumps({"kind": kind, **fields}))

    def hear(self, *kinds: str, until: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
        """The next message of these kinds that meets the condition; earlier ones are kept.

        Records are confirmed, as a browser does.
        """
        while True:
            message = json.loads(self.socket.receive_text())
            self.heard.append(message)
            for watch in self.watched if message["kind"] == "record" else ():
                self.say("got", watch=watch)
            if message["kind"] in kinds and until(message):
                return message

    def watch(self, token: str, view: str = "charts", watch: int = 1, experiment: str = "") -> None:
        self.watched.add(watch)
        self.say("watch", watch=watch, token=token, view=view, experiment=experiment)

    def press(self, token: str, act: str, seq: int = 1, **more: Any) -> dict[str, Any]:
        """Press and wait for the answer."""
        self.say("press", seq=seq, token=token, act=act, **more)
        return self.hear("ack", "refused", until=lambda said: said["seq"] == seq)


@pytest.fixture
def trainer() -> str:
    """One whose runs do not come to their last step during a test."""
    return "tests.fakes:SlowTrainer"


@pytest.fixture
def engine(trainer: str, tmp_path: Path) -> Iterator[LocalEngine]:
    made = LocalEngine(trainer, directory=tmp_path)
    yield made
    made.shutdown()


@pytest.fixture
def channel(engine: LocalEngine) -> Channel:
    return Channel(lambda: engine, lambda: RIGHTS)


@pytest.fixture
def client(channel: Channel) -> Iterator[TestClient]:
    @contextlib.asynccontextmanager
    async def lifespan(_):
        yield
        await channel.close()

    app = Starlette(routes=[channel.route("/base/live")], lifespan=lifespan)
    with TestClient(app) as made:
        yield made


@pytest.fixture
def opened(client: TestClient) -> Callable[..., contextlib.AbstractContextManager[Tab]]:
    """Opens a tab, of a browser with this name, greeted."""

    @contextlib.contextmanager
    def open_tab(browser: str = ""):
        cookie = {"cookie": f"{BROWSER_COOKIE}={browser}"} if browser else {}
        with client.websocket_connect("/base/live", headers=cookie) as socket:
            tab = Tab(socket)
            hello = tab.hear("hello")
            assert hello.pop("server")
            assert hello == {"kind": "hello", "version": 1}
            yield tab

    return open_tab


@pytest.fixture
def tab(opened) -> Iterator[Tab]:
    with opened() as made:
        yield made


@pytest.fixture
def run(engine: LocalEngine) -> str:
    """A prepared run."""
    return engine.prepare(CONFIG, "me")


@pytest.fixture
def control(run: str) -> str:
    return RIGHTS.token(run, "control")
