"""What every request passes first: the host, the origin, the browser's name, the headers.

A plain ASGI middleware, so that it sees a WebSocket's handshake before Streamlit does. Knows
nothing of runs.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, MutableMapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BROWSER_COOKIE = "moeviz_browser"
"""Names the browser: whose runs are whose. HttpOnly: no script reads it."""

BROWSER = "moeviz.browser"
"""Where in a request's scope the browser's name is: its cookie's, or the one it will get."""

_NAME = re.compile(r"[0-9a-f]{32}")
_YEAR_S = 365 * 24 * 3600

STREAMLIT_INLINE_SCRIPT = "'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='"
"""The one inline script of Streamlit's own page; a test compares it with the installed one."""

CONTENT_SECURITY = (
    f"default-src 'self'; script-src 'self' blob: {STREAMLIT_INLINE_SCRIPT}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Gate:
    """Refuses foreign hosts and origins, names new browsers, adds the security headers.

    Where an origin is the page's own, the header is taken away: Streamlit compares it with the
    machine's outer address, and asks an outside service for that on the event loop.

    Args:
        hosts: names that the server answers to, as `server.allowedHosts` has them; none: any.
        path: the base path, where the browser's name is valid.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = (), path: str = "") -> None:
        self._app, self._hosts, self._path = app, tuple(hosts), path or "/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._answers_to(host) or (origin is not None and not _same_site(origin, host)):
            await _refuse(scope, send)
            return
        named = browser_name(headers)
        scope = {
            **scope,
            "headers": [(k, v) for k, v in scope["headers"] if k != b"origin"],
            BROWSER: named or secrets.token_hex(16),
        }
        await self._app(scope, receive, self._adding(scope, send, named is not None))

    def _answers_to(self, host: str) -> bool:
        if not self._hosts:
            return True
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        return any(
            pattern == "*"
            or name == pattern
            or (pattern[:2] == "*." and name.endswith(pattern[1:]))
            for pattern in self._hosts
        )

    def _adding(self, scope: Scope, send: Send, named: bool) -> Send:
        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if not named and headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", self._naming(scope))
            await send(message)

        return adding

    def _naming(self, scope: Scope) -> str:
        secure = "; Secure" if scope["scheme"] in ("https", "wss") else ""
        return (
            f"{BROWSER_COOKIE}={scope[BROWSER]}; Max-Age={_YEAR_S}; Path={self._path}; "
            f"HttpOnly; SameSite=Lax{secure}"
        )


def browser_name(headers: Headers) -> str | None:
    """The browser's name that a request carries; None where it has none."""
    return valid_name(cookie_parser(headers.get("cookie", "")).get(BROWSER_COOKIE))


def valid_name(text: str | None) -> str | None:
    """The name, where it has the form of one that this server gives."""
    return text if isinstance(text, str) and _NAME.fullmatch(text) else None


def _same_site(origin: str, host: str) -> bool:
    """Whether a page of this host sent the request; "null" and nonsense are foreign."""
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


async def _refuse(scope: MutableMapping[str, object], send: Send) -> None:
    """403; a WebSocket that is closed before it is accepted becomes one."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = b"This server does not answer requests from other sites."
    start = {
        "type": "http.response.start",
        "status": 403,
        "headers": [(b"content-type", b"text/plain")],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
