"""The app with two more routes, for a benchmark: runs to train, and when their workers reported."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app import SCRIPT, channel, gate, lifespan
from moeviz.engine.protocol import UnknownRun
from moeviz.engine.runtime import engine
from moeviz.ui.routes import routes
from moeviz.ui.shared.lab_state import LabState

_reports: list[tuple[str, int, float]] = []
_steps: dict[str, int] = {}


def _note(run_id: str) -> None:
    """The moment at which the web process has taken in a further step of a run."""
    with contextlib.suppress(UnknownRun):
        step = engine().latest(run_id, watching=False).step
        if step > _steps.get(run_id, 0):
            _steps[run_id] = step
            _reports.append((run_id, step, time.monotonic()))


async def prepared(request: Request) -> JSONResponse:
    """A run as the start page prepares it, of an owner of its own."""
    run = engine().prepare(LabState().run_config(), request.query_params["owner"])
    return JSONResponse(run)


async def reports(_: Request) -> JSONResponse:
    """(run, step, monotonic seconds) of each report since this was asked, and texts encoded."""
    told = _reports.copy()
    _reports.clear()
    return JSONResponse({"reports": told, "encoded": channel.feeds.encoded if channel.feeds else 0})


@asynccontextmanager
async def noting(app: st.App) -> AsyncIterator[None]:
    """The app's own life, with an ear at the engine."""
    async with lifespan(app):
        end = engine().listen(_note)
        yield
        end()


more = [Route("/benchmark/run", prepared), Route("/benchmark/reports", reports)]
app = st.App(SCRIPT, lifespan=noting, middleware=[gate], routes=[*more, *routes(channel)])
