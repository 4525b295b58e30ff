"""Why a saved run cannot be read, in words, and what can still be said of it.

Knows the files' names and what a failed reading raises; nothing of what the files hold but who
started the run.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from moeviz.config import KNOBS, ConfigError
from moeviz.engine.protocol import UnreadableRun

STARTED, HISTORY, STATUS = "config.json", "history.npz", "status.json"

_DAMAGED = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, BadZipFile,
    zlib.error, RuntimeError,
)  # fmt: skip
"""RuntimeError: of zipfile, where flipped bits name another compression or a password; and of json,
where brackets are nested too deeply."""
_LABELS = {name: knob.label for name, knob in KNOBS.items()}
_OWNER = re.compile(rb'\{"owner": "([^"\\]+)"')
"""How both JSON files begin: what is left of a torn one still says whose run it is."""


class CannotRead(Exception):
    """A saved run cannot be read; the message is a sentence that says why."""


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Turn what is raised where this file is read into CannotRead."""
    try:
        yield
    except ConfigError as error:
        raise CannotRead(_refused(error)) from error
    except FileNotFoundError as error:
        raise CannotRead(f"The file {file} is missing.") from error
    except OSError as error:
        raise CannotRead(f"The file {file} cannot be read: {error.strerror}.") from error
    except _DAMAGED as error:
        raise CannotRead(f"The file {file} is damaged.") from error


def unreadable_run(directory: Path, why: CannotRead) -> tuple[str, UnreadableRun]:
    """The owner, "" where no file says it, and the run's line in the list; raises OSError."""
    owner = _owner(directory)
    saved_unix_s = directory.stat().st_mtime  # each save replaces files in it
    return owner, UnreadableRun(directory.name, saved_unix_s, str(why), owned=bool(owner))


def _refused(error: ConfigError) -> str:
    if error.field == "knob":
        return f"This version has no knob {str(error.value)[:60]!r}."
    return f"This version refuses one of its knobs: {error.by_names(_LABELS)}."


def _owner(directory: Path) -> str:
    for file in (STARTED, STATUS):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if begins := _OWNER.match((directory / file).read_bytes()):
                return begins[1].decode()
    return ""
