"""The app as a server runs it, from the opening of its lifespan to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

FAILS = """
import asyncio
import app
from moeviz.engine.runtime import engine

async def main():
    closed, close = [], app.channel.close

    async def noted():
        closed.append(engine())
        await close()

    app.channel.close = noted
    app.end_in_time = lambda: None  # acts on uvicorn's signals, and there is no uvicorn here
    try:
        async with app.lifespan(app.app):
            opened = engine()
            raise OSError("the server fails")
    except OSError:
        pass
    assert closed == [opened], "the channel was not closed while the engine was open"
    assert engine() is not opened

asyncio.run(main())
"""


def test_a_server_that_fails_lets_go_of_its_tabs_and_then_of_its_engine(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILS],
        cwd=ROOT,
        env={**os.environ, "MOEVIZ_DATA_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
