"""What the running model's own routing touches: asked on request, of a run that exists.

Knows nothing of bytes or of hardware.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from moeviz.accounting.distinct import distinct_experts
from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.figures.speed_lines import TOUCHED_FILE_HEADER, touched_lines, touched_rows
from moeviz.studies import DistinctExperts, DistinctExpertsQuestion
from moeviz.ui.asking import routed_arms
from moeviz.ui.components.chart import TableFile, chart
from moeviz.ui.navigation import LAB
from moeviz.ui.run_names import experiment_of
from moeviz.ui.session import engine, last_run, run_status, shown_run
from moeviz.ui.visit import action, here

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


def live_experts() -> None:
    """The button, and the last answer that it got in this visit, if it is this run's."""
    st.markdown("##### Distinct experts: even routing, and the running model's")
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
    _picture(measured.found)


@action
def _measure(status: RunStatus, arm: str) -> None:
    question = DistinctExpertsQuestion(arm, {"capacity_factor": None})
    answer = engine().ask(status.run_id, question, None)
    if not isinstance(answer, DistinctExperts):
        raise EngineError("the worker gave no answer; ask again")
    here().kept[_TOUCHED] = _Measured(status.run_id, arm, status.revision, answer)


def _picture(found: DistinctExperts) -> None:
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        chart(
            touched_lines(found), key="touched",
            label=f"Distinct experts of {found.n_experts} that a decoding step touches",
            header=("Sequences", "Even routing", "Mean of layers", "Steps counted"),
            rows=touched_rows(found),
            file=TableFile("moeviz-distinct-experts", TOUCHED_FILE_HEADER, touched_rows(found)),
        )  # fmt: skip
    with words:
        st.markdown(_reading(found))


def _reading(found: DistinctExperts) -> str:
    """At the batch size in the middle."""
    middle = len(found.batch_sizes) // 2
    batch, touched = int(found.batch_sizes[middle]), float(found.touched[:, middle].mean())
    even = distinct_experts(found.n_experts, found.top_k, batch)
    return (
        f"At step {found.step:,}, N = {found.n_experts} and k = {found.top_k}: {batch} sequences "
        f"at even routing would touch {even:.2f} experts of a layer. The model's own decoding "
        f"steps touch **{touched:.2f}**. Where routing is skewed a step reads less than the "
        "formula says, and the experts that it reads are the crowded ones."
    )
