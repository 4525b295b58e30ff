"""The model that the cost pages describe: the sliders', the reader's own file, or a released one.

One chooser for all of them. The choice is in the address, the reader's file is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.config_json import read_config_json
from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.released_models import released_info
from moeviz.config import ConfigError
from moeviz.texts import fill, strings
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.cost.session import change_count, own_file
from moeviz.ui.cost.state import OWN, SLIDERS, YOURS, CountState, subjects
from moeviz.ui.shared.shown import place_of, shown_in

_WORDS = strings(__file__)


@dataclass(frozen=True, slots=True)
class Subject:
    """A model and its title.

    Attributes:
        longest: positions that it supports; None where that is unknown.
    """

    title: str
    architecture: Architecture
    longest: int | None


def subject_choice(state: CountState) -> None:
    """The chooser."""
    titles = {
        SLIDERS: fill(_WORDS["sliders"], title=_sliders_title(state)),
        OWN: fill(_WORDS["file"], title=_own_title(state)),
    }
    taken = shown_in("count_model", state.model, lambda new: change_count(model=new))
    st.selectbox(
        "Model", subjects(), place_of(state.model, subjects()), key="count_model", on_change=taken,
        width=230,
        format_func=lambda name: titles.get(name, name),
        help=_WORDS["help"],
    )  # fmt: skip


def subject_of(state: CountState) -> Subject | None:
    """The chosen model; None, and the reason shown, where the reader's file is refused."""
    if state.model == SLIDERS:
        positions = state.sketch().positions
        return Subject(_sliders_title(state), state.architecture(), positions or None)
    if state.model != OWN:
        info = released_info(state.model)
        assert info.architecture is not None, "only models whose layers are known can be chosen"
        return Subject(state.model, info.architecture, info.model.longest)
    try:
        own = read_config_json(own_file())
        return Subject(_own_title(state), own.architecture, own.longest)
    except ConfigError as error:
        st.error(_WORDS["refused"])
        st.text(str(error))
        return None


def with_one_path(subject: Subject | None) -> Subject | None:
    """The model; None, and the reason shown, where the cost of a token has no single value."""
    if subject is None or not subject.architecture.two_sided:
        return subject
    st.markdown(_WORDS["two_sided"])
    st.markdown(fill(_WORDS["two_sided_why"], model=subject.title))
    return None


def context_note(state: CountState, subject: Subject) -> None:
    """A note where the context is longer than the model supports; the formulas still count it."""
    context, longest = state.knob("context"), subject.longest
    if longest is not None and context > longest:
        st.info(
            fill(
                _WORDS["too_long"], model=subject.title, longest=f"{longest:,}",
                context=f"{context:,}",
            )
        )  # fmt: skip


def _sliders_title(state: CountState) -> str:
    title = SKETCHES[state.like][0]
    return fill(_WORDS["changed"], title=title) if state.changes else title


def _own_title(state: CountState) -> str:
    return _WORDS["own"] if state.example == YOURS else EXAMPLES[state.example][0]
