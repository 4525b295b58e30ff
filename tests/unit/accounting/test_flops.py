"""Operations in closed form against torch's own counter and against plain loops over positions."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    DeepseekV3Config,
    DeepseekV3ForCausalLM,
    GptOssConfig,
    GptOssForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2MoeConfig,
    Qwen2MoeForCausalLM,
)

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.executed_flops import executed_flops
from moeviz.accounting.flops import decode_flops, forward_flops, seen_pairs, training_flops
from moeviz.accounting.flops_rule import breaking_context, rule_of_six
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    LatentAttention,
    MixtureFeedForward,
)
from moeviz.accounting.weights import matrix
from moeviz.config import ConfigError
from moeviz.routing.capacity import expert_capacity
from tests.architectures import DEEPSEEK_V3, GPT_OSS_20B, MIXTRAL_8X7B, architectures

CONTEXT, SEQUENCES, V, D = 7, 2, 50, 32


def _attention(**more: object) -> GroupedQueryAttention:
    return GroupedQueryAttention(D, 4, 2, 10, **more)  # type: ignore[arg-type]


def _model(*stacks: Stack, tied: bool = False) -> Architecture:
    return Architecture(D, V, stacks, tied=tied, final_norm=D)


COMMON = {
    "vocab_size": V, "hidden_size": D, "num_attention_heads": 4, "num_key_value_heads": 2,
}  # fmt: skip
LATENT = LatentAttention(D, 4, 16, 12, 10, 8, 14)
SHAPES = {
    "mixtral": (
        MixtralForCausalLM,
        MixtralConfig(
            **COMMON, head_dim=10, intermediate_size=24, num_hidden_layers=2, num_local_experts=4,
            num_experts_per_tok=2, sliding_window=None,
        ),
        _model(Stack(2, (_attention(), MixtureFeedForward(D, 24, 4, 2)), 2 * D)),
    ),
    "deepseek_v3": (
        DeepseekV3ForCausalLM,
        DeepseekV3Config(
            **{**COMMON, "num_key_value_heads": 4}, intermediate_size=40, moe_intermediate_size=24,
            num_hidden_layers=3, n_routed_experts=8, num_experts_per_tok=3, n_group=2, topk_group=1,
            first_k_dense_replace=1, n_shared_experts=2, q_lora_rank=16, kv_lora_rank=12,
            qk_rope_head_dim=8, qk_nope_head_dim=10, v_head_dim=14,
        ),
        _model(
            Stack(1, (LATENT, DenseFeedForward(D, 40)), 2 * D),
            Stack(2, (LATENT, MixtureFeedForward(D, 24, 8, 3, d_shared=48)), 2 * D),
        ),
    ),
    "qwen2_moe": (
        Qwen2MoeForCausalLM,
        Qwen2MoeConfig(
            **COMMON, intermediate_size=40, moe_intermediate_size=24, num_hidden_layers=3,
            shared_expert_intermediate_size=36, num_experts=8, num_experts_per_tok=3,
            tie_word_embeddings=True,
        ),
        _model(
            Stack(
                3,
                (
                    GroupedQueryAttention(D, 4, 2, 8, qkv_bias=True),
                    MixtureFeedForward(D, 24, 8, 3, d_shared=36, shared_gate=True),
                ),
                2 * D,
            ),
            tied=True,
        ),
    ),
    "gpt_oss": (
        GptOssForCausalLM,
        GptOssConfig(
            **COMMON, head_dim=10, intermediate_size=24, num_hidden_layers=4, num_local_experts=8,
            num_experts_per_tok=3, sliding_window=3,
        ),
        _model(
            *(
                Stack(
                    2,
                    (
                        _attention(qkv_bias=True, output_bias=True, sinks=True, window=window),
                        MixtureFeedForward(D, 24, 8, 3, router_bias=True, expert_bias=True),
                    ),
                    2 * D,
                )
                for window in (3, None)
            )
        ),
    ),
}  # fmt: skip


def counted(kind: type[PreTrainedModel], config: PreTrainedConfig, backward: bool) -> int:
    """Torch's count of a full batch; attention and experts as plain matrix products."""
    config._attn_implementation = config._experts_implementation = "eager"
    model = kind(config)
    with torch.no_grad():
        for seed, each in enumerate(model.parameters()):
            each.normal_(0, 0.05, generator=torch.Generator().manual_seed(seed))
    tokens = torch.arange(SEQUENCES * CONTEXT).view(SEQUENCES, CONTEXT) % V
    with FlopCounterMode(display=False) as counter:
        logits = model(tokens, use_cache=False).logits
        if backward:
            logits.square().sum().backward()
    return int(counter.get_total_flops())


@pytest.mark.parametrize("family", SHAPES)
def test_a_forward_pass_is_torchs_count_to_the_unit(family):
    kind, config, architecture = SHAPES[family]
    expected = forward_flops(architecture, CONTEXT, "full", SEQUENCES)
    assert expected.total == counted(kind, config, backward=False)
    assert parameter_count(architecture).total == sum(p.numel() for p in kind(config).parameters())


