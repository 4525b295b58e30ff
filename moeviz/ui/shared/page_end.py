"""How a page ends: two checks, what the reader can now explain, and the next page of the path.

Knows nothing of what is asked: `moeviz.study` has the content and grades.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from moeviz.config import RunConfig
from moeviz.study.answers import MAX_TYPED
from moeviz.texts import say_from
from moeviz.ui.components.check import check
from moeviz.ui.components.page_end import page_end_ticks
from moeviz.ui.shared.navigation import PAGES, Page
from moeviz.ui.shared.session_state import entered, here

if TYPE_CHECKING:
    from moeviz.study.checks import Check

say = say_from(__file__)

_BY_FILE = {page.file: page for page in PAGES}
_BY_ADDRESS = {page.address: page for page in PAGES}


@dataclass(slots=True)
class _Answered:
    """The last answer to a check: its text, whether it is right, what was said, how many so far."""

    given: str = ""
    right: bool | None = None
    says: str = ""
    seq: int = 0
    prompt: str = ""


@st.fragment
def page_end(file: str, run: RunConfig | None = None) -> None:
    """The end of a page.

    Args:
        file: the page's. run: the run that the page shows, which its checks may ask about.
    """
    # Here, not above: the template engine would cost the first page its first 100 ms.
    from moeviz.study import figures, path

    page = _BY_FILE[file]
    end = path.page_end(page.address, figures.run_figures(run))
    with st.container(key="page_end"):
        st.markdown(say("checks"))
        columns = st.columns(len(end.checks), gap="large")
        for column, each in zip(columns, end.checks, strict=True):
            with column:
                _show(each)
        st.markdown(end.explains)
        if end.terms:
            st.markdown(say("terms", terms=", ".join(end.terms)))
        page_end_ticks(_path(path.path(), path.check_ids), page.address, key="path")
        follows = _BY_ADDRESS[path.next_page(page.address)]
        st.page_link(
            follows.file, label=say("next", title=follows.title), icon=":material/arrow_forward:"
        )


def _path(
    addresses: tuple[str, ...], ids: Callable[[str], tuple[str, ...]]
) -> list[dict[str, Any]]:
    def as_data(page: Page) -> dict[str, Any]:
        return {"address": page.address, "title": page.title, "checks": ids(page.address)}

    return [as_data(_BY_ADDRESS[address]) for address in addresses]


def _show(asked: Check) -> None:
    """A check, with what was said of the last answer to it while it asks the same."""
    from moeviz.study.checks import ChoiceCheck, NumberCheck

    key = f"check_{asked.id}"
    last: _Answered = here().kept.setdefault(key, _Answered())
    if last.prompt != asked.prompt:
        last.given, last.right, last.says, last.prompt = "", None, "", asked.prompt

    def grade() -> None:
        said = (entered(key) or {}).get("answer")
        text = said if isinstance(said, str) else ""
        verdict = asked.grade(text)
        last.given = text[:MAX_TYPED]
        last.right, last.says, last.seq = verdict.right, verdict.says, last.seq + 1

    options = asked.options if isinstance(asked, ChoiceCheck) else ()
    check(
        {
            "id": asked.id,
            "prompt": asked.prompt,
            "unit": asked.unit if isinstance(asked, NumberCheck) else "",
            "options": [each.text for each in options],
            "given": last.given,
            "right": last.right,
            "says": last.says,
            "seq": last.seq,
        },
        key=key,
        on_answer=grade,
    )
