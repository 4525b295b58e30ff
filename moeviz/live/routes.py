"""Plain HTTP routes: the browser's files, and addresses that have moved.

A file is served from where it lies, or is bytes that the server has made of its own tables. Files
are named by their content and kept for ever by browsers. A browser never mixes two versions, since
a changed file changes the folder of all. Knows nothing of what the files are.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

File = Path | bytes

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def content_name(files: Mapping[str, File]) -> str:
    """A folder's name that changes with any name or content in it."""
    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        content = file if isinstance(file, bytes) else file.read_bytes()
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


def file_route(folder: str, files: Mapping[str, File]) -> Route:
    """Serves each file as `folder/name`, and nothing else that lies beside it."""

    async def serve(request: Request) -> Response:
        name = request.path_params["name"]
        file = files.get(name)
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        kind = mimetypes.guess_type(name)[0]
        if isinstance(file, bytes):
            return Response(file, headers=_FOR_EVER, media_type=kind)
        return FileResponse(file, headers=_FOR_EVER, media_type=kind)

    return Route(f"{folder}/{{name:path}}", serve)


def moved_route(old: str, new: str) -> Route:
    """Answers 307 to an old address, query included."""

    async def lead_on(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(new + query, status_code=307)

    return Route(old, lead_on)
