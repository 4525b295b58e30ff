"""What the pages that question a model show, and the address that says it: both the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moeviz.config import KNOBS
from moeviz.engine.until import LAST_STEP
from moeviz.ui.inspect.state import (
    ASKED_KNOBS,
    MAX_TEXT_IN_ADDRESS,
    AskingState,
    from_query,
    to_query,
)
from moeviz.ui.shared.lab_state import URL_NAMES
from tests.lab_states import knob_values

NAMES = st.text("abcXYZ019-_", min_size=1, max_size=64)
LARGEST_BATCH = KNOBS["batch_size"].high * KNOBS["context_length"].high


@st.composite
def asking_states(draw: st.DrawFn) -> AskingState:
    """States that an address can say: it leaves out a longer text, and a goal without its run."""
    trained = draw(st.just("") | NAMES)
    names = draw(st.sets(st.sampled_from(ASKED_KNOBS)))
    return AskingState(
        run=draw(st.just("") | NAMES),
        arm=draw(st.text("AB ", max_size=20)),
        step=draw(st.none() | st.integers(0, LAST_STEP)),
        layer=draw(st.integers(0, KNOBS["n_layers"].high - 1)),
        knobs={name: draw(knob_values(name)) for name in names},
        text=draw(st.text(max_size=MAX_TEXT_IN_ADDRESS)),
        noise=draw(st.booleans()),
        token=draw(st.none() | st.integers(0, LARGEST_BATCH - 1)),
        expert=draw(st.none() | st.integers(0, KNOBS["n_experts"].high - 1)),
        trained=trained,
        trained_steps=draw(st.none() | st.integers(20, 5_000)) if trained else None,
    )


@given(asking_states())
def test_an_address_leads_back_to_the_state_that_it_was_written_from(state):
    assert from_query(to_query(state)) == (state, [])


@given(st.sampled_from(ASKED_KNOBS), st.sampled_from(["banana", "-3", "none of it"]))
def test_a_refused_knob_leaves_the_run_its_own_value(name, text):
    state, notices = from_query({URL_NAMES[name]: text})
    assert name not in state.knobs
    assert notices[0].endswith("Used instead: the run's own value.")
