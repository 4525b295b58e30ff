"""The plan of the strips says what the routes say."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.analysis.saturation_strips import strips_plan
from moeviz.traces import Routes
from tests.made_up_traces import routes_of

TOKENS = ("a", "b", "c", "d")


def routes(*first_experts: list[int], steps=(0, 20, 40)) -> list[Routes]:
    return [
        routes_of(step, np.array([[[7] * 4, [7] * 4], [first, [7] * 4]]).transpose(0, 2, 1))
        for step, first in zip(steps, first_experts, strict=False)
    ]


def test_a_strip_is_a_tokens_expert_of_preference_0_in_the_layer_that_is_shown():
    plan = strips_plan(TOKENS, routes([0, 1, 2, 3], [0, 1, 3, 3], [0, 2, 3, 3]), 1, 8)
    assert plan["first"] == [[0, 0, 0], [1, 1, 2], [2, 3, 3], [3, 3, 3]]
    assert plan["settled"] == [0, 2, 1, 0]
    assert plan["share"] == [0.5, 0.75, 1.0]
    assert plan["steps"] == [0, 20, 40]
    assert plan["n_experts"] == 8
    assert strips_plan(TOKENS, routes([0, 1, 2, 3]), 0, 8)["first"] == [[7]] * 4


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([[0, 1, 2, 3], [0, 1, 3, 3], [0, 2, 3, 3]], "From step 0 on, half of the 4 tokens "
         "keep their expert of preference 0. Between the last two checkpoints (steps 20 and 40), "
         "75\u202f% of the tokens keep it. Router saturation, the share of assignments that equal "
         "those of the last step, is 75\u202f% at step 0 and 88\u202f% at step 20."),
        ([[0, 0, 0, 0], [1, 1, 1, 0]], "The router has not settled. Between the last two "
         "checkpoints (steps 0 and 20), only 25\u202f% of the tokens keep their expert of "
         "preference 0."),
        ([[0, 1, 2, 3]], "There is only one checkpoint. Train the model to compare several."),
    ],
)  # fmt: skip
def test_the_sentence_says_when_half_had_settled(steps, words):
    assert strips_plan(TOKENS, routes(*steps), 1, 8)["sentence"] == words


def test_without_a_step_there_is_nothing_to_draw():
    assert strips_plan(TOKENS, [], 0, 8)["steps"] == []
