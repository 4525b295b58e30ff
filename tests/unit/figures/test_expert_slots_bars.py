"""Bars of capacity slots show every expert's, and its overflow."""

from __future__ import annotations

import pytest

from moeviz.figures.expert_slots_bars import expert_slots_bars
from moeviz.figures.theme.palette import expert_colours
from tests.made_up_studies import made_up_batch
from tests.pictures import checked, words


def test_every_expert_is_a_bar_of_its_colour_with_its_slots_and_its_overflow():
    batch = made_up_batch(capacity_factor=0.5)
    layer = batch.layers[0]
    figure = checked(expert_slots_bars(layer))
    filled, empty, overflow = (trace["y"] for trace in figure["data"])
    assert [f + e for f, e in zip(filled, empty, strict=True)] == [layer.expert_capacity] * 4
    load = (layer.expert_load * layer.kept.size).round().tolist()
    assert [f + o for f, o in zip(filled, overflow, strict=True)] == load
    assert figure["data"][0]["marker"]["color"] == list(expert_colours(4))
    assert words(figure) == [f"capacity {layer.expert_capacity}"]
    assert figure["layout"]["shapes"][0]["y0"] == layer.expert_capacity
    assert figure["layout"]["yaxis"]["range"][1] >= max(load)


def test_a_dropless_layer_has_no_line_of_capacity():
    figure = checked(expert_slots_bars(made_up_batch(capacity_factor=None).layers[0]))
    assert "shapes" not in figure["layout"]
    assert not any(figure["data"][1]["y"] + figure["data"][2]["y"])


@pytest.mark.parametrize("n_experts", [2, 64])
def test_few_and_many_experts_can_be_drawn(n_experts):
    figure = checked(expert_slots_bars(made_up_batch(n_experts=n_experts, top_k=1).layers[0]))
    assert len(figure["data"][0]["x"]) == n_experts
