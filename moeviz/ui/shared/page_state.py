"""A page's state in the session, and how the address follows it.

The state in the session is the single source. A new address (a link, *back*, a reload, a knob that
the browser has written into it) replaces it; every other change is written to the address. A rerun
carries the browser's address at the time of its request, which may be older than the last change.
Three rules separate a new address from an echo:

1. *Back* and *forward* are marked as such: their address always counts.
2. With an action, and until the address is written after it, an address that this page had
   recently is an echo. One that it never had (the browser has written a knob into it, or a link was
   followed at the same time) is read before the action acts, so that both count.
3. Without an action a different address is new, also one that the page had before: so a link can
   lead back. So every widget of a page needs an action for a callback,
   `noted` where there is nothing to do.

An address that the script writes is a new entry of the browser's history. That is right after an
action. To the bare address of the menu, and in the one that a page is opened with, the browser
writes in place what the state says: *back* would else lead to an address that leads here again.

A fragment's rerun never navigates. What stays indistinguishable is a link to an address just left
that is followed in the same instant as a click: the click wins. An address without parameters is
that of the menu and keeps the state; *back* to it brings the state that it then stood for.

Streamlit's own `bind="query-params"` is not used: it writes display labels into the address, drops
bad values silently and leaves absent ones as they were, so that a preset's link would not lead to
the preset. Knows nothing of what a state holds.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import streamlit as st

from moeviz.ui.shared.address import UNKNOWN_NAMED, Address, Notices, refused
from moeviz.ui.shared.session_state import (
    Query,
    fragment_alone,
    here,
    noted,
    query_asked,
    went_back_or_forward,
)

S = TypeVar("S")

ADDRESS_REFUSED = "Part of the address was refused."

LATELY = 50
"""A rerun's address may be this number of addresses old."""


@dataclasses.dataclass
class _Opened(Generic[S]):
    """What the session knows of a kind of page that was opened in it.

    `notices`: what was refused, by heading. `address`: as it was last read or written. `bare`: what
    an address without parameters stands for, None before there was one. `had`: the addresses of
    late that the browser may still ask with. `reads`: how often an address has led to another
    state. `told`: whether the browser was told the address: a
    link from a page to itself leaves the old one in its address bar.
    """

    state: S
    notices: dict[str, Notices]
    address: Query
    bare: S | None
    had: deque[Query]
    told: bool = False
    reads: int = 1

    def at(self, address: Query) -> None:
        """The browser is at this address, or is sent there."""
        self.address = address
        self.had.append(address)


class PageState(Generic[S]):
    """Where pages of one kind keep their state.

    `name` tells kinds apart. `read` makes a state of an address and notices of what it refused,
    `write` is its inverse, `complete` adds what no address can say, `check` raises ConfigError for
    an invalid state.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[Mapping[str, str]], tuple[S, Notices]],
        write: Callable[[S], dict[str, str]],
        complete: Callable[[S], S],
        check: Callable[[S], object],
    ) -> None:
        self._name = name
        self._read, self._write, self._complete, self._check = read, write, complete, check

    def load(self) -> S:
        """The state: from the address when it is new, else from the session."""
        opened, address = self._opened_before, query_asked()
        if opened is None:
            return self._open(address).state
        if fragment_alone() or address == opened.address or _is_echo(opened, address):
            return opened.state
        if not address and not went_back_or_forward():
            opened.bare = opened.state
        else:
            bare = None if address else opened.bare
            understood = (bare, {}) if bare is not None else self._understood(address)
            opened.state, opened.notices = understood
            opened.reads += 1
        if here().outruns_address:  # the browser has written it, where it knew all that there was
            opened.had.clear()
        opened.told = here().outruns_address
        opened.at(address)
        return opened.state

    @property
    def reads(self) -> int:
        """How often an address has led to the state: a component sees by it that a link did."""
        return self._opened.reads

    @property
    def before(self) -> S | None:
        """The state, whatever the address says; None before a page of this kind was opened."""
        return self._opened_before.state if self._opened_before is not None else None

    def change(self, **changes: Any) -> None:
        """Replace fields of the state; ConfigError, and no change, when it then makes no sense.

        The notices that were shown until then go with it: they are about an earlier state.
        """
        opened = self._opened_before
        shown = opened.notices if opened is not None else None
        changed: Any = dataclasses.replace(self.load(), **changes)  # type: ignore[type-var]
        self._check(changed)
        self.replace(changed)
        if self._opened.notices is shown:  # else an address was read just now, and refused in part
            self._opened.notices = {}

    @property
    def has_notices(self) -> bool:
        """Whether something of the address was refused, and not followed by a change yet."""
        return bool(self._opened.notices)

    def clear_notices(self) -> None:
        """The callback of a widget that changes what the page shows, but not its state."""
        noted()
        self._opened.notices = {}

    def replace(self, state: S) -> None:
        """Take another state."""
        self._opened.state = state

    def write_address(self) -> S:
        """Make the address say what the state says; returns the state."""
        session, opened = here(), self._opened
        acted, state = session.acted, opened.state
        query = self._write(state)
        address = {name: [text] for name, text in query.items()}
        if not opened.told or query_asked() != address or opened.address != address:
            just_opened = opened.reads == 1 and not opened.told
            if session.outruns_address or (query_asked() and not just_opened):
                st.query_params.from_dict(query)
            else:
                session.complete_address(query_asked(), query)
        opened.at(address)
        opened.told = True
        session.settled = acted
        return state

    def refuse(self, notice: str, heading: str = ADDRESS_REFUSED) -> None:
        """Note what else of the address was refused or no longer holds, or what it cannot bring."""
        notices = self._opened.notices
        self._opened.notices = {**notices, heading: [*notices.get(heading, []), notice]}

    def show_notices(self) -> None:
        """What was refused in the address, until the next change or the next address."""
        notices = self._opened.notices
        if notices:
            with st.container(key="notices", gap=None):
                for heading, texts in notices.items():
                    st.markdown(f":material/info: **{heading}**")
                    for text in texts:
                        st.text(text)

    @property
    def _opened_before(self) -> _Opened[S] | None:
        return here().kept.get(self._name)

    @property
    def _opened(self) -> _Opened[S]:
        """Once the page is drawn it has been opened."""
        opened: _Opened[S] = here().kept[self._name]
        return opened

    def _open(self, address: Query) -> _Opened[S]:
        opened = _Opened(*self._understood(address), address, None, deque([address], maxlen=LATELY))
        opened.bare = None if address else opened.state
        here().kept[self._name] = opened
        return opened

    def _understood(self, address: Query) -> tuple[S, dict[str, Notices]]:
        """The state that an address leads to, and what of it was refused."""
        once = {name: texts[0] for name, texts in address.items() if len(texts) == 1}
        often = [(name, " and ".join(texts)) for name, texts in address.items() if name not in once]
        given_often = [refused(*each, "given once", "its default") for each in often]
        state, notices = self._read(once)
        notices = given_often[:UNKNOWN_NAMED] + notices
        return self._complete(state), {ADDRESS_REFUSED: notices} if notices else {}


def _is_echo(opened: _Opened[Any], address: Query) -> bool:
    late = here().outruns_address and address in opened.had
    return late and not went_back_or_forward()


def without_parameters(page: str) -> PageState[None]:
    """For a page that has no parameters: whatever is in its address is left out, and said."""
    nothing: Address[None] = Address((), lambda: None)
    return PageState(page, nothing.read, nothing.write, lambda state: state, lambda _: None)
