"""The text of a configuration file as the JSON object that it is, bounded in length and depth.

Knows no field.
"""

from __future__ import annotations

import json
from typing import Any

from moeviz.config import ConfigError, length

MAX_BYTES = 8_000_000
"""Of a file, lists of quantised layers included."""

MAX_DEPTH = 100
"""Of objects and lists inside each other; files that models come with have fewer than ten."""


def parsed(text: str) -> dict[str, Any]:
    """The object that the text is; raises ConfigError where it is none, too long or too deep."""
    size = size_in_bytes(text)
    if size > MAX_BYTES:
        raise too_long(size)
    too_deep = f"JSON with at most {MAX_DEPTH} objects and lists inside each other"
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise ConfigError("config.json", _around(text, error.pos), where) from None
    except ValueError as error:
        raise ConfigError("config.json", text[:40], f"JSON: {error}") from None
    except RecursionError:
        raise ConfigError("config.json", text[:40], too_deep) from None
    if not isinstance(values, dict):
        raise ConfigError("config.json", text[:40], "a JSON object with a model_type")
    if _is_deeper(values, MAX_DEPTH):
        raise ConfigError("config.json", text[:40], too_deep)
    return values


def _is_deeper(value: object, most: int) -> bool:
    """Whether more than this many objects and lists lie inside each other; without recursion."""
    level = [value]
    for _ in range(most):
        boxes = [each for each in level if isinstance(each, dict | list)]
        level = [
            inner for box in boxes for inner in (box.values() if isinstance(box, dict) else box)
        ]
    return any(isinstance(each, dict | list) for each in level)


def size_in_bytes(text: str) -> int:
    """Its bytes in UTF-8; a lone surrogate, which UTF-8 does not have, counts three."""
    return len(text.encode(errors="surrogatepass"))


def too_long(size: int) -> ConfigError:
    """The refusal of a file of more than MAX_BYTES."""
    return ConfigError("config.json", length(size, "byte"), f"at most {MAX_BYTES:,} bytes")


def _around(text: str, place: int) -> str:
    """The end of what could be read, and what comes next, on one line."""
    return " ".join(text[max(0, place - 30) : place + 10].split())
