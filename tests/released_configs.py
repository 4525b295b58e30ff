"""Configuration files of released models with what their models have, kept in fixtures/.

Counted once on transformers' own classes on the meta device, or, where it has none, from the sizes
that the authors publish. Correction biases count, multi-token prediction and vision towers do not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "fixtures" / "released_configs.json"
RELEASED: dict[str, dict[str, Any]] = {
    each["name"]: each for each in json.loads(_FILE.read_text(encoding="utf-8"))
}


def config_of(name: str, **changed: Any) -> dict[str, Any]:
    """The file of a model with some fields changed; None stands for null, ... for no such field."""
    fields = RELEASED[name]["config"] | changed
    return {field: value for field, value in fields.items() if value is not ...}
