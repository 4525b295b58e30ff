"""What a browser may say on the channel, read from text: typed, versioned, bounded.

What the server says is JSON as well: "hello", "record", "ack", "answer", "refused", "gone",
"still". Knows nothing of sockets or of runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from moeviz.traces import MAX_PROMPT_CHARACTERS, MAX_PROMPTS

VERSION = 1
"""Grows with every change that an older page would misread; it then asks to be reloaded."""

MAX_MESSAGE_CHARACTERS = 4096
MAX_WATCHED = 8
"""Runs that one tab watches at a time."""

_MAX_TOKEN = 256
_MAX_NAME = 40
_MAX_TEXT = 64
_MAX_KNOBS = 16
_MAX_NUMBER = 2**53

Act = Literal["set", "start", "pause", "step", "reset", "rewind", "fork", "renew"]
View = Literal["status", "bars", "charts"]


class BadMessage(ValueError):
    """A message that is not one of those below; the words are for the author of a client."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Send what is new of a run.

    Attributes:
        watch: the tab's own number for it. view: which columns. experiment: a named one whose
            promises are to be judged on the run, or "".
    """

    watch: int
    token: str
    view: View
    experiment: str


@dataclass(frozen=True, slots=True)
class Unwatch:
    """Send no more of it."""

    watch: int


@dataclass(frozen=True, slots=True)
class Got:
    """A record of it has been taken in: the tab keeps up."""

    watch: int


@dataclass(frozen=True, slots=True)
class Visible:
    """Whether the tab is to be seen: a hidden one gets no records."""

    visible: bool


@dataclass(frozen=True, slots=True)
class Press:
    """Act on a run.

    Attributes:
        seq: the tab's number of the press; its acknowledgement or refusal carries it.
        knobs: for "set" and "renew", values as text, as the address has them. arms: for "set",
            whose knobs; none: all.
        step: for "rewind" and "fork". until: for "start", as the address has it, or "".
    """

    seq: int
    token: str
    act: Act
    knobs: Mapping[str, str]
    arms: tuple[str, ...]
    step: int
    until: str


@dataclass(frozen=True, slots=True)
class Ask:
    """How do the run's models continue these texts? The right to watch it is enough.

    Attributes:
        seq: the tab's number of the question, of one series with those of presses.
    """

    seq: int
    token: str
    prompts: tuple[str, ...]


Message = Watch | Unwatch | Got | Visible | Press | Ask


def read(text: str) -> Message:
    """The message that a text is; BadMessage for anything else."""
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise BadMessage(f"a message has at most {MAX_MESSAGE_CHARACTERS} characters")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessage("a message is JSON") from None
    if not isinstance(fields, dict):
        raise BadMessage("a message is a JSON object")
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in _READERS:
        raise BadMessage("kind is one of " + ", ".join(_READERS))
    return _READERS[kind](fields)


def _watch(fields: Mapping[str, Any]) -> Watch:
    view = _text(fields, "view", _MAX_NAME)
    if view not in get_args(View):
        raise BadMessage("view is one of " + ", ".join(get_args(View)))
    return Watch(
        _number(fields, "watch"),
        _text(fields, "token", _MAX_TOKEN),
        view,  # type: ignore[arg-type]
        _text(fields, "experiment", _MAX_NAME, ""),
    )


def _unwatch(fields: Mapping[str, Any]) -> Unwatch:
    return Unwatch(_number(fields, "watch"))


def _got(fields: Mapping[str, Any]) -> Got:
    return Got(_number(fields, "watch"))


def _visible(fields: Mapping[str, Any]) -> Visible:
    visible = fields.get("visible")
    if not isinstance(visible, bool):
        raise BadMessage("visible is true or false")
    return Visible(visible)


def _press(fields: Mapping[str, Any]) -> Press:
    act = _text(fields, "act", _MAX_NAME)
    if act not in get_args(Act):
        raise BadMessage("act is one of " + ", ".join(get_args(Act)))
    return Press(
        seq=_number(fields, "seq"),
        token=_text(fields, "token", _MAX_TOKEN),
        act=act,  # type: ignore[arg-type]
        knobs=_knobs(fields.get("knobs", {})),
        arms=_arms(fields.get("arms", [])),
        step=_number(fields, "step", 0),
        until=_text(fields, "until", _MAX_TEXT, ""),
    )


def _ask(fields: Mapping[str, Any]) -> Ask:
    return Ask(
        _number(fields, "seq"),
        _text(fields, "token", _MAX_TOKEN),
        _prompts(fields.get("prompts")),
    )


def _prompts(given: Any) -> tuple[str, ...]:
    texts = isinstance(given, list) and all(isinstance(each, str) for each in given)
    many = texts and 1 <= len(given) <= MAX_PROMPTS
    if not many or any(not 1 <= len(each) <= MAX_PROMPT_CHARACTERS for each in given):
        raise BadMessage(
            f"prompts is a list of 1 to {MAX_PROMPTS} texts of 1 to {MAX_PROMPT_CHARACTERS} "
            "characters"
        )
    return tuple(given)


def _knobs(given: Any) -> dict[str, str]:
    texts = isinstance(given, dict) and all(isinstance(value, str) for value in given.values())
    if not texts or len(given) > _MAX_KNOBS or any(len(v) > _MAX_TEXT for v in given.values()):
        raise BadMessage(
            f"knobs is an object of at most {_MAX_KNOBS} texts of {_MAX_TEXT} characters"
        )
    return dict(given)


def _arms(given: Any) -> tuple[str, ...]:
    names = isinstance(given, list) and all(isinstance(name, str) for name in given)
    if not names or len(given) > _MAX_KNOBS or any(len(name) > _MAX_NAME for name in given):
        raise BadMessage(f"arms is a list of at most {_MAX_KNOBS} names")
    return tuple(given)


def _number(fields: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
        raise BadMessage(f"{name} is a whole number of at least 0")
    return value


def _text(fields: Mapping[str, Any], name: str, most: int, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or len(value) > most:
        raise BadMessage(f"{name} is a text of at most {most} characters")
    return value


_READERS: dict[str, Callable[[Mapping[str, Any]], Message]] = {
    "watch": _watch,
    "unwatch": _unwatch,
    "got": _got,
    "visible": _visible,
    "press": _press,
    "ask": _ask,
}
