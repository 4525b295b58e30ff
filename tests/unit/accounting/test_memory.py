"""Training state against a loop over ranks and Megatron's rule; what fits against plain sums."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.kv_cache import kv_bytes
from moeviz.accounting.memory import (
    TRAINING_STATES,
    Parallelism,
    TrainingState,
    serving_fit,
    training_memory,
    usual_expert_ranks,
)
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.precision import PRECISIONS, total_bytes
from moeviz.accounting.sparsity import with_experts
from moeviz.config import ConfigError
from tests.architectures import DEEPSEEK_V3, GPT_OSS_120B, MIXTRAL_8X7B, architectures


@given(architectures(), st.sampled_from(sorted(TRAINING_STATES)))
def test_one_accelerator_keeps_16_or_18_bytes_of_all_parameters_active_or_not(architecture, name):
    memory = training_memory(architecture, state=TRAINING_STATES[name])
    per_parameter = int(name.split()[-2])
    assert memory.per_accelerator == memory.one_copy
    assert memory.one_copy == per_parameter * parameter_count(architecture).total


@given(st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2]), st.sampled_from([1, 2]))
def test_all_ranks_together_keep_each_byte_as_often_as_a_loop_over_them_finds(
    expert, tensor, pipeline
):
    """Weights and gradients once a replica, the optimizer's state exactly once in the world."""
    ranks = 32
    p = Parallelism(ranks, expert, tensor, pipeline)
    memory = training_memory(MIXTRAL_8X7B, p)
    count = parameter_count(MIXTRAL_8X7B)
    experts = count.components["routed_experts"]
    copies = {"experts": 0, "others": 0}
    for rank in range(ranks):
        if rank // pipeline % expert == 0 and rank % pipeline == 0:
            copies["experts"] += 1  # ranks that hold the first stage's first experts
        if rank // pipeline % tensor == 0 and rank % pipeline == 0:
            copies["others"] += 1
    assert (copies["experts"], copies["others"]) == (p.expert_replicas, p.replicas)
    everywhere = ranks * memory.per_accelerator
    sizes = {"experts": experts, "others": count.total - experts}
    assert everywhere == 12 * count.total + sum(6 * sizes[n] * copies[n] for n in sizes)


def test_megatrons_rule_for_what_is_no_expert():
    memory = training_memory(MIXTRAL_8X7B, Parallelism(64, expert=8))
    count = parameter_count(MIXTRAL_8X7B)
    experts = count.components["routed_experts"]
    others = count.total - experts
    assert memory.components["others"] == others * (6 + Fraction(12, 64))
    assert memory.components["experts"] == Fraction(experts, 8) * (6 + Fraction(12, 8))
    whole = training_memory(MIXTRAL_8X7B, Parallelism(64, 8, distributed_optimizer=False))
    assert whole.components["others"] == 18 * others


def test_memory_goes_by_total_parameters_not_by_active_ones():
    state = TrainingState(gradient=2)
    mixtral = training_memory(MIXTRAL_8X7B, state=state).one_copy
    assert mixtral == 16 * 46_702_792_704
    assert mixtral > 3 * 16 * parameter_count(MIXTRAL_8X7B).active["all"]


@given(architectures(), st.integers(1, 50), st.sampled_from(sorted(PRECISIONS)))
def test_what_is_left_is_filled_by_whole_sequences_and_no_more(architecture, context, name):
    hardware = Hardware("small", 1, 1, 30_000)
    fit = serving_fit(architecture, hardware, context, PRECISIONS[name])
    stored = total_bytes(architecture.weights(), PRECISIONS[name])
    assert fit.weights + fit.left + fit.reserved == fit.memory == 30_000
    assert fit.weights == stored
    one = kv_bytes(architecture, context)
    if fit.left >= 0:
        assert fit.sequences * one <= fit.left < (fit.sequences + 1) * one
        assert fit.fits == (fit.sequences > 0)
    else:
        assert (fit.fits, fit.sequences) == (False, 0)


def test_which_released_models_fit_where():
    """671 GB in fp8 on eight of 141 GB, not of 80; gpt-oss-120b on one of 80; Mixtral on two."""
    fp8, mixed = PRECISIONS["fp8"], PRECISIONS["gpt-oss"]
    h100, h200 = HARDWARE["H100 SXM"], HARDWARE["H200 SXM"]
    assert serving_fit(DEEPSEEK_V3, h200.times(8), 4096, fp8).fits
    assert not serving_fit(DEEPSEEK_V3, h100.times(8), 4096, fp8).fits
    assert serving_fit(GPT_OSS_120B, h100, 4096, mixed).fits
    assert not serving_fit(GPT_OSS_120B, h100, 4096).fits
    assert not serving_fit(MIXTRAL_8X7B, h100, 4096).fits
    two = serving_fit(MIXTRAL_8X7B, h100.times(2), 4096)
    assert two.sequences == (144 * 10**9 - 2 * 46_702_792_704) // (4096 * 128 * 1024)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Parallelism(0), "ranks must be a whole number"),
        (lambda: Parallelism(8, expert=3), "expert must be a divisor of the 8 ranks"),
        (lambda: Parallelism(8, tensor=16), "tensor must be a divisor of the 8 ranks"),
        (lambda: Parallelism(8, pipeline=3), "pipeline must be a divisor of ranks"),
        (lambda: TrainingState(weight=-1), "weight must be a whole number"),
        (
            lambda: training_memory(MIXTRAL_8X7B, Parallelism(16, 16)),
            r"expert must be a divisor of n_experts \(8: 1, 2, 4, 8\)",
        ),
        (
            lambda: serving_fit(MIXTRAL_8X7B, HARDWARE["L40S"], 8, reserved=Fraction(1)),
            "reserved must be a part",
        ),
        (lambda: serving_fit(MIXTRAL_8X7B, HARDWARE["L40S"], 0), "context must be"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, named):
    with pytest.raises(ConfigError, match=named):
        call()


@pytest.mark.parametrize(
    ("n", "named"),
    [
        (60, "60: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)"),
        (384, "384: 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, …)"),
        (2**40, "512, 1024, …)"),
    ],
)
def test_a_refused_expert_parallelism_names_what_would_do(n, named):
    wide = with_experts(MIXTRAL_8X7B, n)
    with pytest.raises(ConfigError) as refused:
        training_memory(wide, Parallelism(7, 7))
    assert named in str(refused.value)


def test_the_usual_expert_ranks_divide_experts_and_ranks():
    assert usual_expert_ranks(MIXTRAL_8X7B, 64) == 8
    assert usual_expert_ranks(with_experts(MIXTRAL_8X7B, 60), 64) == 4
    assert usual_expert_ranks(with_experts(MIXTRAL_8X7B, 60), 60) == 6
    assert usual_expert_ranks(MIXTRAL_8X7B, 9) == 1
