"""The accelerators of a page: a data sheet, with the reader's own figures in its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import streamlit as st

from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.units import rate, size
from moeviz.analysis.cost.smaller_accelerator import Host
from moeviz.texts import fill, strings
from moeviz.ui.cost.fields import count_field
from moeviz.ui.cost.state import CountState

OWN_FIGURES = {"peak": ("flops_per_second", 1e12), "bandwidth": ("bytes_per_second", 1e9),
               "memory": ("memory_bytes", 1e9)}  # fmt: skip
"""The field of the data sheet that each knob replaces, and the size of its unit."""

_WORDS = strings(__file__)


SMALL_FIGURES = {"small_memory": ("memory_bytes", 1e9),
                 "small_bandwidth": ("bytes_per_second", 1e9)}  # fmt: skip
"""The same of the smaller accelerator."""


def one_machine(state: CountState) -> Hardware:
    """One accelerator."""
    return _with_own_figures(state, HARDWARE[state.knob("hardware")], OWN_FIGURES)


def second_machine(state: CountState) -> Hardware:
    """One of those that are compared with it."""
    return HARDWARE[state.knob("beside")]


def small_machine(state: CountState) -> Hardware:
    """The smaller accelerator."""
    return _with_own_figures(state, HARDWARE[state.knob("small")], SMALL_FIGURES)


def host_machine(state: CountState) -> Host:
    """The machine around it."""
    figures = (state.knob(name) for name in ("host_memory", "host_bandwidth", "host_link"))
    return Host(*(figure * 1e9 for figure in figures))


def _with_own_figures(
    state: CountState, sheet: Hardware, figures: Mapping[str, tuple[str, float]]
) -> Hardware:
    """The data sheet, with the reader's own figures in its place."""
    own = {
        field: state.knob(name) * unit
        for name, (field, unit) in figures.items()
        if state.knob(name) is not None
    }
    if not own:
        return sheet
    return dataclasses.replace(
        sheet, **own, name=fill(_WORDS["changed"], name=sheet.name), source=_WORDS["own_source"]
    )


def host_fields(state: CountState) -> None:
    """The smaller accelerator and the host, in a row."""
    sheet = HARDWARE[state.knob("small")]
    with st.container(horizontal=True, vertical_alignment="bottom", key="small_strip"):
        count_field(state, "small", width=165)
        for name, (field, unit) in SMALL_FIGURES.items():
            count_field(state, name, from_none=_in_unit(sheet, field, unit), width=160)
        for name in ("host_memory", "host_bandwidth", "host_link"):
            count_field(state, name, width=160)


def _in_unit(sheet: Hardware, field: str, unit: float) -> float:
    return float(f"{getattr(sheet, field) / unit:.6g}")


def serving_fields(state: CountState) -> None:
    """Formats and accelerators, in a row with other fields."""
    count_field(state, "precision", width=125)
    count_field(state, "cache", width=145)
    count_field(state, "hardware", width=165)
    count_field(state, "devices", width=120)


def machines(state: CountState) -> Hardware:
    """All of them as one."""
    return one_machine(state).times(state.knob("devices"))


def machine_fields(state: CountState) -> None:
    """Fields for own figures, and the figures that the page uses."""
    one, sheet = one_machine(state), HARDWARE[state.knob("hardware")]
    with st.expander(_WORDS["title"]):
        columns = st.columns(3)
        for column, (name, (field, unit)) in zip(columns, OWN_FIGURES.items(), strict=True):
            with column:
                count_field(state, name, from_none=_in_unit(sheet, field, unit))
        st.markdown(
            fill(
                _WORDS["one"], name=one.name, peak=rate(one.flops_per_second, "FLOP"),
                bandwidth=rate(one.bytes_per_second, "B"), memory=size(one.memory_bytes),
                source=one.source,
            )
        )  # fmt: skip
