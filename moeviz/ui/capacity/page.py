"""The capacity lab put together: the study of a model, its picture, its measurements."""

from __future__ import annotations

import dataclasses

import streamlit as st

from moeviz.analysis.capacity import shown_sequences
from moeviz.config import ArmConfig
from moeviz.engine.protocol import RunStatus
from moeviz.texts import say_from
from moeviz.traces import BatchRouting
from moeviz.ui.capacity.batch import batch_words, capacity_picture
from moeviz.ui.capacity.controls import DEFAULT_FACTOR
from moeviz.ui.capacity.panels import (
    cost_of_a_factor,
    dependence_on_the_batch,
    drops_by_policy,
)
from moeviz.ui.capacity.study import CapacityStudy
from moeviz.ui.inspect.asking import asked_arm
from moeviz.ui.inspect.capacity_factor import asked_knobs
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.inspect.studies import answered, study_panel, subject_of
from moeviz.ui.inspect.training import said_of_an_untrained_model

say = say_from(__file__)


def study_of(state: AskingState, status: RunStatus) -> tuple[CapacityStudy, BatchRouting | None]:
    """The study of the model that the state names, and the batch that is shown."""
    arm = asked_arm(state, status)
    assert arm is not None, "a page asks only models that have a router"
    subject = subject_of(status, arm.name, state.step)
    study = CapacityStudy(subject, asked_knobs(state, status, DEFAULT_FACTOR))
    batch: BatchRouting | None = answered(subject, study.batch_question)
    if batch is not None:
        study = dataclasses.replace(study, sequences=shown_sequences(batch))
    return study, batch


def said_of_the_model(study: CapacityStudy, state: AskingState, status: RunStatus) -> None:
    """That the model is untrained; while it trains, which step the page shows.

    Always one container: what stands below it keeps its place.
    """
    step = study.subject.step
    said = [said_of_an_untrained_model(status, step)]
    if state.step is None and status.trains:
        said += ["" if step == 0 else say("checkpoint", step=f"{step:,}"), say("trains_on")]
    with st.container(key="capacity_said"):
        if any(said):
            st.markdown(" ".join(filter(None, said)))


def picture_of(batch: BatchRouting, state: AskingState, arm: ArmConfig) -> None:
    """The batch in the chosen layer: slots, numbers, text."""
    capacity_picture(batch, state.layer, arm.model)
    batch_words(batch, state.layer, state.token)


def measured(study: CapacityStudy, batch: BatchRouting, state: AskingState) -> None:
    """Everything that is measured in the background, as far as it is known."""
    length = len(batch.tokens) // len(batch.domain)
    picked = -1 if state.token is None else state.token // length
    sequence = picked if picked in study.sequences else study.sequences[-1]

    def draw() -> None:
        drops_by_policy(study, batch, state.layer)
        cost_of_a_factor(study)
        dependence_on_the_batch(study, sequence)

    study_panel(study.subject, study.questions(), draw)
