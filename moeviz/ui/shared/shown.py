"""Streamlit's widgets as the page's state has them, without taking back what a reader has entered.

A widget that is set in `st.session_state` shows that value when the browser draws it, whatever its
reader has entered since: a page that set its widgets at every drawing would lose quick presses. So
a widget is set only when it shows another value than the state has. Then it is news to the browser
(a preset was chosen, an entry was refused), and the next press, which brings the values of all
widgets as the browser knows them, can have been sent before the news arrived. Such an echo is no
entry. To tell it from one, each news has a number, and a hidden field at the end of the page says
up to which number the browser has heard.

Call sites give a widget its value as its default as well: a drawing that is interrupted can set a
widget that the browser then never draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from moeviz.ui.shared.session_state import Refused, action, entered, here, report, reported

_HEARD = "heard_news"
_UNKNOWN: Any = object()


@dataclass
class _News:
    """What the page has set of one widget, while the browser may not have heard of it.

    Attributes:
        number: of the newest. before: what the widget showed before a news, with its number.
    """

    number: int
    before: list[tuple[Any, int]]


@dataclass
class _Told:
    """All news of a session: how many there were, and which may be under way, by widget."""

    count: int = 0
    open: dict[str, _News] = field(default_factory=dict)


def shown_in(key: str, value: Any, take: Callable[[Any], None]) -> Callable[[], None]:
    """Make a widget show a value; returns its callback, which gives `take` what the user enters."""
    _show(key, value)

    @action
    def taken() -> None:
        new = entered(key)
        if _is_echo(key, new):
            return
        try:
            take(new)
        except Refused as error:
            report(error, at=key)

    return taken


def place_of(value: Any, options: Sequence[Any]) -> int | None:
    """The index of a value among options; None where it is none of them."""
    return options.index(value) if value in options else None


def ask_what_was_heard() -> None:
    """The hidden field; for the end of the page, once there was any news."""
    newest = str(_told().count)
    if newest == "0":
        return
    if entered(_HEARD) != newest:
        st.session_state[_HEARD] = newest
    with st.container(key="heard"):
        st.text_input("Heard", newest, key=_HEARD, label_visibility="collapsed")


def _show(key: str, value: Any) -> None:
    told, now = _told(), entered(key, _UNKNOWN)
    news = told.open.get(key)
    settled = news is None or _heard() >= news.number
    if now is _UNKNOWN:
        told.open.pop(key, None)
        st.session_state[key] = value
    elif now == value and settled:
        told.open.pop(key, None)
    else:
        told.count += 1
        before = [] if news is None or settled else news.before
        told.open[key] = _News(told.count, [*before, (now, told.count)])
        st.session_state[key] = value


def _is_echo(key: str, value: Any) -> bool:
    news = _told().open.get(key)
    heard = _heard()
    return news is not None and any(heard < number and value == old for old, number in news.before)


def _heard() -> int:
    """The last number that the browser had received when it requested this run of the script."""
    said = reported(_HEARD)
    return int(said) if isinstance(said, str) and said.isascii() and said.isdigit() else 0


def _told() -> _Told:
    told: _Told = here().kept.setdefault("told", _Told())
    return told
