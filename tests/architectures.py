"""Models of the families' shapes, built by hand: what closed forms are tested on."""

from __future__ import annotations

from hypothesis import strategies as st

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.parts import (
    DenseFeedForward,
    GroupedQueryAttention,
    LatentAttention,
    MixtureFeedForward,
)

MIXTRAL_8X7B = Architecture(
    4096,
    32000,
    (
        Stack(
            32,
            (GroupedQueryAttention(4096, 32, 8, 128), MixtureFeedForward(4096, 14336, 8, 2)),
            2 * 4096,
        ),
    ),
    final_norm=4096,
)
"""46,702,792,704 parameters."""

_V3_ATTENTION = LatentAttention(7168, 128, 1536, 512, 128, 64, 128)
DEEPSEEK_V3 = Architecture(
    7168,
    129280,
    (
        Stack(3, (_V3_ATTENTION, DenseFeedForward(7168, 18432)), 2 * 7168),
        Stack(
            58,
            (
                _V3_ATTENTION,
                MixtureFeedForward(7168, 2048, 256, 8, d_shared=2048, correction_bias=True),
            ),
            2 * 7168,
        ),
    ),
    final_norm=7168,
)
"""671,026,419,200 parameters."""


def gpt_oss(n_layers: int, n_experts: int) -> Architecture:
    """gpt-oss-120b has 36 layers of 128 experts, 20b 24 of 32; every second layer has a window."""
    mixture = MixtureFeedForward(2880, 2880, n_experts, 4, router_bias=True, expert_bias=True)
    seeing, near = (
        GroupedQueryAttention(
            2880, 64, 8, 64, qkv_bias=True, output_bias=True, sinks=True, window=window
        )
        for window in (None, 128)
    )
    return Architecture(
        2880,
        201088,
        (
            Stack(n_layers // 2, (near, mixture), 2 * 2880),
            Stack(n_layers // 2, (seeing, mixture), 2 * 2880),
        ),
        final_norm=2880,
    )


GPT_OSS_120B = gpt_oss(36, 128)
GPT_OSS_20B = gpt_oss(24, 32)


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    """Small decoders with every kind of attention and feed-forward, some layers dense."""
    d_model = draw(st.integers(1, 12))
    stacks = draw(st.lists(_stacks(d_model), min_size=1, max_size=3))
    return Architecture(
        d_model,
        draw(st.integers(1, 40)),
        tuple(stacks),
        tied=draw(st.booleans()),
        final_norm=d_model,
        head_bias=draw(st.booleans()),
    )


@st.composite
def _stacks(draw: st.DrawFn, d_model: int) -> Stack:
    size = st.integers(1, 9)
    window = draw(st.none() | st.integers(1, 9))
    attention: GroupedQueryAttention | LatentAttention
    if draw(st.booleans()):
        groups = draw(st.integers(1, 3))
        heads = groups * draw(st.integers(1, 3))
        attention = GroupedQueryAttention(
            d_model, heads, groups, draw(size), draw(st.booleans()), window=window
        )
    else:
        sizes = [draw(size) for _ in range(5)]
        rank = draw(st.none() | size)
        attention = LatentAttention(d_model, sizes[0], rank, *sizes[1:], window=window)
    gated = draw(st.booleans())
    if draw(st.booleans()):
        return Stack(
            draw(st.integers(1, 3)), (attention, DenseFeedForward(d_model, draw(size), gated)), 2
        )
    n_experts = draw(size)
    mixture = MixtureFeedForward(
        d_model,
        12 * draw(st.integers(1, 3)),
        n_experts,
        draw(st.integers(1, n_experts)),
        gated,
        d_shared=draw(st.integers(0, 5)),
        router_bias=draw(st.booleans()),
        expert_bias=draw(st.booleans()),
    )
    return Stack(draw(st.integers(1, 3)), (attention, mixture), 2)
