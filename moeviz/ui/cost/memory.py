"""The page Memory: of serving, by number format and attention type, and of training."""

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
from moeviz.figures.theme.components import component_legend
from moeviz.texts import strings
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.components.number_field import number_field
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.fields import count_field, count_slider
from moeviz.ui.cost.knobs import COUNT_KNOBS, COUNT_LABELS, TRAINING_STATE_NAMES
from moeviz.ui.cost.machine import machine_fields, machines, one_machine, serving_fields
from moeviz.ui.cost.session import change_count, load_count
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice
from moeviz.ui.cost.tables import table_chart
from moeviz.ui.shared.refusals import by_label

FORMAT_ROW = 37
"""Pixels of a bar in the pictures of number formats and of attention types."""

_RANKS_WIDTH = 150
_WORDS = strings(__file__)

_PARALLEL = {"ranks": "ranks", "expert": "ep", "tensor": "tp", "pipeline": "pp"}
"""The knob of each field of a parallelism."""

_RANK_LABELS = {field: COUNT_KNOBS[name].label for field, name in _PARALLEL.items()}
_RANK_LABELS |= {"n_experts": _WORDS["the_experts"]}


def memory_strip(state: CountState) -> None:
    """One row: the model, its context and batch size, number formats, accelerators."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        subject_choice(state)
        count_slider(state, "batch", BATCHES, width=150)
        count_slider(state, "context", CONTEXTS, width=150)
        serving_fields(state)


def serving_picture(state: CountState, subject: Subject) -> None:
    """Numbers, the bar beside the memory, the weights by number format."""
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
            label=_WORDS["serving"],
        )  # fmt: skip
        machine_fields(state)
    with formats:
        st.markdown(_WORDS["formats"])
        component_chart(
            format_rows(subject.architecture), "bytes", size, limit=limit, row_height=FORMAT_ROW,
            key="memory_formats", label=_WORDS["formats_label"],
        )  # fmt: skip


def cache_picture(state: CountState, subject: Subject) -> None:
    """The KV cache of the same model with other attention types."""
    st.markdown(_WORDS["kinds"])
    kinds = cache_kinds(
        subject.architecture, state.knob("cache"), state.knob("context"), state.knob("batch")
    )
    if len(kinds) == 1:
        st.text(_WORDS["no_kinds"])
        return
    derived_numbers(kind_numbers(kinds), key="kind_numbers")
    rows = kind_rows(kinds)
    table_chart(
        component_bars(rows, "bytes", size, row_height=FORMAT_ROW), kind_table(kinds),
        legend=component_legend(rows, size),
        key="kind_bars", label=_WORDS["kinds_label"],
        file_name="moeviz-cache-by-kind",
    )  # fmt: skip


def training_picture(state: CountState, subject: Subject) -> None:
    """What training stores on each accelerator, and what expert parallelism sends."""
    st.markdown(_WORDS["training"])
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_training"):
        for name in _PARALLEL.values():
            if name == "ep":
                _expert_ranks_field(state, subject)
            else:
                count_field(state, name, width=_RANKS_WIDTH)
        count_field(state, "optimizer", width=180, titles=_WORDS["optimizer"])
        count_field(state, "keeps", width=270, titles=TRAINING_STATE_NAMES)
    kept = _training(state, subject)
    if kept is None:
        return
    memory, parallelism, bytes_kept = kept
    room = int(one_machine(state).memory_bytes)
    derived_numbers(training_numbers(memory, parallelism, bytes_kept, room), key="training_numbers")
    component_chart(
        training_rows(memory), _WORDS["training_unit"], size, key="training_bars",
        limit=(_WORDS["one_accelerator"], room), label=_WORDS["training_label"],
    )  # fmt: skip
    if not subject.architecture.two_sided:  # there no token passes all layers
        _traffic(state, subject, parallelism)


def _traffic(state: CountState, subject: Subject, parallelism: Parallelism) -> None:
    st.markdown(_WORDS["traffic"])
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_traffic"):
        count_field(state, "routed", width=220)
        count_field(state, "link", width=170)
    sent = traffic_numbers(
        subject.architecture, state.knob("routed"), parallelism.expert, state.knob("link") * 1e9
    )
    derived_numbers(sent, key="traffic_numbers")


def _expert_ranks(state: CountState, subject: Subject) -> int:
    """EP as it was set, or the largest that is possible."""
    stage = max(1, state.knob("ranks") // state.knob("pp"))
    return int(state.knob("ep")) or usual_expert_ranks(subject.architecture, stage)


def _expert_ranks_field(state: CountState, subject: Subject) -> None:
    """Shows the value that counts, also where it was not set."""
    knob, value = COUNT_KNOBS["ep"], _expert_ranks(state, subject)

    def take(new: int) -> None:
        change_count(**load_count().with_knob("ep", new))

    number_field(knob, value, take, key="count_ep", width=_RANKS_WIDTH, labels=COUNT_LABELS)


def _training(
    state: CountState, subject: Subject
) -> tuple[TrainingMemory, Parallelism, TrainingState] | None:
    """None, and the reason shown, where the ranks cannot divide the model so."""
    bytes_kept = TRAINING_STATES[TRAINING_STATE_NAMES[state.knob("keeps")]]
    try:
        parallelism = Parallelism(
            **{field: state.knob(name) for field, name in _PARALLEL.items() if name != "ep"},
            expert=_expert_ranks(state, subject),
            distributed_optimizer=state.knob("optimizer") == "shared",
        )
        memory = training_memory(subject.architecture, parallelism, bytes_kept)
    except ConfigError as error:
        st.error(_WORDS["no_division"])
        st.text(by_label(error, _RANK_LABELS))
        return None
    return memory, parallelism, bytes_kept
