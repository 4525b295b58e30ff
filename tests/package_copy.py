"""A copy of the package with some files more or otherwise: what a change of these alone does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def package_with(folder: Path, files: Mapping[str, str]) -> Path:
    """The package in `folder`, with these files added or replaced, by their paths from the root."""
    shutil.copytree(ROOT / "moeviz", folder / "moeviz")
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def source(path: str, *changes: tuple[str, str]) -> str:
    """A file of the package with texts replaced, each of which it has once."""
    text = (ROOT / path).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def told(folder: Path, script: str) -> Any:
    """What the script prints as JSON in its last line, run by a Python of its own on that copy."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
