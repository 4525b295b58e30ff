"""The address of a page that has no parameters: whatever is in it is left out, and said by name.

Knows nothing of what the page shows.
"""

from __future__ import annotations

from collections.abc import Mapping

from moeviz.ui.shared.page_state import PageState
from moeviz.ui.shared.query_reader import QueryReader


def without_parameters(page: str) -> PageState[None]:
    """What such a page, of this name, loads, writes to the address and shows notices of."""
    return PageState(
        page,
        read=_refusing_all,
        write=lambda _: {},
        complete=lambda state: state,
        check=lambda _: None,
    )


def _refusing_all(query: Mapping[str, str]) -> tuple[None, list[str]]:
    reader = QueryReader(dict(query))
    reader.refuse_the_rest()
    return None, reader.notices
