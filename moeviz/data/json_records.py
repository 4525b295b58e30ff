"""JSON records, one per line, of several schemas as services log and exchange them.

Every record is written by `json.dumps`, so every line is valid JSON. Knows nothing of the rest of
the corpus.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from moeviz.data.picking import chance, listed, number, pick

Record = dict[str, Any]

_FIRST = listed("Ada Alan Amina Boris Chen Clara Dmitri Elena Femi Grace Hugo Ines Jonas Kenji Lin")
_LAST = listed("Abara Brandt Costa Diaz Evans Fischer Garcia Haddad Ito Jensen Kaur Lopez Meyer")
_CITIES = listed("Lagos Lima Oslo Paris Tokyo Quito Cairo Delhi Milan Perth Seoul Sofia Turin")
_ITEMS = listed("bolt cable chair clock desk fan glove hammer lamp mirror pen rope screw tape")
_COLOURS = listed("amber black blue brown green grey orange pink red silver white yellow")
_HOSTS = listed("api auth cache db edge gateway mail proxy queue search store web worker")
_LEVELS = listed("debug info warning error critical")
_MESSAGES = (
    "connection closed",
    "disk almost full",
    "job finished",
    "login refused",
    "request timed out",
    "retrying upload",
    "token expired",
    "unknown route",
)
_WORDS = listed("river stone night garden letter winter island mountain shadow bridge")


def json_record(random: Random) -> str:
    """One JSON object, compact or with blanks after its separators."""
    record = pick(random, _SCHEMAS)(random)
    separators = (",", ":") if chance(random, 0.3) else (", ", ": ")
    return json.dumps(record, separators=separators)


def _identifier(random: Random) -> int:
    return number(random, 1000, 99999)


def _moment(random: Random) -> str:
    day = f"20{number(random, 10, 29)}-{number(random, 1, 12):02}-{number(random, 1, 28):02}"
    time = f"{number(random, 0, 23):02}:{number(random, 0, 59):02}:{number(random, 0, 59):02}"
    return f"{day}T{time}Z"


def _flag(random: Random) -> bool:
    return chance(random, 0.5)


def _tags(random: Random, words: Sequence[str]) -> list[str]:
    return [pick(random, words) for _ in range(number(random, 0, 3))]


def _person(random: Random) -> Record:
    first, last = pick(random, _FIRST), pick(random, _LAST)
    return {
        "id": _identifier(random),
        "name": f"{first} {last}",
        "age": number(random, 18, 90),
        "email": f"{first.lower()}.{last.lower()}@example.com",
        "city": pick(random, _CITIES),
        "active": _flag(random),
    }


def _order(random: Random) -> Record:
    lines: list[Record] = [
        {
            "item": pick(random, _ITEMS),
            "colour": pick(random, _COLOURS),
            "quantity": number(random, 1, 20),
            "price": number(random, 100, 9999) / 100,
        }
        for _ in range(number(random, 1, 3))
    ]
    total = sum(round(line["quantity"] * line["price"] * 100) for line in lines)
    return {"order": _identifier(random), "lines": lines, "total": total / 100}


def _reading(random: Random) -> Record:
    return {
        "sensor": f"{pick(random, _HOSTS)}-{number(random, 1, 40)}",
        "time": _moment(random),
        "temperature": number(random, -200, 450) / 10,
        "humidity": number(random, 0, 100),
        "battery": None if chance(random, 0.2) else number(random, 0, 100) / 100,
    }


def _event(random: Random) -> Record:
    return {
        "time": _moment(random),
        "level": pick(random, _LEVELS),
        "service": pick(random, _HOSTS),
        "message": pick(random, _MESSAGES),
        "context": {"request": _identifier(random), "retry": number(random, 0, 5)},
    }


def _book(random: Random) -> Record:
    return {
        "title": f"The {pick(random, _WORDS)} and the {pick(random, _WORDS)}".title(),
        "author": {"first": pick(random, _FIRST), "last": pick(random, _LAST)},
        "year": number(random, 1850, 2029),
        "pages": number(random, 60, 900),
        "tags": _tags(random, _WORDS),
        "available": _flag(random),
    }


def _place(random: Random) -> Record:
    longitude, latitude = number(random, -18000, 18000) / 100, number(random, -9000, 9000) / 100
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": {"name": pick(random, _CITIES), "population": number(random, 10, 9999) * 100},
    }


def _settings(random: Random) -> Record:
    return {
        "service": pick(random, _HOSTS),
        "port": number(random, 1024, 65535),
        "debug": _flag(random),
        "timeout": pick(random, (None, 5, 10, 30, 60)),
        "hosts": [f"{host}.example.org" for host in _tags(random, _HOSTS)],
        "limits": {"memory": 2 ** number(random, 6, 14), "threads": number(random, 1, 64)},
    }


def _matrix(random: Random) -> Record:
    columns = number(random, 1, 4)
    rows = [[number(random, -9, 99) for _ in range(columns)] for _ in range(number(random, 1, 3))]
    return {"name": pick(random, _COLOURS), "shape": [len(rows), columns], "rows": rows}


_SCHEMAS: tuple[Callable[[Random], Record], ...] = (
    _person,
    _order,
    _reading,
    _event,
    _book,
    _place,
    _settings,
    _matrix,
)
