"""The word for a load: a function of the whole history, in one place, right for every k."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import moeviz
from moeviz.analysis.verdict import (
    BALANCED_UNTIL,
    BALANCED_UP_TO,
    COLLAPSED_BELOW,
    COLLAPSED_UNTIL,
    EVEN_FROM,
    EVEN_UNTIL,
    VERDICTS,
    first_collapse,
    in_figures,
    standing,
    verdict_column,
    verdicts_after,
)
from moeviz.records import WINDOW_STEPS, RunHistory
from tests.snapshots import history, snapshot

Measures = tuple[float, float, int]
"""Of a layer at one step: entropy above collapse h, MaxVio, dead experts."""

COLLAPSED, UNEVEN, BALANCED = (0.3, 5.0, 3), (0.8, 2.0, 0), (0.99, 0.3, 0)


def of(*steps: list[Measures], first: int = WINDOW_STEPS) -> RunHistory:
    """A history of these layers at each step, from the step `first` on."""
    layers = len(steps[0])
    records = [
        snapshot(
            [[0.25] * 4] * layers,
            step=step,
            entropy_above_collapse=[h for h, _, _ in each],
            max_violation=[max_violation for _, max_violation, _ in each],
            dead_experts=[dead for _, _, dead in each],
        )
        for step, each in enumerate(steps, first)
    ]
    return RunHistory.of(records)


def words(*steps: Measures, first: int = WINDOW_STEPS) -> list[str]:
    """The words of one layer, step by step."""
    return verdict_column(of(*[[each] for each in steps], first=first))[:, 0].tolist()


def in_plain_loops(steps: list[Measures]) -> list[str]:
    """The same, one step after the other."""
    said, word = [], "uneven"
    for h, max_violation, dead in steps:
        if math.isnan(h):
            word = "uneven"
            said.append("all_experts")
            continue
        h, max_violation = np.float32(h), np.float32(max_violation)
        if h < COLLAPSED_BELOW or (word == "collapsed" and h <= COLLAPSED_UNTIL):
            word = "collapsed"
        elif not dead and (
            (max_violation <= BALANCED_UP_TO and h >= np.float32(EVEN_FROM))
            or (
                word == "balanced"
                and max_violation < BALANCED_UNTIL
                and h >= np.float32(EVEN_UNTIL)
            )
        ):
            word = "balanced"
        else:
            word = "uneven"
        said.append(word)
    return said


MEASURES = st.tuples(
    st.sampled_from(
        [
            0.1,
            0.59,
            COLLAPSED_BELOW,
            0.63,
            COLLAPSED_UNTIL,
            0.66,
            0.89,
            EVEN_UNTIL,
            0.92,
            EVEN_FROM,
            1.0,
            math.nan,
        ]
    ),
    st.sampled_from([0.0, 0.79, BALANCED_UP_TO, 0.9, BALANCED_UNTIL, 1.01, 4.0]),
    st.sampled_from([0, 0, 0, 1]),
)


@given(st.lists(MEASURES, min_size=1, max_size=30), st.data())
def test_the_words_of_a_history_are_those_of_one_step_after_the_other(steps, data):
    expected = in_plain_loops(steps)
    assert words(*steps) == expected
    cut = data.draw(st.integers(0, len(steps) - 1))
    before = () if cut == 0 else (expected[cut - 1],)
    later = of(*[[each] for each in steps[cut:]])
    one_more = snapshot([[0.25] * 4], step=100, **{
        name: later[name][0] for name in ("entropy_above_collapse", "max_violation", "dead_experts")
    })  # fmt: skip
    assert verdicts_after(before, one_more) == (expected[cut],)


def test_collapsed_begins_below_its_border_and_ends_above_another():
    hs = [0.7, 0.61, 0.6, 0.59, 0.62, 0.65, 0.66, 0.62, 0.59]
    said = words(*[(h, 3.0, 0) for h in hs])
    assert said == ["uneven"] * 3 + ["collapsed"] * 3 + ["uneven"] * 2 + ["collapsed"]


def test_balanced_begins_at_its_border_and_ends_at_another_or_with_a_dead_expert():
    measures = [(0.9, 0), (0.8, 0), (0.99, 0), (1.0, 0), (0.9, 0), (0.4, 0), (0.4, 1), (0.9, 0)]
    said = words(*[(0.95, max_violation, dead) for max_violation, dead in measures])
    steady, left = ["balanced"] * 2, ["uneven"] * 2
    assert said == ["uneven", *steady, *left, "balanced", *left]


def test_balanced_needs_an_even_load_too_where_max_violation_cannot_be_large():
    hs = [0.92, 0.93, 0.91, 0.9, 0.89, 0.92, 0.94]
    said = words(*[(h, 0.4, 0) for h in hs])
    assert said == ["uneven", *["balanced"] * 3, "uneven", "uneven", "balanced"]
    load = [[0.22, 0.2, 0.16, 0.12, 0.1, 0.07, 0.07, 0.06]]  # four of eight, nobody at two shares
    now = history(WINDOW_STEPS, load, top_k=4)
    assert now["max_violation"][-1, 0] < BALANCED_UP_TO
    assert standing(now).verdict == "uneven"


def test_an_expert_at_two_even_shares_is_not_balanced():
    """Normalised entropy 0.97: the word once said balanced."""
    load = [2 / 8] + [6 / 56] * 7
    now = history(WINDOW_STEPS, [load])
    assert now["normalised_entropy"][-1, 0] > 0.95
    assert standing(now).verdict == "uneven"


@pytest.mark.parametrize(("n_experts", "k"), [(8, 1), (8, 2), (8, 4), (8, 7), (16, 8), (64, 32)])
def test_total_collapse_is_collapsed_and_an_even_load_balanced_for_every_k(n_experts, k):
    collapsed = [[1 / k] * k + [0.0] * (n_experts - k)]
    even = [[1 / n_experts] * n_experts]
    for load, verdict in ((collapsed, "collapsed"), (even, "balanced")):
        assert standing(history(WINDOW_STEPS, load, top_k=k)).verdict == verdict


def test_at_four_of_eight_a_near_collapse_is_collapsed_though_its_normalised_entropy_is_high():
    load = [[0.23] * 4 + [0.02] * 4]
    now = history(WINDOW_STEPS, load, top_k=4)
    assert now["normalised_entropy"][-1, 0] > 0.7
    assert standing(now).verdict == "collapsed"


def test_with_all_experts_there_is_no_word():
    now = standing(history(WINDOW_STEPS + 5, [[0.25] * 4] * 2, top_k=4))
    assert (now.verdict, now.since, now.layers) == (
        "all_experts", WINDOW_STEPS, ("all_experts", "all_experts")
    )  # fmt: skip


def test_a_word_does_not_outlast_steps_without_one():
    between = (0.63, 2.0, 0)
    assert words(COLLAPSED, between, (math.nan, 0.0, 0), between) == [
        "collapsed", "collapsed", "all_experts", "uneven",
    ]  # fmt: skip


def test_nothing_is_judged_before_the_window_is_full():
    said = words(COLLAPSED, COLLAPSED, COLLAPSED, first=WINDOW_STEPS - 2)
    assert said == ["early", "early", "collapsed"]
    assert words((0.62, 2.0, 0), first=WINDOW_STEPS) == ["uneven"]


def test_a_model_has_the_worst_word_of_its_layers_since_the_stretch_began():
    run = of(
        *[[COLLAPSED, BALANCED]] * 3, *[[BALANCED, COLLAPSED]] * 2, *[[UNEVEN, BALANCED]] * 4
    )  # fmt: skip
    first = WINDOW_STEPS
    assert standing(run).layers == ("uneven", "balanced")
    assert (standing(run).verdict, standing(run).since) == ("uneven", first + 5)
    assert (standing(run.until(first + 4)).verdict, standing(run.until(first + 4)).since) == (
        "collapsed", first
    )  # fmt: skip
    assert first_collapse(run) == first
    assert first_collapse(run.since(first + 4)) is None


def test_the_layer_that_decides_has_the_models_word():
    """Layer 0 stays collapsed at 0.64; layer 1 is lower but has not collapsed."""
    run = of([(0.5, 3.0, 0), (0.7, 3.0, 0)], [(0.64, 3.0, 0), (0.61, 3.0, 0)])
    assert standing(run).layers == ("collapsed", "uneven")
    assert standing(run).worst == 0


def test_a_dense_model_has_no_word():
    assert standing(history(WINDOW_STEPS, np.zeros((2, 0)))).layers == ("dense", "dense")
    assert verdict_column(history(3, np.zeros((1, 0)))).tolist() == [["dense"]] * 3


@given(st.floats(0, 5))
def test_a_shown_number_is_on_the_same_side_of_the_borders_as_the_exact_one(value):
    borders = (0.6, 0.65)
    shown = float(in_figures(value, *borders))
    if min(abs(value - border) for border in borders) > 1e-5:
        assert [shown < border for border in borders] == [value < border for border in borders]
    assert shown == pytest.approx(value, abs=0.005)


def test_a_number_has_two_decimals_where_they_tell_no_lie():
    assert in_figures(0.3, 0.6) == "0.30"
    assert in_figures(0.5996, 0.6) == "0.5996"
    assert in_figures(0.6, 0.6) == "0.60"


def test_no_other_file_has_a_border_of_its_own():
    """Neither these borders nor the ones before them, beside an entropy or a MaxVio."""
    root = Path(moeviz.__file__).parents[1]
    borders = re.compile(r"\b(0\.60?|0\.65|0\.95|0\.80?)\b")
    measures = re.compile(r"entrop|max_?vio|collaps|balanced", re.IGNORECASE)
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for folder in ("moeviz", "pages", "benchmarks")
        for kind in ("*.py", "*.toml", "*.md", "*.js")
        for path in sorted((root / folder).rglob(kind))
        if path.name != "verdict.py"
        for line in path.read_text().splitlines()
        if borders.search(line) and measures.search(line)
    ]
    assert found == []


def test_every_word_is_listed_once():
    assert len(set(VERDICTS)) == len(VERDICTS) == 6
