"""What a live model's steps touch, read and take, beside even routing's."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.lab_model import lab_architecture
from moeviz.accounting.units import seconds
from moeviz.analysis.distinct_experts import (
    touched_numbers,
    touched_steps,
    touched_table,
)
from moeviz.config import ModelConfig
from moeviz.traces import DistinctExperts

MODEL = ModelConfig(n_experts=8, n_layers=2)
SERVING = Serving(lab_architecture(MODEL, 2), HARDWARE["H100 SXM"], context=64)
FOUND = DistinctExperts(
    step=7, n_experts=8, top_k=2, batch_sizes=np.array([1, 2, 4]), steps=np.array([4, 2, 1]),
    touched=np.array([[2.0, 3.0, 5.0], [2.0, 2.5, 3.0]]),
)  # fmt: skip
STEPS = touched_steps(FOUND, SERVING)


def test_a_row_has_what_is_touched_and_what_the_step_then_reads_and_takes():
    table = touched_table(STEPS)
    assert all(len(row) == len(table.header) == len(table.units) for row in table.rows)
    assert table.shown[1][:4] == ["2", "3.500", "2.750", "2"]
    even, routed = decode_step(SERVING, 2), decode_step(SERVING, 2, 2.75)
    assert table.in_full[1][4:] == [
        even.total_bytes, routed.total_bytes, even.seconds, routed.seconds,
    ]  # fmt: skip


def test_what_is_saved_is_the_bytes_of_the_experts_that_nobody_chose():
    """At 2 sequences 3.5 − 2.75 experts of 2 · 64 · F weights in each of 2 layers, 2 bytes each."""
    step = STEPS[1]
    expert = 2 * 2 * MODEL.d_model * MODEL.d_expert
    assert step.even.total_bytes - step.routed.total_bytes == pytest.approx(2 * 0.75 * expert)
    assert STEPS[0].even == STEPS[0].routed


def test_numbers_are_those_of_both_steps():
    step = STEPS[1]
    assert [each.exact for each in touched_numbers(step, SERVING)] == [
        f"{step.even.total_bytes:,.0f} bytes", f"{step.routed.total_bytes:,.0f} bytes",
        f"at least {step.even.seconds:.6g} s", f"at least {step.routed.seconds:.6g} s",
    ]  # fmt: skip
    assert "2.75 of 8" in touched_numbers(step, SERVING)[1].terms[1][1]
    assert touched_numbers(step, SERVING)[3].shown == f"at least {seconds(step.routed.seconds)}"
