"""What the lessons say of released models in words, against the counts."""

from __future__ import annotations

import pytest

from moeviz.accounting.released import released_model
from moeviz.analysis.cost.quoted import (
    active,
    active_share,
    experts,
    kv_cache_share,
    kv_cache_size,
    printed_active,
    total,
    weights_size,
)


def test_a_quoted_figure_is_the_count_of_the_registry():
    quoted = [
        total("DeepSeek-V3"),
        active("DeepSeek-V3"),
        active("DeepSeek-V3", "minus_input_embedding"),
        active("DeepSeek-V3", "minus_embedding_and_head"),
        printed_active("DeepSeek-V3"),
        weights_size("Mixtral-8x7B", "bf16"),
    ]
    assert [each.replace("\u00a0", " ") for each in quoted] == [
        "671 B", "37.6 B", "36.6 B", "35.7 B", "37 B", "93.4 GB",
    ]  # fmt: skip


def test_a_quoted_part_or_cache_is_the_closed_forms():
    quoted = [
        active_share("Mixtral-8x7B"),
        active_share("Kimi-K2"),
        kv_cache_size("Mixtral-8x7B", 32_768, 32),
        kv_cache_share("DeepSeek-V3", "Mixtral-8x7B"),
    ]
    kimi = released_model("Kimi-K2").count()
    assert [each.replace("\u00a0", " ") for each in quoted] == [
        "27.6 %", f"{100 * kimi.active['all'] / kimi.total:.2f} %",
        f"{2 * 65_536 * 32_768 * 32 / 1e9:.0f} GB", f"{100 * 35_136 / 65_536:.1f} %",
    ]  # fmt: skip
    assert (experts("Mixtral-8x7B"), experts("Qwen3-30B-A3B")) == (8, 128)


@pytest.mark.parametrize(
    ("name", "convention", "stated"),
    [
        ("Mixtral-8x7B", "all", False),
        ("Qwen3-30B-A3B", "all", False),
        ("gpt-oss-120b", "minus_input_embedding", True),
        ("GLM-4.5", "minus_embedding_and_head", False),
    ],
)
def test_the_answer_on_models_names_the_convention_of_each(name, convention, stated):
    """ "Mixtral and Qwen3 print the first number, gpt-oss the second, GLM-4.5 the third"."""
    model = released_model(name)
    assert model.convention == convention
    assert model.convention_stated or not stated
