"""Control links: who opens one may control its run, and its token never reaches a page.

The answer leads on to the same address without the token, so that it stands neither in the address
bar nor in the tab's history, and no request of the page carries it on. Knows nothing of what the
page shows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from moeviz.engine.protocol import Engine, UnknownRun
from moeviz.live.gate import BROWSER
from moeviz.live.rights import Forbidden, Rights

PARAMETER = "control"
"""Of an address: the token that a control link brings."""


class ControlLinks:
    """Lets the browser that opens a control link control its run, and leads it to the page.

    Inside the gate, which names browsers. A token that gives no right is left to the page, which
    says so.
    """

    def __init__(
        self, app: ASGIApp, engine: Callable[[], Engine], rights: Callable[[], Rights]
    ) -> None:
        self._app, self._engine, self._rights = app, engine, rights

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = _query(scope)
        run_id = self._controlled(query.pop(PARAMETER, ""))
        if not run_id:
            await self._app(scope, receive, send)
            return
        await to_thread.run_sync(self._let_control, run_id, scope[BROWSER])
        await _led_on({**query, "run": run_id})(scope, receive, send)

    def _controlled(self, token: str) -> str:
        """The run that the token lets control, or ""."""
        if not token:
            return ""
        try:
            right = self._rights().right(token)
            right.check_control()
        except Forbidden:
            return ""
        return right.run_id

    def _let_control(self, run_id: str, browser: str) -> None:
        """The page says it when there is no such run any more."""
        with contextlib.suppress(UnknownRun):
            self._engine().let_control(run_id, browser)


def _query(scope: Scope) -> dict[str, str]:
    """The parameters of a requested page."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return {}
    if Headers(scope=scope).get("sec-fetch-dest", "document") != "document":
        return {}  # a picture or a frame of another page: its reader has opened no link
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def _led_on(query: dict[str, str]) -> Response:
    """To the same path, whatever it is: a path in the answer could name another host.

    Called HTML, as what it leads to is, since the gate names a browser with a page.
    """
    headers = {"Location": f"?{urlencode(query)}", "Cache-Control": "no-store"}
    return Response(status_code=303, headers=headers, media_type="text/html")
