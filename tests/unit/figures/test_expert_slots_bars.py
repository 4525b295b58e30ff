"""Bars of capacity slots show those of every expert, and its dropped assignments."""

from __future__ import annotations

import pytest

from moeviz.figures.expert_slots_bars import expert_slots_bars
from moeviz.figures.theme.palette import expert_colours
from tests.made_up_studies import made_up_batch
from tests.pictures import checked, words


def test_every_expert_is_a_bar_of_its_colour_with_its_slots_and_its_drops():
    batch = made_up_batch(capacity_factor=0.5)
    seats = batch.layers[0]
    figure = checked(expert_slots_bars(seats))
    filled, empty, dropped = (trace["y"] for trace in figure["data"])
    assert [f + e for f, e in zip(filled, empty, strict=True)] == [seats.expert_capacity] * 4
    asked = (seats.asked_load * seats.kept.size).round().tolist()
    assert [f + d for f, d in zip(filled, dropped, strict=True)] == asked
    assert figure["data"][0]["marker"]["color"] == list(expert_colours(4))
    assert words(figure) == [f"capacity {seats.expert_capacity}"]
    assert figure["layout"]["shapes"][0]["y0"] == seats.expert_capacity
    assert figure["layout"]["yaxis"]["range"][1] >= max(asked)


def test_a_dropless_layer_has_no_line_of_capacity():
    figure = checked(expert_slots_bars(made_up_batch(capacity_factor=None).layers[0]))
    assert "shapes" not in figure["layout"]
    assert not any(figure["data"][1]["y"] + figure["data"][2]["y"])


@pytest.mark.parametrize("n_experts", [2, 64])
def test_few_and_many_experts_can_be_drawn(n_experts):
    figure = checked(expert_slots_bars(made_up_batch(n_experts=n_experts, top_k=1).layers[0]))
    assert len(figure["data"][0]["x"]) == n_experts
