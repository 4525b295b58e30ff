"""The accelerators that a page is about: a data sheet, with the visitor's own figures in it."""

from __future__ import annotations

import dataclasses

import streamlit as st

from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.units import rate, size
from moeviz.ui.cost.fields import count_field
from moeviz.ui.cost.state import CountState

OWN_FIGURES = {"peak": ("flops_per_second", 1e12), "bandwidth": ("bytes_per_second", 1e9),
               "memory": ("memory_bytes", 1e9)}  # fmt: skip
"""Which field of the data sheet each knob replaces, and the size of its unit."""


def one_machine(state: CountState) -> Hardware:
    """One accelerator."""
    own = {
        field: state.knob(name) * unit
        for name, (field, unit) in OWN_FIGURES.items()
        if state.knob(name) is not None
    }
    sheet = HARDWARE[state.knob("hardware")]
    if not own:
        return sheet
    return dataclasses.replace(
        sheet, **own, name=f"{sheet.name}, changed", source="your own figures"
    )


def machines(state: CountState) -> Hardware:
    """All of them as one."""
    return one_machine(state).times(state.knob("devices"))


def machine_fields(state: CountState) -> None:
    """Figures of one's own in place of the data sheet's, and what then counts."""
    one, sheet = one_machine(state), HARDWARE[state.knob("hardware")]
    with st.expander("More: your own figures for the accelerator"):
        columns = st.columns(3)
        for column, (name, (field, unit)) in zip(columns, OWN_FIGURES.items(), strict=True):
            with column:
                count_field(state, name, from_none=float(f"{getattr(sheet, field) / unit:.6g}"))
        st.markdown(
            f"One {one.name}: {rate(one.flops_per_second, 'FLOP')} dense in 16 bits, "
            f"{rate(one.bytes_per_second, 'B')}, {size(one.memory_bytes)}. Source: {one.source}."
        )
