"""The page of memory: what serving holds, by format, and what training keeps on each rank."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.memory import (
    TRAINING_STATES,
    Parallelism,
    TrainingMemory,
    TrainingState,
    training_memory,
    usual_expert_ranks,
)
from moeviz.accounting.units import size
from moeviz.analysis.cost.cache_kinds import (
    cache_kinds,
    kind_numbers,
    kind_rows,
    kind_table,
)
from moeviz.analysis.cost.decoding_speed import BATCHES
from moeviz.analysis.cost.flops import CONTEXTS
from moeviz.analysis.cost.memory import (
    format_rows,
    serving_info,
    serving_numbers,
    serving_row,
    traffic_numbers,
    training_numbers,
    training_rows,
)
from moeviz.config import ConfigError
from moeviz.figures.component_bars import component_bars
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.components.number_field import number_field
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.fields import count_field, count_slider
from moeviz.ui.cost.knobs import COUNT_KNOBS, COUNT_LABELS, TRAINING_STATE_NAMES
from moeviz.ui.cost.machine import machine_fields, machines, one_machine
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice
from moeviz.ui.cost.tables import table_chart
from moeviz.ui.cost.visit import change_count, load_count
from moeviz.ui.shared.refusals import by_label

FORMAT_ROW = 37
"""Pixels of a line of the picture of formats: eleven of them."""

_PARALLEL = {"ranks": "ranks", "expert": "ep", "tensor": "tp", "pipeline": "pp"}
"""The address's name of each field of a parallelism."""

_RANK_LABELS = {field: COUNT_KNOBS[name].label for field, name in _PARALLEL.items()}
_RANK_LABELS |= {"n_experts": "the experts of a layer"}


def memory_strip(state: CountState) -> None:
    """One row: the model, how it is held, where."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        subject_choice(state)
        count_field(state, "precision", width=110)
        count_slider(state, "context", CONTEXTS, width=150)
        count_slider(state, "batch", BATCHES, width=150)
        count_field(state, "cache", width=110)
        count_field(state, "hardware", width=170)
        count_field(state, "devices", width=120)


def serving_picture(state: CountState, subject: Subject) -> None:
    """Numbers, the bar against the memory, weights by format."""
    hardware = machines(state)
    info = serving_info(
        subject.architecture, hardware, state.knob("precision"), state.knob("cache"),
        state.knob("context"), state.knob("batch"),
    )  # fmt: skip
    derived_numbers(serving_numbers(info, state.knob("precision")), key="memory_numbers")
    held, formats = st.columns([1, 1], gap="medium")
    limit = (f"{hardware.name}: {size(hardware.memory_bytes)}", hardware.memory_bytes)
    with held:
        component_chart(
            (serving_row(info),), "bytes", size, limit=limit, key="memory_bars",
            label="Bytes held to serve, by component, against the memory",
        )  # fmt: skip
        machine_fields(state)
    with formats:
        st.markdown("**The same weights in other formats**")
        component_chart(
            format_rows(subject.architecture), "bytes", size, limit=limit, row_height=FORMAT_ROW,
            key="memory_formats", label="Bytes of the weights by number format, against the memory",
        )  # fmt: skip


def cache_picture(state: CountState, subject: Subject) -> None:
    """What the same model would keep of the past with attention of another kind."""
    st.markdown("## The same model's cache, were its attention of another kind")
    kinds = cache_kinds(
        subject.architecture, state.knob("cache"), state.knob("context"), state.knob("batch")
    )
    if len(kinds) == 1:
        st.text("Its attention keeps what none of these kinds does, or nothing of a token.")
        return
    derived_numbers(kind_numbers(kinds), key="kind_numbers")
    table_chart(
        component_bars(kind_rows(kinds), "bytes", size, row_height=FORMAT_ROW), kind_table(kinds),
        key="kind_bars", label="Bytes of the cache by kind of attention",
        file_name="moeviz-cache-by-kind",
    )  # fmt: skip


def training_picture(state: CountState, subject: Subject) -> None:
    """What training keeps on each accelerator."""
    st.markdown("## In training: state of every parameter, met or not")
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_training"):
        for name in _PARALLEL.values():
            if name == "ep":
                _expert_ranks_field(state, subject)
            else:
                count_field(state, name, width=100)
        count_field(state, "routed", width=190)
        count_field(state, "link", width=120)
        count_field(
            state, "optimizer", width=190,
            titles={"shared": "shared by replicas", "whole": "whole on each replica"},
        )  # fmt: skip
        count_field(state, "keeps", width=300, titles=TRAINING_STATE_NAMES)
    kept = _training(state, subject)
    if kept is None:
        return
    memory, parallelism, bytes_kept = kept
    room = int(one_machine(state).memory_bytes)
    shown = training_numbers(memory, parallelism, bytes_kept, room)
    if not subject.architecture.two_sided:  # there no token goes through all layers
        tokens = state.knob("routed")
        shown += traffic_numbers(
            subject.architecture, tokens, parallelism.expert, state.knob("link") * 1e9
        )
    derived_numbers(shown, key="training_numbers")
    component_chart(
        training_rows(memory), "bytes on each accelerator", size, limit=("one accelerator", room),
        key="training_bars",
        label="Bytes that training keeps on each accelerator: of experts, and of all else",
    )  # fmt: skip


def _expert_ranks(state: CountState, subject: Subject) -> int:
    """EP as it was set, or as it can be."""
    stage = max(1, state.knob("ranks") // state.knob("pp"))
    return int(state.knob("ep")) or usual_expert_ranks(subject.architecture, stage)


def _expert_ranks_field(state: CountState, subject: Subject) -> None:
    """Shows what is counted with, also where nobody has set it."""
    knob, value = COUNT_KNOBS["ep"], _expert_ranks(state, subject)

    def take(new: int) -> None:
        change_count(**load_count().with_knob("ep", new))

    number_field(knob, value, take, key="count_ep", width=100, labels=COUNT_LABELS)


def _training(
    state: CountState, subject: Subject
) -> tuple[TrainingMemory, Parallelism, TrainingState] | None:
    """None, and the reason shown, where ranks cannot be shared out so."""
    bytes_kept = TRAINING_STATES[TRAINING_STATE_NAMES[state.knob("keeps")]]
    try:
        parallelism = Parallelism(
            **{field: state.knob(name) for field, name in _PARALLEL.items() if name != "ep"},
            expert=_expert_ranks(state, subject),
            distributed_optimizer=state.knob("optimizer") == "shared",
        )
        memory = training_memory(subject.architecture, parallelism, bytes_kept)
    except ConfigError as error:
        st.error("The ranks cannot be shared out so.")
        st.text(by_label(error, _RANK_LABELS))
        return None
    return memory, parallelism, bytes_kept
