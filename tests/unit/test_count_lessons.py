"""What the lessons of the pages that count say of numbers that other tests do not hold."""

from __future__ import annotations

from moeviz.ui.count.knobs import COUNT_KNOBS
from moeviz.ui.count.speed_lesson import SPEED_ANSWER, SPEED_EXPERIMENTS, turning_batch


def test_the_answer_on_speed_is_right_that_the_page_opens_where_no_batch_turns() -> None:
    assert "at 4,096 at no batch" in SPEED_ANSWER
    assert turning_batch(COUNT_KNOBS["context"].default) is None


def test_the_experiment_on_arithmetic_lies_beyond_the_batch_that_it_names() -> None:
    query, story = SPEED_EXPERIMENTS[-1].query, SPEED_EXPERIMENTS[-1].story
    turning = turning_batch(int(query["context"]))
    assert turning is not None
    assert turning <= int(query["batch"])
    assert f"From B = {turning:,} on" in story
