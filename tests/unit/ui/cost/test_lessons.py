"""What the lessons of the pages that count say of numbers that other tests do not hold."""

from __future__ import annotations

from moeviz.accounting.flops import forward_flops
from moeviz.accounting.sketch import SKETCHES
from moeviz.ui.cost.decoding_speed_lesson import SPEED_ANSWER, SPEED_EXPERIMENTS, turning_batch
from moeviz.ui.cost.flops_lesson import OPERATIONS_EXPERIMENTS
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.cost.your_config_lesson import OWN_EXPERIMENTS


def test_the_answer_on_speed_is_right_that_the_page_opens_where_no_batch_turns() -> None:
    assert "at 4,096 at no batch" in SPEED_ANSWER
    assert turning_batch(COUNT_KNOBS["context"].default) is None


def test_the_experiment_on_arithmetic_lies_beyond_the_batch_that_it_names() -> None:
    query, story = SPEED_EXPERIMENTS[-1].query, SPEED_EXPERIMENTS[-1].story
    turning = turning_batch(int(query["context"]))
    assert turning is not None
    assert turning <= int(query["batch"])
    assert f"From B = {turning:,} on" in story


def test_the_book_in_the_context_costs_more_than_the_weights() -> None:
    """ "6 · N · D is then far off"."""
    context = int(OPERATIONS_EXPERIMENTS[0].query["context"])
    parts = forward_flops(SKETCHES["mixtral-8x7b"][1].architecture(), context).components
    products = parts["attention_products"]
    weights = sum(parts.values()) - products
    assert products > weights
    told = f"{100 * float(products / weights):.0f}\u00a0% of what the weights do"
    assert told in OPERATIONS_EXPERIMENTS[0].story


def test_a_few_sequences_read_nearly_everything_and_cost_like_it() -> None:
    few = SPEED_EXPERIMENTS[1]
    batch = int(few.query["batch"])
    assert f"{8 * (1 - 0.75**batch):.1f} of 8 experts" in few.story
    assert "a dense model of 46." in few.story


def test_the_file_that_is_called_impossible_is_told_by_its_own_numbers() -> None:
    assert "9 of 8 experts" in OWN_EXPERIMENTS[-1].story
    assert "32 heads of 128 are 4,096 wide, the model is 2,048" in OWN_EXPERIMENTS[0].story
