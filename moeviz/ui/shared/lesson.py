"""The parts that every page shares below its live thing. Knows nothing of what a page teaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from moeviz.routing.balancers import BALANCERS
from moeviz.texts import Experiment, PageTexts
from moeviz.ui.components.first_picture import first_picture
from moeviz.ui.components.start_at_top import start_at_top
from moeviz.ui.shared.metric_table import metric_table
from moeviz.ui.shared.source import source_of

PRESETS_IN_A_ROW = 3
HOW = "how_this_is_computed"
ANSWER = "interview_answer"
"""The keys of the expanders of these names: true in the session's state while they are open."""
PICTURE_DRAWN = "picture_drawn"
"""The key that is true in the session's state once its browser has painted a live picture."""


def opening(title: str, idea: str, *, in_one_line: bool = False) -> None:
    """The page's title and its one idea, in one line where the stage needs the height."""
    with st.container(horizontal=in_one_line, vertical_alignment="center", key="opening"):
        st.markdown(f"# {title}", width="content" if in_one_line else "stretch")
        st.markdown(idea)


def lesson(
    page: Any,
    texts: PageTexts,
    sources: Sequence[tuple[str, str]],
    *,
    live: bool,
    metrics: bool = False,
    experiments: Iterable[Experiment] = (),
) -> None:
    """What stands below the page's picture: experiments, how it is computed, the interview.

    Args:
        page: the page that the experiments lead to.
        texts: with the sections "How this is computed", "Question" and "Answer".
        sources: (module, name) of each function whose source is shown.
        live: the running model calls these functions; else they are closed forms.
        metrics: list the measures of balance and the balancers too.
        experiments: the links of *Try this* where the texts have none.
    """
    try_this(page, texts.experiments or experiments)
    how_this_is_computed(texts["How this is computed"], sources, live=live, metrics=metrics)
    in_an_interview(texts["Question"], texts["Answer"])


@st.fragment
def below_the_picture(draw: Callable[[], None]) -> None:
    """Render what stands below a live picture, once the session's first picture is painted.

    Streamlit's frontend mounts all elements of a page together. The elements below the picture
    took longer than those that the picture needs.
    """
    if st.session_state.get(PICTURE_DRAWN):
        draw()
    else:
        first_picture(key="first_picture", on_drawn=_note_picture)


def _note_picture() -> None:
    st.session_state[PICTURE_DRAWN] = True


def try_this(page: Any, presets: Iterable[Experiment]) -> None:
    """Experiments, each a link that loads its controls."""
    st.markdown("## Try this")
    start_at_top(key="start_at_top")
    for index, preset in enumerate(presets):
        if index % PRESETS_IN_A_ROW == 0:
            columns = st.columns(PRESETS_IN_A_ROW)
        with columns[index % PRESETS_IN_A_ROW]:
            st.page_link(
                page, label=f"**{preset.title}**", icon=":material/science:",
                query_params=dict(preset.query),
            )  # fmt: skip
            st.markdown(preset.story)


@st.fragment
def how_this_is_computed(
    where: str, sources: Sequence[tuple[str, str]], *, live: bool, metrics: bool
) -> None:
    """Where the numbers come from, the formulas, and the source of the functions that ran.

    Rendered only while it is open: the highlighter of sources is 1.5 MB of JavaScript, which the
    browser would read before the page's first picture.
    """
    inside = st.expander("How this is computed", key=HOW, on_change="rerun")
    if not inside.open:
        return
    with inside:
        st.markdown(where)
        if metrics:
            metric_table()
            _method_list()
        for module, name in sources:
            called = "as the running model calls it" if live else "which computes these numbers"
            st.markdown(f"`{module}.{name}`, {called}")
            st.code(source_of(module, name), language="python")


def _method_list() -> None:
    for method in BALANCERS.values():
        st.markdown(f"**{method.title}**: {method.description}")
        st.latex(method.formula)
        st.markdown(f"Source: {method.source}. {method.usually}".rstrip())


@st.fragment
def in_an_interview(question: str, answer: str) -> None:
    """The question that the page answers, and an answer to compare one's own with.

    The answer is rendered only while it is open, so that no one reads it by accident.
    """
    st.markdown("## In an interview")
    st.markdown(f"**{question}** Say your answer aloud first, then compare.")
    inside = st.expander("Reveal the answer", key=ANSWER, on_change="rerun")
    if inside.open:
        with inside:
            st.markdown(answer)
