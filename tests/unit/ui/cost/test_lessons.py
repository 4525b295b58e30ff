"""What the lessons of the cost pages say of numbers that other tests do not hold."""

from __future__ import annotations

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.flops import forward_flops
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.sketch import SKETCHES
from moeviz.ui.cost import (
    decoding_speed_lesson,
    flops_lesson,
    granularity_lesson,
    total_vs_active_lesson,
    your_config_lesson,
)
from moeviz.ui.cost.decoding_speed_lesson import turning_batch
from moeviz.ui.cost.knobs import COUNT_KNOBS
from tests.terms import without_links

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()
SPEED, FLOPS = decoding_speed_lesson.TEXTS, flops_lesson.TEXTS


def test_the_page_opens_with_a_context_at_which_no_batch_is_compute_bound() -> None:
    assert "With a context of 4,096 tokens it never is" in SPEED["Answer"]
    assert turning_batch(COUNT_KNOBS["context"].default) is None


def test_the_compute_bound_experiment_lies_beyond_the_batch_size_that_it_names() -> None:
    query, story = SPEED.experiments[-1].query, SPEED.experiments[-1].story
    turning = turning_batch(int(query["context"]))
    assert turning is not None
    assert turning <= int(query["batch"])
    assert f"from a batch size of {turning:,}" in story


def test_longer_contexts_make_that_experiment_memory_bound() -> None:
    query = SPEED.experiments[-1].query
    longer = Serving(MIXTRAL, HARDWARE["H100 SXM"], context=8 * int(query["context"]))
    assert decode_step(longer, int(query["batch"])).bound == "memory"


def test_the_book_in_the_context_costs_more_than_the_weights() -> None:
    """ "so it is far too low here"."""
    context = int(FLOPS.experiments[0].query["context"])
    parts = forward_flops(MIXTRAL, context).components
    attention = parts["attention_products"]
    weights = sum(parts.values()) - attention
    assert attention > weights
    words = f"takes {float(attention / weights):.2f} times as many FLOPs as the weights"
    assert words in FLOPS.experiments[0].story


def test_a_few_sequences_read_nearly_everything_and_cost_like_it() -> None:
    few = SPEED.experiments[1]
    batch = int(few.query["batch"])
    assert f"{8 * (1 - 0.75**batch):.1f} of the 8 experts" in few.story
    assert "a dense 46." in few.story


def test_the_impossible_file_and_the_wide_heads_are_told_by_their_own_numbers() -> None:
    experiments = your_config_lesson.TEXTS.experiments
    assert "9 experts per token for a model with 8 experts" in without_links(experiments[-1].story)
    assert "32 heads of 128 numbers, 4,096 in all, while the model is 2,048" in experiments[0].story


def test_twice_the_experts_and_half_of_them_active_lower_the_active_parameters() -> None:
    """45,097,156,608 of 46,702,792,704 parameters are in 8 experts: 16 add them once more."""
    story = total_vs_active_lesson.TEXTS.experiments[0].story
    grown = (46_702_792_704 + 45_097_156_608 + 8 * 4096 * 32) / 46_702_792_704
    assert f"{grown:.2f}× as large" in story


def test_the_sets_of_experts_are_those_of_deepseekmoe() -> None:
    """C(16, 2) and C(64, 8) of its section 3.1."""
    said = granularity_lesson.TEXTS["Answer"]
    assert "top-2 of 16 allows 120 sets, top-8 of 64 allows 4,426,165,368" in said
