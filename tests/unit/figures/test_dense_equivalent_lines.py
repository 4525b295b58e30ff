"""The dense model that takes as long, against the batch."""

from __future__ import annotations

import math

import pytest

from moeviz.accounting.decode import Serving
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count
from moeviz.analysis.cost.decoding_speed import speed_info
from moeviz.figures.dense_equivalent_lines import dense_equivalent_lines

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def info(batch: int = 1, context: int = 128):
    return speed_info(Serving(MIXTRAL, HARDWARE["H100 SXM"], context=context), batch)


def test_an_unusual_batch_is_a_point_of_the_lines():
    odd = info(100)
    marker = dense_equivalent_lines(odd)["data"][-1]
    assert (marker["x"], marker["y"]) == ([100], [odd.step_like_dense])


@pytest.mark.parametrize("batch", [1, 4096, 65_536])
def test_the_batch_that_is_asked_for_lies_in_the_picture(batch):
    low, high = dense_equivalent_lines(info(batch))["layout"]["xaxis"]["range"]
    assert low < math.log10(batch) < high


def test_the_line_lies_between_active_and_total_where_memory_bounds():
    found = info()
    like, marker = dense_equivalent_lines(found)["data"]
    assert like["y"] == list(found.like_dense)
    assert marker["x"] == [1]
    levels = [each["y0"] for each in dense_equivalent_lines(found)["layout"]["shapes"]]
    assert levels == [found.active, found.total]
    words = [each["text"] for each in dense_equivalent_lines(found)["layout"]["annotations"]]
    active = parameter_count(MIXTRAL).active["minus_input_embedding"]
    assert f"active (no input embedding) {count(active)}" in words
