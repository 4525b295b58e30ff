"""A model's layers one after the other: which of them have experts."""

from __future__ import annotations

import pytest

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.parts import DenseFeedForward, MixtureFeedForward
from moeviz.accounting.released import released_model, released_models
from moeviz.accounting.sketch import SKETCHES

NAMES = [each.name for each in released_models() if each.architecture()]


def with_experts(architecture: Architecture) -> list[int]:
    return [place for place, stack in enumerate(architecture.layers()) if stack.mixture]


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_of_a_released_model_has_one_place(name):
    architecture = released_model(name).architecture()
    places = sorted(place for stack in architecture.stacks for place in stack.places)
    assert places == list(range(architecture.n_layers))
    assert len(architecture.layers()) == architecture.n_layers


def test_layers_without_experts_stand_where_the_file_says():
    """DeepSeek-V3: the first 3 are dense. Llama 4 Maverick: every second has experts, from 1."""
    assert with_experts(released_model("DeepSeek-V3").architecture()) == list(range(3, 61))
    maverick = released_model("Llama-4-Maverick").architecture()
    assert with_experts(maverick) == list(range(1, 48, 2))


def test_stacks_without_places_follow_each_other():
    """The sliders' DeepSeek-V3 is made without a file; its dense layers are the first as well."""
    assert with_experts(SKETCHES["deepseek-v3"][1].architecture()) == list(range(3, 61))
    dense, mixed = DenseFeedForward(8, 9), MixtureFeedForward(8, 9, 4, 1)
    model = Architecture(
        8, 9, (Stack(2, (dense,), 0), Stack(1, (mixed,), 0), Stack(1, (dense,), 0))
    )
    assert with_experts(model) == [2]


def test_where_a_layer_stands_makes_no_other_kind():
    dense = DenseFeedForward(8, 9)
    assert Stack(1, (dense,), 0, places=(0,)) == Stack(1, (dense,), 0, places=(7,))
