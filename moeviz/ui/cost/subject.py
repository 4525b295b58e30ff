"""Which model the pages are about: the sliders', the visitor's own file, or a released one.

One chooser for all of them; the choice is in the address, a file of one's own is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.config_json import read_config_json
from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.released_models import released_info
from moeviz.config import ConfigError
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.cost.state import OWN, SLIDERS, YOURS, CountState, subjects
from moeviz.ui.cost.visit import change_count, own_file
from moeviz.ui.shared.shown import place_of, shown_in


@dataclass(frozen=True, slots=True)
class Subject:
    """A model, and what to call it.

    Attributes:
        longest: positions that it has or says it is made for; None where that is not known.
    """

    title: str
    architecture: Architecture
    longest: int | None


def subject_choice(state: CountState) -> None:
    """The chooser."""
    titles = {SLIDERS: f"Sliders: {_sliders_title(state)}", OWN: f"File: {_own_title(state)}"}
    taken = shown_in("count_model", state.model, lambda new: change_count(model=new))
    st.selectbox(
        "Model", subjects(), place_of(state.model, subjects()), key="count_model", on_change=taken,
        width=230,
        format_func=lambda name: titles.get(name, name),
        help="A released model, the sliders of *The bargain*, or the file of *Your own model*.",
    )  # fmt: skip


def subject_of(state: CountState) -> Subject | None:
    """The chosen model; None, and the reason shown, when an own file is refused."""
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
        st.error("The file on the page of own models was not counted.")
        st.text(str(error))
        return None


def with_one_path(subject: Subject | None) -> Subject | None:
    """The model, where a token has one cost; None, and the reason shown, where it has none."""
    if subject is None or not subject.architecture.two_sided:
        return subject
    st.markdown("**No cost of a token is shown: this model is an encoder and a decoder.**")
    st.text(
        f"Of {subject.title} a token that is read goes through the encoder alone, a token that is "
        "written through the decoder, which looks at all that was read. What a token costs depends "
        "on how long either text is. What is stored is on the pages of released models and of "
        "memory."
    )
    return None


def context_note(state: CountState, subject: Subject) -> None:
    """Says so when the context is longer than the model is made for: it is counted all the same."""
    context, longest = state.knob("context"), subject.longest
    if longest is not None and context > longest:
        st.info(
            f"{subject.title} is made for at most {longest:,} positions. What is shown for a "
            f"context of {context:,} is the formula's, of a model that was not made for it."
        )


def _sliders_title(state: CountState) -> str:
    title = SKETCHES[state.like][0]
    return f"{title}, changed" if state.changes else title


def _own_title(state: CountState) -> str:
    return "your own" if state.example == YOURS else EXAMPLES[state.example][0]
