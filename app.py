"""The ASGI app: the script, the routes, the lifespan, the middleware; nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from moeviz.engine.runtime import claim_or_end, engine, opened_engine
from moeviz.live.channel import Channel
from moeviz.live.control_links import ControlLinks
from moeviz.live.ends_in_time import end_in_time
from moeviz.live.gate import Gate
from moeviz.live.no_delay import send_at_once
from moeviz.live.rights import rights
from moeviz.ui.components.assets import base_path
from moeviz.ui.routes import routes

SCRIPT = Path(__file__).parent / "moeviz" / "ui" / "main.py"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The engine is open while the server runs."""
    send_at_once()
    end_in_time()
    with opened_engine():
        try:
            yield
        finally:
            await channel.close()


claim_or_end()
channel = Channel(engine, rights)
gate = Middleware(Gate, hosts=st.get_option("server.allowedHosts"), path=base_path())
links = Middleware(ControlLinks, engine=engine, rights=rights)
app = st.App(SCRIPT, lifespan=lifespan, middleware=[gate, links], routes=routes(channel))
