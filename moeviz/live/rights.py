"""Rights: a token for one run, to control it or only to watch it.

A token is signed, not stored: it stays valid across a restart of the server. Without a token
that this server signed there is no right. Knows nothing of runs beyond their ids.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from moeviz.data_directory import data_directory

_SECRET_BYTES = 32
_PURPOSE = "moeviz.live.1"

Kind = Literal["control", "watch"]


WATCH_ONLY = "You can only watch this run. To act on it, open a control link from its owner."
"""Why nothing may be pressed; pages hand it to their components with the right to the run."""


class Forbidden(ValueError):
    """A token that this server did not sign, or that does not give the right."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a token allows."""

    run_id: str
    kind: Kind

    def check_control(self) -> None:
        """Raise Forbidden when it only lets watch."""
        if self.kind != "control":
            raise Forbidden(WATCH_ONLY)


class Rights:
    """Signs tokens and reads them with one secret."""

    def __init__(self, secret: bytes) -> None:
        self._serializer = URLSafeSerializer(secret, salt=_PURPOSE)

    def token(self, run_id: str, kind: Kind) -> str:
        """A token for this run."""
        return str(self._serializer.dumps([run_id, kind]))

    def right(self, token: str) -> Right:
        """What a token allows; Forbidden when it is forged or another server's."""
        try:
            run_id, kind = self._serializer.loads(token)
        except (BadData, ValueError, TypeError):
            raise Forbidden(
                "This server does not accept the page's access to the run. Reload the page."
            ) from None
        return Right(run_id, kind)


@functools.cache
def rights() -> Rights:
    """The rights of this server."""
    return rights_of(data_directory())


def rights_of(directory: Path) -> Rights:
    """The rights of the server of a data directory: its secret lies there, for it alone to read."""
    return Rights(_secret(directory / "secret"))


def _secret(path: Path) -> bytes:
    """The kept secret; where there is none a new one, which is kept if the disk lets it.

    It appears under its name whole: of two processes that start together, both read one secret.
    """
    made = secrets.token_bytes(_SECRET_BYTES)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _written_aside(path, made) as whole:
            if path.is_file() and path.stat().st_size != _SECRET_BYTES:
                whole.replace(path)  # cut short by a full disk, or not ours: of no use
            else:
                with contextlib.suppress(FileExistsError):
                    os.link(whole, path)
        return path.read_bytes()
    except OSError:
        return made


@contextlib.contextmanager
def _written_aside(path: Path, content: bytes) -> Iterator[Path]:
    """A file beside it, for its owner alone to read."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield aside
    finally:
        aside.unlink(missing_ok=True)
