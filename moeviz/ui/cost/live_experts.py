"""The distinct experts of the reader's own model, measured on request, in a run that exists.

Bytes and time are those of the page's accelerators and formats.
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
from moeviz.texts import fill, strings
from moeviz.traces import DistinctExperts, DistinctExpertsQuestion
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.machine import machines
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.tables import table_chart
from moeviz.ui.cost.words import touched_words
from moeviz.ui.inspect.asking import routed_arms
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.run_names import run_title
from moeviz.ui.shared.session import engine, last_run, run_status, shown_run
from moeviz.ui.shared.session_state import action, here

_TOUCHED = "count_touched"
_WORDS = strings(__file__)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A measurement, and the model that it is of.

    Attributes:
        revision: of the run's history at the measurement: a rewind changes it.
    """

    run_id: str
    arm: str
    revision: int
    found: DistinctExperts


def live_experts(state: CountState) -> None:
    """The button, and the last measurement of this session, if it is of this run."""
    st.markdown(_WORDS["title"])
    status = run_status(shown_run()) or run_status(last_run())
    arms = routed_arms(status.config) if status else ()
    if status is None or not arms:
        st.page_link(LAB, label=_WORDS["none"], icon=":material/science:")
        return
    st.text(
        fill(
            _WORDS["run"], run=run_title(status.config), model=arms[0].upper(),
            step=f"{status.step:,}",
        )
    )  # fmt: skip
    st.button(
        _WORDS["measure"], key="measure_experts", on_click=_measure, args=(status, arms[0]),
        help=_WORDS["measure_help"],
    )  # fmt: skip
    measured: _Measured | None = here().kept.get(_TOUCHED)
    if measured is None or (measured.run_id, measured.arm) != (status.run_id, arms[0]):
        return
    if (measured.found.step, measured.revision) != (status.step, status.revision):
        st.text(fill(_WORDS["older"], step=f"{measured.found.step:,}"))
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
        raise EngineError(_WORDS["no_answer"])
    here().kept[_TOUCHED] = _Measured(status.run_id, arm, status.revision, answer)


def _picture(found: DistinctExperts, serving: Serving, batch: int) -> None:
    """Lines and table of all batch sizes; numbers and words of the page's, or of the nearest."""
    steps = touched_steps(found, serving)
    shown = step_nearest(steps, batch)
    derived_numbers(touched_numbers(shown, serving), key="touched_numbers")
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        table_chart(
            distinct_expert_lines(found), touched_table(steps), key="touched",
            label=fill(_WORDS["label"], experts=str(found.n_experts)),
            file_name="moeviz-distinct-experts",
        )  # fmt: skip
    with words:
        st.markdown(touched_words(found, shown))
        st.text(
            fill(
                _WORDS["conditions"], batch=f"{shown.batch:,}",
                nearest=_nearest(shown.batch, batch), hardware=serving.hardware.name,
                format=serving.precision.name, context=f"{serving.context:,}",
            )
        )  # fmt: skip


def _nearest(shown: int, batch: int) -> str:
    """Says so where the page's batch size was not measured."""
    return "" if shown == batch else fill(_WORDS["nearest"], batch=f"{batch:,}")
