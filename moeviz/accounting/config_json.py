"""A Hugging Face `config.json` read into an `Architecture`: exact or refused, never guessed.

Knows which reader a `model_type` has; each family's own file knows its fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.mixtral import mixtral
from moeviz.accounting.fields import Fields
from moeviz.config import ConfigError

MAX_BYTES = 1_000_000

FAMILIES: dict[str, Callable[[Fields], Architecture]] = {
    "mixtral": mixtral,
}
"""By `model_type`."""


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """What a configuration file describes, and what of it is not counted.

    Attributes:
        notes: sentences for people: parts of the file that an `Architecture` leaves out.
    """

    model_type: str
    architecture: Architecture
    notes: tuple[str, ...] = ()


def read_config_json(text: str) -> ImportedModel:
    """Raises ConfigError naming the field, its value and the bound."""
    if len(text.encode()) > MAX_BYTES:
        raise ConfigError(
            "config.json", f"{len(text):,} characters", f"at most {MAX_BYTES:,} bytes"
        )
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError("config.json", text[:40], f"JSON; {error}") from None
    if not isinstance(values, dict):
        raise ConfigError("config.json", text[:40], "a JSON object with a model_type")
    return read_config(values)


def read_config(values: Mapping[str, Any]) -> ImportedModel:
    """As `read_config_json`, of what is parsed already."""
    model_type = values.get("model_type")
    reader = FAMILIES.get(model_type) if isinstance(model_type, str) else None
    if reader is None or not isinstance(model_type, str):
        raise ConfigError("model_type", model_type, "one of " + ", ".join(sorted(FAMILIES)))
    return ImportedModel(model_type, reader(Fields(values)))
