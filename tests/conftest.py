"""Shape annotations are executed in every test; what users keep is kept away from tests.

Some rooms import tensors' types for annotations alone, so that the web process stays free of torch.
Tests make those imports real before jaxtyping's hook compiles the annotations into checks.
"""

from __future__ import annotations

import os
import tempfile
import typing
from pathlib import Path

typing.TYPE_CHECKING = True
from jaxtyping import install_import_hook  # noqa: E402

_hook = install_import_hook(
    ["moeviz.routing", "moeviz.model", "moeviz.data.batches", "moeviz.training"],
    "beartype.beartype",
)

_HOME = Path(tempfile.mkdtemp(prefix="moeviz-tests-"))
os.environ.setdefault("MOEVIZ_DATA_DIR", str(_HOME / "data"))
# The tokenizer is trained once for all tests of a machine: its content decides the name.
os.environ.setdefault("MOEVIZ_CACHE_DIR", str(Path(tempfile.gettempdir()) / "moeviz-tests-cache"))
