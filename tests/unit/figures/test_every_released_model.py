"""Every released model whose layers are known can be drawn by every page that counts."""

from __future__ import annotations

import pytest

from moeviz.accounting.decode import Serving
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.memory import training_memory
from moeviz.analysis.cost.decoding_speed import speed_info, speed_numbers
from moeviz.analysis.cost.flops import flops_info, flops_numbers
from moeviz.analysis.cost.granularity import sweep_info, sweep_table
from moeviz.analysis.cost.memory import format_rows, serving_info, serving_numbers, training_rows
from moeviz.analysis.cost.released_models import released_info, released_names
from moeviz.analysis.cost.tensors import tensor_table
from moeviz.config import ConfigError
from moeviz.figures.dense_equivalent_lines import dense_equivalent_lines
from moeviz.figures.expert_set_lines import expert_set_lines
from moeviz.figures.flops_by_context_lines import flops_by_context_lines
from moeviz.figures.parameter_lines import parameter_lines
from moeviz.figures.step_time_lines import step_time_lines


@pytest.fixture(params=released_names(whole=True))
def released(request):
    return released_info(request.param)


def test_its_tensors_sum_to_its_total(released):
    table = tensor_table(released.architecture)
    parameters = table.header.index("Parameters")
    assert sum(row[parameters].value for row in table.rows) == released.counted.total


def test_its_memory_speed_and_flops_are_drawn(released):
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
    assert step_time_lines(speed)["data"]
    assert dense_equivalent_lines(speed)["data"]
    flops = flops_info(architecture, 4096, "causal", 10**12)
    assert len(flops_numbers(flops)) == 5
    assert flops_by_context_lines(flops)["data"]


@pytest.mark.parametrize("name", ["top_k", "experts", "split"])
def test_its_sweep_is_drawn_or_refused_by_name(released, name):
    mixtures = [stack.mixture for stack in released.architecture.stacks if stack.mixture]
    if len({(m.n_experts, m.top_k, m.d_expert) for m in mixtures}) != 1:
        with pytest.raises(ConfigError, match="n_experts"):
            sweep_info(released.architecture, name, 0)
        return
    info = sweep_info(released.architecture, name, 0)
    assert info.point.total == released.counted.total
    assert parameter_lines(info)["data"]
    assert expert_set_lines(info)["data"]
    assert sweep_table(info).rows
