"""All-to-all traffic against every choice of experts, each token at home on every rank."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.communication import all_to_all, transfer_seconds
from moeviz.accounting.config_json import read_config
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.released import released_model
from moeviz.config import ConfigError
from tests.architectures import DEEPSEEK_V3, MIXTRAL_8X7B
from tests.released_configs import config_of


def mean_sent(n_experts: int, top_k: int, n_ranks: int, deduplicated: bool) -> Fraction:
    """Copies that leave their rank, a mean over all choices and all homes."""
    size, sent, cases = n_experts // n_ranks, 0, 0
    for chosen in itertools.combinations(range(n_experts), top_k):
        for home in range(n_ranks):
            ranks = [expert // size for expert in chosen]
            sent += sum(rank != home for rank in (set(ranks) if deduplicated else ranks))
            cases += 1
    return Fraction(sent, cases)


@pytest.mark.parametrize("deduplicated", [False, True])
@pytest.mark.parametrize(
    ("n", "k", "ranks"), [(4, 2, 2), (6, 3, 3), (8, 2, 4), (6, 2, 6), (3, 2, 1)]
)
def test_bytes_are_the_mean_over_all_choices_and_homes(n, k, ranks, deduplicated):
    layer = Stack(5, (MixtureFeedForward(16, 8, n, k),), 0)
    traffic = all_to_all(
        Architecture(16, 9, (layer,)), 7, ranks, dispatch_bytes=1, deduplicated=deduplicated
    )
    assert traffic.total_bytes == mean_sent(n, k, ranks, deduplicated) * 7 * 16 * 5 * (1 + 2)


def test_a_latent_expert_is_sent_the_narrower_vector_that_it_reads():
    """In both classes of transformers the router reads the token, the experts its projection."""
    narrow = Stack(5, (MixtureFeedForward(16, 8, 4, 2, d_routed=6),), 0)
    assert all_to_all(Architecture(16, 9, (narrow,)), 7, 2).total_bytes == 7 * 2 * 6 * 5 * 4 // 2
    spark = released_model("Muse-Spark-Open-816B-A42B(text)").architecture()
    assert spark is not None
    assert all_to_all(spark, 1, 8).total_bytes == 8 * 4096 * 62 * 4 * 7 // 8


def test_training_sends_twice_as_much():
    forward, training = (
        all_to_all(MIXTRAL_8X7B, 4096, 8, passes).total_bytes for passes in ("forward", "training")
    )
    assert forward == 4096 * 2 * 4096 * 32 * (2 + 2) * 7 // 8
    assert training == 2 * forward


def test_deepseek_v3_sends_each_token_to_fewer_ranks_than_experts():
    once, each = (
        all_to_all(DEEPSEEK_V3, 1, 8, dispatch_bytes=1, deduplicated=d) for d in (True, False)
    )
    assert each.copies == (8,)
    assert float(once.copies[0]) == pytest.approx(5.2947, abs=1e-4)
    assert each.total_bytes == 8 * 7168 * 58 * 3 * 7 // 8
    assert once.total_bytes / each.total_bytes == Fraction(once.copies[0], 8)


def test_a_released_file_brings_its_groups_along():
    """DeepSeek-V3 keeps 4 of 8 groups; V2 chooses within groups where its method says so."""
    read = read_config(config_of("DeepSeek-V3")).architecture
    once = all_to_all(read, 1, 8, deduplicated=True)
    assert float(once.copies[0]) == pytest.approx(3.63, abs=0.005)
    assert all_to_all(read, 1, 8).copies == (8,)
    limited, greedy = (
        read_config(config_of("DeepSeek-V2", topk_method=method)).architecture
        for method in ("group_limited_greedy", "greedy")
    )
    assert {stack.mixture.groups for stack in limited.stacks if stack.mixture} == {(8, 3)}
    assert {stack.mixture.groups for stack in greedy.stacks if stack.mixture} == {None}


def test_each_rank_sends_its_share_over_its_own_link():
    traffic = all_to_all(MIXTRAL_8X7B, 4096, 8)
    assert traffic.total_bytes == 3_758_096_384
    assert transfer_seconds(traffic, 8, 50e9) == pytest.approx(9.39524e-3, rel=1e-5)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: all_to_all(MIXTRAL_8X7B, 0, 8), "n_tokens must be"),
        (lambda: all_to_all(MIXTRAL_8X7B, 1, 3), r"n_ranks must be a divisor of n_experts \(8\)"),
        (lambda: all_to_all(MIXTRAL_8X7B, 1, 8, "twice"), "passes must be one of forward"),
        (lambda: all_to_all(MIXTRAL_8X7B, 1, 8, combine_bytes=0), "combine_bytes must be"),
        (
            lambda: transfer_seconds(all_to_all(MIXTRAL_8X7B, 1, 8), 8, 0),
            "bytes_per_second must be",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, named):
    with pytest.raises(ConfigError, match=named):
        call()