@pytest.mark.parametrize("family", SHAPES)
def test_forward_and_backward_are_three_forward_passes_to_the_unit(family):
    kind, config, architecture = SHAPES[family]
    tokens = SEQUENCES * CONTEXT
    expected = training_flops(architecture, tokens, CONTEXT, "full")
    assert expected == counted(kind, config, backward=True)
    assert expected == 3 * forward_flops(architecture, CONTEXT, "full", SEQUENCES).total


def test_top_2_every_second_layer_costs_one_and_a_half_times_dense_not_once():
    """What a well-known calculator gets wrong: (1 + 2) / 2 of the dense feed-forwards."""
    attention, dense = _attention(), DenseFeedForward(D, 64)
    mixture = MixtureFeedForward(D, 64, 8, 2)
    every_second = _model(
        Stack(6, (attention, dense), 2 * D), Stack(6, (attention, mixture), 2 * D)
    )
    all_dense = _model(Stack(12, (attention, dense), 2 * D))
    sparse = forward_flops(every_second, CONTEXT).components
    plain = forward_flops(all_dense, CONTEXT).components
    feed_forward = sparse["dense_ffn"] + sparse["routed_experts"]
    assert Fraction(feed_forward) / plain["dense_ffn"] == Fraction(3, 2)
    assert sparse["router"] == 2 * 6 * D * 8 * CONTEXT
    assert sparse["attention_projections"] == plain["attention_projections"]


@given(st.integers(1, 12), st.none() | st.integers(1, 15))
def test_seen_pairs_are_those_of_a_loop_over_positions(context, window):
    pairs = sum(
        1
        for query, key in itertools.product(range(context), repeat=2)
        if key <= query and (window is None or query - key < window)
    )
    assert seen_pairs(context, window) == pairs
    assert seen_pairs(context, window, "full") == context**2


@given(architectures(), st.integers(1, 9))
def test_a_sequence_costs_what_decoding_it_token_by_token_costs(architecture, context):
    """But for latents, which are attended to as they are kept, 2·r_kv wide in place of n + v."""
    steps = [decode_flops(architecture, seen) for seen in range(1, context + 1)]
    whole = forward_flops(architecture, context)
    wider = sum(
        2 * stack.n_layers * part.n_heads * (2 * part.kv_rank - part.nope_dim - part.value_dim)
        * seen_pairs(context, part.window)
        for stack in architecture.stacks
        for part in stack.parts
        if isinstance(part, LatentAttention)
    )  # fmt: skip
    assert whole.total + wider == sum(step.total for step in steps)
    assert whole.per_token * context == whole.total
    assert sum(whole.components.values()) == whole.total
    assert training_flops(architecture, 5 * context, context) == 15 * whole.total


@given(architectures(), st.integers(1, 5), st.integers(1, 9))
def test_a_batch_costs_its_sequences(architecture, sequences, context):
    one, many = (forward_flops(architecture, context, "causal", n) for n in (1, sequences))
    assert many.total == sequences * one.total
    assert many.per_token == one.per_token


def test_the_multiplied_weights_of_mixtral_are_those_active_without_embedding_and_gains():
    at_one = forward_flops(MIXTRAL_8X7B, 1).components
    count = parameter_count(MIXTRAL_8X7B)
    multiplied = count.active["minus_input_embedding"] - count.components["norms"]
    assert sum(at_one.values()) - at_one["attention_products"] == 2 * multiplied
    assert at_one["attention_products"] == 4 * 32 * 128 * 32


def test_absorbed_latent_attention_costs_more_a_position_and_no_more_weights():
    """V3: 2 · 128 · (2·512 + 64) a layer and position, against 2 · 128 · (128 + 64 + 128)."""
    absorbed = decode_flops(DEEPSEEK_V3, 1000).components
    expanded = forward_flops(DEEPSEEK_V3, 1).components
    assert absorbed["attention_products"] == 61 * 2 * 128 * 1088 * 1000
    assert expanded["attention_products"] == 61 * 2 * 128 * 320
    for name in ("attention_projections", "routed_experts", "lm_head"):
        assert absorbed[name] == expanded[name]


def test_absorption_is_the_same_product_in_another_order():
    """Counted by torch: q·(W_k·c) and (q·W_k)·c, then W_v·(p·c), for one token of one layer."""
    seen, n_heads = 5, LATENT.n_heads
    query = torch.randn(n_heads, 1, LATENT.nope_dim)
    latent, rope = torch.randn(seen, LATENT.kv_rank), torch.randn(seen, LATENT.rope_dim)
    keys = torch.randn(n_heads, LATENT.nope_dim, LATENT.kv_rank)
    values = torch.randn(n_heads, LATENT.kv_rank, LATENT.value_dim)
    with FlopCounterMode(display=False) as counter:
        absorbed = query @ keys
        absorbed @ latent.t().expand(n_heads, -1, -1)
        torch.randn(n_heads, 1, LATENT.rope_dim) @ rope.t().expand(n_heads, -1, -1)
        mixed = torch.randn(n_heads, 1, seen) @ latent.expand(n_heads, -1, -1)
        mixed @ values
    expanding = 2 * LATENT.kv_rank * n_heads * (LATENT.nope_dim + LATENT.value_dim)
    step = decode_flops(_model(Stack(1, (LATENT,), 0)), seen)
    assert counter.get_total_flops() == expanding + step.components["attention_products"]


