"""One visit's state of the pages that count, and how their widgets read and change it."""

from __future__ import annotations

from typing import Any

from moeviz.ui.count.state import CountState, from_query, to_query
from moeviz.ui.page_state import PageState


def load_count() -> CountState:
    """The state, from the address when it is new, else from the session."""
    return _count.load()


def change_count(**changes: Any) -> None:
    """Replace fields of the state; ConfigError, and no change, when they make no sense."""
    _count.change(**changes)


def write_count_address() -> None:
    """Make the address say what the state says."""
    _count.write_address()


def show_count_notices() -> None:
    """What was refused in the address, until the next address."""
    _count.show_notices()


_count = PageState("count", from_query, to_query, lambda state: state, CountState.sketch)
