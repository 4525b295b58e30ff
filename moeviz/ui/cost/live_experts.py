"""What the running model's own routing touches: asked on request, of a run that exists.

Its steps are those of the page's accelerators and formats.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from moeviz.accounting.decode import Serving
from moeviz.accounting.lab_model import lab_architecture
from moeviz.accounting.precision import FORMATS, PRECISIONS
from moeviz.analysis.distinct_experts import (
    step_nearest,
    touched_numbers,
    touched_steps,
    touched_table,
)
from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.figures.distinct_expert_lines import distinct_expert_lines
from moeviz.traces import DistinctExperts, DistinctExpertsQuestion
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.machine import machines
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.tables import table_chart
from moeviz.ui.cost.words import touched_words
from moeviz.ui.inspect.asking import routed_arms
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.run_names import experiment_of
from moeviz.ui.shared.session import engine, last_run, run_status, shown_run
from moeviz.ui.shared.visit import action, here

_TOUCHED = "count_touched"


@dataclass(frozen=True, slots=True)
class _Measured:
    """An answer, and whose it is.

    Attributes:
        revision: of the run's history when it was asked: other after a rewind.
    """

    run_id: str
    arm: str
    revision: int
    found: DistinctExperts


def live_experts(state: CountState) -> None:
    """The button, and the last answer that it got in this visit, if it is this run's."""
    st.markdown("## Distinct experts: even routing, and the running model's")
    status = run_status(shown_run()) or run_status(last_run())
    arms = routed_arms(status.config) if status else ()
    if status is None or not arms:
        st.page_link(
            LAB, label="No run yet: train one in the lab, then come back", icon=":material/science:"
        )
        return
    st.text(f"{experiment_of(status.config)}. Arm {arms[0]}, step {status.step:,}.")
    st.button(
        "Measure the model as it is now", key="measure_experts",
        on_click=_measure, args=(status, arms[0]),
        help="Decodes held-out text with it. Changes nothing in the run.",
    )  # fmt: skip
    measured: _Measured | None = here().kept.get(_TOUCHED)
    if measured is None or (measured.run_id, measured.arm) != (status.run_id, arms[0]):
        return
    if (measured.found.step, measured.revision) != (status.step, status.revision):
        st.text(
            f"Below: the same run at step {measured.found.step:,}, when it was measured. Measure "
            "again for the model as it is now."
        )
    _picture(measured.found, _serving(state, status, measured), state.knob("batch"))


def _serving(state: CountState, status: RunStatus, measured: _Measured) -> Serving:
    """The measured model on the page's accelerators, at the end of its context."""
    model = next(arm.model for arm in status.config.arms if arm.name == measured.arm)
    return Serving(
        lab_architecture(model, measured.found.top_k), machines(state),
        PRECISIONS[state.knob("precision")], model.context_length,
        FORMATS[state.knob("cache")].bits,
    )  # fmt: skip


@action
def _measure(status: RunStatus, arm: str) -> None:
    question = DistinctExpertsQuestion(arm, {"capacity_factor": None})
    answer = engine().ask(status.run_id, question, None)
    if not isinstance(answer, DistinctExperts):
        raise EngineError("the worker gave no answer; ask again")
    here().kept[_TOUCHED] = _Measured(status.run_id, arm, status.revision, answer)


def _picture(found: DistinctExperts, serving: Serving, batch: int) -> None:
    """Lines and table of all batch sizes; numbers and words of the page's, or the next to it."""
    steps = touched_steps(found, serving)
    shown = step_nearest(steps, batch)
    derived_numbers(touched_numbers(shown, serving), key="touched_numbers")
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        table_chart(
            distinct_expert_lines(found), touched_table(steps), key="touched",
            label=f"Distinct experts of {found.n_experts} that a decoding step touches",
            file_name="moeviz-distinct-experts",
        )  # fmt: skip
    with words:
        st.markdown(touched_words(found, shown))
        st.text(
            f"B = {shown.batch:,}{_why(shown.batch, batch)}. {serving.hardware.name}, weights as "
            f"{serving.precision.name}, the model's whole context of {serving.context:,}."
        )


def _why(shown: int, batch: int) -> str:
    """Why another batch is shown than the page's."""
    return "" if shown == batch else f", the nearest to {batch:,} of those that were measured"
