"""Time of a step against the batch: the roofline's own."""

from __future__ import annotations

import math

import pytest

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.decoding_speed import BATCHES, speed_info
from moeviz.figures.step_time_lines import step_time_lines

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def info(batch: int = 1, context: int = 128):
    return speed_info(Serving(MIXTRAL, HARDWARE["H100 SXM"], context=context), batch)


def test_an_unusual_batch_is_a_point_of_the_lines():
    odd = info(100)
    marker = step_time_lines(odd)["data"][-1]
    assert (marker["x"], marker["y"]) == ([100], [odd.step.seconds])


@pytest.mark.parametrize("batch", [1, 4096, 65_536])
def test_the_batch_that_is_asked_for_lies_in_the_picture(batch):
    low, high = step_time_lines(info(batch))["layout"]["xaxis"]["range"]
    assert low < math.log10(batch) < high


def test_lines_are_the_steps_own_times():
    lines = step_time_lines(info())["data"]
    step = decode_step(info().serving, 64)
    place = BATCHES.index(64)
    assert lines[0]["y"][place] == step.memory_seconds
    assert lines[1]["y"][place] == step.compute_seconds


def test_the_turning_batch_is_marked_where_there_is_one():
    assert any(
        "compute-bound" in a["text"] for a in step_time_lines(info())["layout"]["annotations"]
    )
    long = info(context=100_000)
    assert long.turning is None
    assert "shapes" not in step_time_lines(long)["layout"]
