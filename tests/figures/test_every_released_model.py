"""Every released model whose layers are known can be drawn by every page that counts."""

from __future__ import annotations

import pytest

from moeviz.accounting.decode import Serving
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.memory import training_memory
from moeviz.config import ConfigError
from moeviz.figures.decoding_lines import dense_lines, step_lines
from moeviz.figures.decoding_speed import speed_info, speed_numbers
from moeviz.figures.flops import context_lines, flops_info, flops_numbers
from moeviz.figures.granularity import combination_lines, dial_info, dial_rows, parameter_lines
from moeviz.figures.memory import format_rows, serving_info, serving_numbers, training_rows
from moeviz.figures.released import released_info, released_names
from moeviz.figures.tensor_lines import tensor_lines


@pytest.fixture(params=released_names(whole=True))
def released(request):
    return released_info(request.param)


def test_its_tensors_sum_to_its_total(released):
    lines = tensor_lines(released.architecture)
    assert sum(line.parameters for line in lines) == released.counted.total


def test_its_memory_speed_and_operations_are_drawn(released):
    architecture, hardware = released.architecture, HARDWARE["H100 SXM"].times(64)
    info = serving_info(architecture, hardware, "bf16", "bf16", 4096, 2)
    assert serving_numbers(info, "bf16")[0].exact == f"{2 * released.counted.total:,} bytes"
    assert {row.title: row.total for row in format_rows(architecture)}["bf16"] == (
        2 * released.counted.total
    )
    assert sum(row.total for row in training_rows(training_memory(architecture))) == (
        18 * released.counted.total
    )
    speed = speed_info(Serving(architecture, hardware, context=4096), 16)
    assert len(speed_numbers(speed)) == 5
    assert step_lines(speed)["data"]
    assert dense_lines(speed)["data"]
    flops = flops_info(architecture, 4096, "causal", 10**12)
    assert len(flops_numbers(flops)) == 5
    assert context_lines(flops)["data"]


@pytest.mark.parametrize("name", ["chosen", "experts", "split"])
def test_its_dial_is_drawn_or_refused_by_name(released, name):
    mixtures = [stack.mixture for stack in released.architecture.stacks if stack.mixture]
    if len({(m.n_experts, m.top_k, m.d_expert) for m in mixtures}) != 1:
        with pytest.raises(ConfigError, match="n_experts"):
            dial_info(released.architecture, name, 0)
        return
    info = dial_info(released.architecture, name, 0)
    assert info.point.total == released.counted.total
    assert parameter_lines(info)["data"]
    assert combination_lines(info)["data"]
    assert dial_rows(info)
