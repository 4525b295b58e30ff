"""The file's model on one smaller accelerator, with experts in the host's memory."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.config_json import ImportedModel
from moeviz.accounting.decode import Serving
from moeviz.accounting.memory import RESERVED
from moeviz.accounting.precision import FORMATS, PRECISIONS
from moeviz.accounting.units import exact, percent, size
from moeviz.analysis.cost.placement_numbers import llama_cpp, placement_numbers, placement_rows
from moeviz.analysis.cost.smaller_accelerator import Placement, placement
from moeviz.texts import fill, strings
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.machine import host_fields, host_machine, small_machine
from moeviz.ui.cost.state import CountState

_WORDS = strings(__file__)


def smaller_accelerator(state: CountState, model: ImportedModel) -> None:
    """The fields, the layers whose experts stay, llama.cpp's options, the bounds."""
    st.markdown(_WORDS["title"])
    architecture = model.architecture
    if architecture.two_sided or not any(stack.mixture for stack in architecture.stacks):
        st.markdown(_WORDS["two_sided" if architecture.two_sided else "dense"])
        return
    host_fields(state)
    serving = Serving(
        architecture, small_machine(state), PRECISIONS[state.knob("precision")],
        state.knob("context"), FORMATS[state.knob("cache")].bits,
    )  # fmt: skip
    found = placement(serving, host_machine(state))
    st.markdown(_words(found))
    if not found.fits_accelerator:
        return
    st.markdown(_WORDS["options"])
    st.code(llama_cpp(found), language=None)
    numbers = placement_numbers(found)
    derived_numbers(numbers, key="small_numbers")
    component_chart(
        placement_rows(found), "bytes", size, key="small_bars", label=_WORDS["bars"],
        limit=(
            fill(_WORDS["limit"], memory=size(serving.hardware.memory_bytes)),
            serving.hardware.memory_bytes,
        ),
    )  # fmt: skip


def _words(found: Placement) -> str:
    """What stays where, or what does not fit."""
    name, reserved = found.serving.hardware.name, percent(float(RESERVED))
    if not found.fits_accelerator:
        return fill(
            _WORDS["too_small"], name=name, needed=size(float(found.on_accelerator)),
            room=size(float(found.accelerator_room)), reserved=reserved,
        )  # fmt: skip
    if not found.moved:
        return fill(_WORDS["all_fit"], name=name)
    kept, layers = exact(len(found.kept)), exact(len(found.kept) + len(found.moved))
    split = fill(_WORDS["split"], kept=kept, layers=layers, name=name, n=exact(found.n_cpu_moe))
    if found.fits_host:
        return split
    short = fill(
        _WORDS["host_too_small"], needed=size(float(found.on_host)),
        room=size(float(found.host_room)), reserved=reserved,
    )  # fmt: skip
    return f"{split}\n\n{short}"