def test_the_rule_of_six_breaks_where_products_cost_what_weights_cost():
    for masking in ("full", "causal"):
        at = breaking_context(MIXTRAL_8X7B, masking)
        below, here = (forward_flops(MIXTRAL_8X7B, s, masking).components for s in (at - 1, at))
        assert 2 * below["attention_products"] < sum(below.values())
        assert 2 * here["attention_products"] >= sum(here.values())
    # 2·N / (4·H·d·L) for the mean of positions seen, which is S in full and (S + 1) / 2 causal
    count = parameter_count(MIXTRAL_8X7B)
    weights = 2 * (count.active["minus_input_embedding"] - count.components["norms"])
    assert breaking_context(MIXTRAL_8X7B, "full") == -(-weights // (4 * 4096 * 32))
    assert breaking_context(MIXTRAL_8X7B) == -(-2 * weights // (4 * 4096 * 32)) - 1


def test_with_windows_everywhere_the_rule_never_breaks():
    near = _model(Stack(2, (_attention(window=4), DenseFeedForward(D, 64)), 0))
    assert breaking_context(near) is None
    assert breaking_context(near, "full") is not None


def test_the_rule_of_six_at_a_short_context_leaves_only_the_norms_over():
    """Mixtral's exact count is 6·N·D less 6 operations a gain, and attention's one position."""
    rule = rule_of_six(MIXTRAL_8X7B, 10**12, 1)
    count = parameter_count(MIXTRAL_8X7B)
    assert rule.rule == 6 * count.active["minus_input_embedding"] * 10**12
    attention = 3 * 4 * 4096 * 32 * 10**12
    assert rule.rule - rule.exact == 6 * count.components["norms"] * 10**12 - attention
    assert rule.ratio == Fraction(rule.exact, rule.rule)
    assert rule_of_six(MIXTRAL_8X7B, 10**12, 8192).ratio > 1


def test_windows_make_the_mean_of_a_token_a_fraction_and_nothing_is_rounded():
    count = forward_flops(GPT_OSS_20B, 200)
    assert count.per_token * 200 == count.total
    near = next(t for t in count.terms if ("pairs of positions", seen_pairs(200, 128)) in t.factors)
    assert near.value == 2 * 64 * 128 * 12 * (200 * 128 - 127 * 64)


def test_a_mixers_products_are_counted_a_token_whatever_the_context():
    tensors = (matrix("attention", "mixing", D, D),)
    none, some = FixedMixer("convolution", tensors), FixedMixer("state space", tensors, 0, 11)
    count = forward_flops(_model(Stack(3, (none,), 0), Stack(2, (some,), 0)), CONTEXT)
    assert count.components["attention_products"] == 2 * 11 * 2 * CONTEXT


@given(st.integers(1, 40), st.sampled_from([0.5, 1.0, 1.1, 1.25, 2.0]))
def test_executed_slots_are_padding_and_kept_ones(n_tokens, factor):
    capacity = expert_capacity(n_tokens, 8, 2, factor)
    cost = executed_flops(MIXTRAL_8X7B, n_tokens, capacity)
    assert cost.flops_per_slot == 2 * 3 * 4096 * 14336
    assert cost.executed == 32 * 8 * capacity * cost.flops_per_slot
    assert cost.useful == min(cost.executed, cost.wanted)
    assert cost.executed * (1 - cost.padding_fraction) == cost.useful
    assert cost.wanted * (1 - cost.dropped_fraction) == cost.useful
    forward = forward_flops(MIXTRAL_8X7B, n_tokens).components
    assert cost.wanted == forward["routed_experts"]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: forward_flops(MIXTRAL_8X7B, 0), "context must be a whole number of at least 1"),
        (lambda: forward_flops(MIXTRAL_8X7B, 1.5), "context must be a whole number"),
        (lambda: forward_flops(MIXTRAL_8X7B, 8, "some"), "masking must be one of full, causal"),
        (lambda: decode_flops(MIXTRAL_8X7B, 8, 0), "sequences must be a whole number"),
        (lambda: training_flops(MIXTRAL_8X7B, 0, 8), "tokens must be a whole number"),
        (lambda: rule_of_six(MIXTRAL_8X7B, 8, 8, "full", "some"), "convention must be one of all"),
        (lambda: executed_flops(_model(), 8, 2), "n_experts must be one size and k"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, named):
    with pytest.raises(ConfigError, match=named):
        call()
