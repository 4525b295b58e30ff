"""The sentence under the bars says what the record says."""

from __future__ import annotations

import re

import numpy as np
import pytest

from moeviz.analysis.narration import narrate
from moeviz.records import COLLAPSE_ENTROPY, WINDOW_STEPS
from tests.snapshots import snapshot

EVEN = [1 / 8] * 8
ISSUES_EXAMPLE = [0.06, 0.1, 0.71, 0.12, 0.001, 0.002, 0.003, 0.004]


def test_a_collapsed_layer_is_named_with_its_busiest_expert():
    said = narrate(snapshot([EVEN, ISSUES_EXAMPLE], step=WINDOW_STEPS, cross_entropy=4.321))
    assert said.startswith("Collapsed: expert 2 takes 71% of layer 1's choices (fair share 12.5%)")
    assert "4 of 8 experts starve" in said
    assert said.endswith(", at cross-entropy 4.32 nats in this step.")


def test_an_even_layer_is_balanced_and_nobody_starves():
    said = narrate(snapshot([EVEN, EVEN]))
    assert said.startswith("Balanced: ")
    assert "no expert starves" in said
    assert "drops" not in said


def test_what_is_neither_is_uneven():
    said = narrate(snapshot([[0.45, 0.35, 0.1, 0.1]]))
    assert said.startswith("Uneven: expert 0 takes 45% of layer 0's choices (fair share 25.0%)")


@pytest.mark.parametrize(
    ("entropy", "verdict"),
    [
        (COLLAPSE_ENTROPY - 0.01, "Collapsed"),
        (COLLAPSE_ENTROPY + 0.01, "Uneven"),
        (0.94, "Uneven"),
        (0.96, "Balanced"),
    ],
)
def test_the_verdict_follows_the_entropy(entropy, verdict):
    measured = np.array([entropy], dtype=np.float32)
    record = snapshot(step=WINDOW_STEPS, normalised_entropy=measured)
    assert narrate(record).startswith(f"{verdict}:")


def test_no_collapse_is_called_before_the_window_is_full():
    assert narrate(snapshot([ISSUES_EXAMPLE], step=WINDOW_STEPS - 1)).startswith("Uneven:")


@pytest.mark.parametrize(
    ("load", "words"),
    [
        ([0.5, 0.3, 0.2, 0.0], "1 of 4 experts starves"),
        ([0.6, 0.4, 0.0, 0.0], "2 of 4 experts starve"),
        ([0.4, 0.3, 0.2, 0.1], "no expert starves"),
    ],
)
def test_starving_experts_are_counted_in_grammar(load, words):
    assert re.search(rf"; {words}[,;]", narrate(snapshot([load])))


def test_the_layer_that_drops_most_is_named():
    load = [[0.5, 0.5], [0.6, 0.4], [0.5, 0.5]]
    processed = [[0.5, 0.5], [0.3, 0.4], [0.4, 0.4]]
    assert "layer 1 drops 30% of what its router sends" in narrate(snapshot(load, processed))


def test_drops_that_round_to_nothing_are_not_told():
    assert "drops" not in narrate(snapshot([[0.5, 0.5]], [[0.498, 0.499]]))


def test_a_dense_arm_has_no_router_to_speak_of():
    said = narrate(snapshot(np.zeros((2, 0)), cross_entropy=2.5))
    assert said.startswith("No router")
    assert said.endswith("cross-entropy 2.50 nats in this step.")
    assert "expert" not in said
