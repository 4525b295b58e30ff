"""Shape annotations are executed in every test; what users keep is kept away from tests.

The rooms import tensors' types for annotations alone, so that the web process stays free of torch.
Here those imports are made real while jaxtyping's hook compiles the annotations into checks.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import tempfile
import typing
from pathlib import Path

import beartype  # noqa: F401
import torch
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

_CHECKED = ("moeviz.data.batches", "moeviz.routing", "moeviz.model", "moeviz.training")


def _import_with_checks() -> None:
    """Import the rooms of tensors with `TYPE_CHECKING` true, and only them."""
    for name in _CHECKED[1:]:
        importlib.import_module(name)
    modules = [_CHECKED[0]] + [
        each.name
        for room in _CHECKED[1:]
        for each in pkgutil.iter_modules(importlib.import_module(room).__path__, f"{room}.")
    ]
    # First as usual, so that whatever they import from outside is loaded while the flag is false.
    for name in modules:
        importlib.import_module(name)
    for name in modules:
        del sys.modules[name]
    typing.TYPE_CHECKING = True
    try:
        with install_import_hook(list(_CHECKED), "beartype.beartype"):
            for name in modules:
                importlib.import_module(name)
    finally:
        typing.TYPE_CHECKING = False


_import_with_checks()
torch.set_num_threads(1)
# A time limit on an example or on its drawing is a timed assertion, and torch's first call is slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_HOME = Path(tempfile.mkdtemp(prefix="moeviz-tests-"))
# One process at a time owns a data folder: a worker of pytest's would inherit the one that is set.
os.environ["MOEVIZ_DATA_DIR"] = str(_HOME / "data")
# The tokenizer is trained once for all tests of a machine: its content decides the name.
os.environ.setdefault("MOEVIZ_CACHE_DIR", str(Path(tempfile.gettempdir()) / "moeviz-tests-cache"))
