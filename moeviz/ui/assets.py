"""What the browser loads beside Streamlit's own files: put into `static/`, addressed by hash.

A component's inline JavaScript is sent again with every update of its data, so each component
sends three lines that import its real source from here. The sources keep the folders that they
lie in, so that they import each other here as they do there. The folder around them carries a hash
of the content: a browser never mixes two versions, and two servers of different versions can share
`static/`.
Knows nothing of what the components show.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

COMPONENTS = Path(__file__).parent / "components"

_LOADER = """
const source = new URL("app/static/{folder}/{name}/{name}.js", document.baseURI);
export default async (component) =>
  (await import(source)).default({{ ...component, data: component.data[0] }});
"""


class AssetsNotPublished(RuntimeError):
    """The files for the browser cannot be written; the message says where and why."""


def publish(static: Path) -> None:
    """Write the components' sources and plotly.js into `static`, unless they are there.

    Args:
        static: the folder `static` beside the script that Streamlit runs.

    Raises:
        AssetsNotPublished: the folder cannot be written.
    """
    wanted = {static / folder() / _published_name(path): path for path in _sources()}
    wanted[static / plotly_file()] = _plotly_source()
    try:
        for target, source in wanted.items():
            if not target.exists():
                _write_atomically(target, source.read_bytes())
    except OSError as error:
        raise AssetsNotPublished(
            f"cannot write the browser's files into {static}: {error.strerror}. "
            "Make that folder writable, or copy a published one there."
        ) from error


@functools.cache
def folder() -> str:
    """The published folder that holds the components' folders, named by their content."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(_published_name(path).encode() + b"\0" + path.read_bytes())
    return f"moeviz-{digest.hexdigest()[:12]}"


@functools.cache
def plotly_file() -> str:
    """The published name of plotly.js, beside `folder()`, as the installed package ships it."""
    return f"plotly-{importlib.metadata.version('plotly')}.min.js"


def component(name: str, *, isolate_styles: bool = True) -> Any:
    """Register the component of `components/<name>/`; returns its mount function.

    Streamlit looks for data frames in `data`, unless its values are plain ones or tuples: for the
    first list or dictionary it imports pandas, a quarter of a second of the first visitor's time.
    """
    registered = st.components.v2.component(
        f"moeviz_{name}",
        html=(COMPONENTS / name / f"{name}.html").read_text(encoding="utf-8"),
        js=_LOADER.format(folder=folder(), name=name),
        isolate_styles=isolate_styles,
    )

    def mount(*, data: Mapping[str, Any], **more: Any) -> Any:
        return registered(data=(data,), **more)

    return mount


def _sources() -> list[Path]:
    return sorted(path for kind in ("js", "css") for path in COMPONENTS.glob(f"*/*.{kind}"))


def _published_name(source: Path) -> str:
    return source.relative_to(COMPONENTS).as_posix()


def _plotly_source() -> Path:
    package = importlib.util.find_spec("plotly")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "package_data" / "plotly.min.js"


def _write_atomically(target: Path, content: bytes) -> None:
    """A reader sees the whole file or none, however many servers write it at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".publishing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
