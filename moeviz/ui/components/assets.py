"""What the browser loads beside Streamlit's own files, and how a component names its own.

A component's inline JavaScript is sent again with every update of its data, so each component
sends a few lines that import its real source from the server's route, by an address that changes
with any content. Knows nothing of what the components show.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from moeviz.glossary import TERMS
from moeviz.live.routes import File, content_name

COMPONENTS = Path(__file__).parent

_LOADER = """
const at = (path) => new URL(`{folder}/${{path}}`, location.origin).href;
const head = document.head;
const styles = {{ rel: "preload", as: "fetch", crossOrigin: "anonymous" }};
const files = Object.entries({files}).flatMap(([folder, names]) =>
  names.split(" ").map((name) => `${{folder}}/${{name}}`));
for (const path of files) {{
  const kind = path.endsWith(".css") ? styles : {{ rel: "modulepreload" }};
  const wanted = {{ ...kind, href: at(path) }};
  if (head.querySelector(`link[href="${{wanted.href}}"]`)) continue;
  head.append(Object.assign(document.createElement("link"), wanted));
}}
export default async (component) =>
  (await import(at("{name}/{name}.js"))).default({{ ...component, data: component.data[0] }});
"""
"""All files are requested at once. Found import by import, each costs a round trip."""

_STYLES = re.compile(r'"([\w./]+\.css)"')
_IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?from "(\.[^"]+\.js)";""", re.MULTILINE)


def base_path() -> str:
    """`server.baseUrlPath` as a prefix of addresses: "" or "/name"."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


@functools.cache
def sources() -> dict[str, Path]:
    """The components' own sources. They keep their folders, so that they import each other."""
    found = (path for kind in ("js", "css") for path in COMPONENTS.glob(f"*/*.{kind}"))
    return {path.relative_to(COMPONENTS).as_posix(): path for path in sorted(found)}


@functools.cache
def files() -> dict[str, File]:
    """All that the browser loads, by its name in the folder.

    Beside the sources that is plotly.js, as the installed plotly package ships it, and the name
    and sentence of each term of the glossary.
    """
    terms = {term.id: [term.name, term.short] for term in TERMS}
    glossary = json.dumps(terms, ensure_ascii=False).encode()
    return {**sources(), plotly_file(): _plotly_source(), "glossary.json": glossary}


@functools.cache
def folder() -> str:
    """Where the files are served, below the server's base path."""
    return f"/assets/{content_name(files())}"


@functools.cache
def plotly_file() -> str:
    """The served name of plotly.js."""
    return f"plotly-{importlib.metadata.version('plotly')}.min.js"


def modules_of(name: str) -> list[str]:
    """The component's module and all that it imports, by their names in the folder."""
    found: dict[str, None] = {}
    left = [f"{name}/{name}.js"]
    while left:
        path = left.pop()
        if path not in found:
            found[path] = None
            imports = _IMPORT.findall(sources()[path].read_text(encoding="utf-8"))
            left += [posixpath.normpath(posixpath.join(path, "..", each)) for each in imports]
    return list(found)


def styles_of(modules: Iterable[str]) -> list[str]:
    """The style sheets that these modules name, by their names in the folder."""
    found: dict[str, None] = {}
    for path in modules:
        for each in _STYLES.findall(sources()[path].read_text(encoding="utf-8")):
            found[posixpath.normpath(posixpath.join(path, "..", each))] = None
    return list(found)


def component(name: str, *, isolate_styles: bool = True) -> Any:
    """Register the component of `components/<name>/`; returns its mount function.

    Streamlit looks for data frames in `data`, unless its values are plain ones or tuples: for the
    first list or dictionary it imports pandas, a quarter of a second of the first visitor's time.
    """
    registered = st.components.v2.component(
        f"moeviz_{name}",
        html=(COMPONENTS / name / f"{name}.html").read_text(encoding="utf-8"),
        js=_loader(name),
        isolate_styles=isolate_styles,
    )

    def mount(*, data: Mapping[str, Any], **more: Any) -> Any:
        return registered(data=(data,), **more)

    return mount


def _loader(name: str) -> str:
    modules = modules_of(name)
    by_folder: dict[str, list[str]] = {}
    for path in (*modules, *styles_of(modules)):
        by_folder.setdefault(posixpath.dirname(path), []).append(posixpath.basename(path))
    wanted = json.dumps({at: " ".join(names) for at, names in by_folder.items()})
    return _LOADER.format(folder=base_path() + folder(), name=name, files=wanted)


def _plotly_source() -> Path:
    package = importlib.util.find_spec("plotly")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "package_data" / "plotly.min.js"
