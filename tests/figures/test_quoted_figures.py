"""What the lessons say of released models in words, against the counts."""

from __future__ import annotations

import pytest

from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.released import released_model
from moeviz.figures.quoted import held, met, printed_active, stored


def test_a_quoted_figure_is_the_count_of_the_registry():
    quoted = [
        stored("DeepSeek-V3"),
        met("DeepSeek-V3"),
        met("DeepSeek-V3", "minus_input_embedding"),
        met("DeepSeek-V3", "minus_embedding_and_head"),
        printed_active("DeepSeek-V3"),
        held("Mixtral-8x7B", "bf16"),
    ]
    assert [each.replace("\u00a0", " ") for each in quoted] == [
        "671 B", "37.6 B", "36.6 B", "35.7 B", "37 B", "93.4 GB",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "stored_part", "met_part"), [("Qwen3-30B-A3B", "Mixtral-8x7B", 2 / 3, 1 / 4)]
)
def test_a_third_less_is_stored_and_a_quarter_is_met(one, other, stored_part, met_part):
    small, large = released_model(one).count(), released_model(other).count()
    assert small.total / large.total == pytest.approx(stored_part, rel=0.05)
    assert small.active["all"] / large.active["all"] == pytest.approx(met_part, rel=0.05)


def test_mixtral_meets_more_than_a_quarter_and_kimi_a_thirtieth():
    parts = {
        name: released_model(name).count().active["all"] / released_model(name).count().total
        for name in ("Mixtral-8x7B", "Kimi-K2")
    }
    assert 1 / 4 < parts["Mixtral-8x7B"] < 1 / 3
    assert 1 / 32 < parts["Kimi-K2"] < 1 / 30


def test_the_cache_of_deepseek_v3_is_about_half_of_mixtrals():
    latent, grouped = (
        elements_per_token(released_model(name).architecture())
        for name in ("DeepSeek-V3", "Mixtral-8x7B")
    )
    assert latent / grouped == pytest.approx(0.5, rel=0.1)
