"""Mixers whose cost and memory do not grow with the sequence, tensor by tensor.

Products beside the tensors' own are those of the recurrence, one token at a time. A convolution
over k positions has to keep k − 1 of them. Knows nothing of files.
"""

from __future__ import annotations

from moeviz.accounting.parts import FixedMixer
from moeviz.accounting.weights import Weights, matrix, vector


def convolution(channels: int, kernel: int) -> Weights:
    """One kernel a channel."""
    return Weights("attention", "short convolution", (channels, kernel))


def mamba(
    d_model: int,
    d_inner: int,
    d_state: int,
    kernel: int,
    step_rank: int,
    conv_bias: bool,
    bias: bool,
) -> FixedMixer:
    """A selective state space, with norms on step, B and C as Jamba has them.

    Source: Gu and Dao 2023, arXiv:2312.00752; Jamba, arXiv:2403.19887.
    """
    tensors = [
        matrix("attention", "input and gate projection", d_model, 2 * d_inner),
        convolution(d_inner, kernel),
        matrix("attention", "step, B and C projection", d_inner, step_rank + 2 * d_state),
        matrix("attention", "step projection", step_rank, d_inner),
        vector("attention", "step bias", d_inner),
        vector("attention", "A", d_inner * d_state),
        vector("attention", "D", d_inner),
        matrix("attention", "output projection", d_inner, d_model),
        vector("norms", "norms of step, B and C", step_rank + 2 * d_state),
    ]
    if conv_bias:
        tensors.append(vector("attention", "convolution bias", d_inner))
    if bias:
        tensors.append(vector("attention", "input and output bias", 2 * d_inner + d_model))
    state = d_inner * d_state
    return FixedMixer("Mamba", tuple(tensors), state + d_inner * (kernel - 1), 3 * state)


def mamba2(
    d_model: int,
    heads: tuple[int, int],
    d_state: int,
    n_groups: int,
    kernel: int,
    conv_bias: bool,
    bias: bool,
) -> FixedMixer:
    """A state space with one decay a head.

    Args:
        heads: (how many, their width).
        n_groups: sets of B and C.

    Source: Dao and Gu 2024, arXiv:2405.21060.
    """
    n_heads, d_inner = heads[0], heads[0] * heads[1]
    mixed = d_inner + 2 * n_groups * d_state
    tensors = [
        matrix("attention", "input projection", d_model, d_inner + mixed + n_heads),
        convolution(mixed, kernel),
        vector("attention", "step bias, A and D", 3 * n_heads),
        matrix("attention", "output projection", d_inner, d_model),
        vector("norms", "output norm of the mixer", d_inner),
    ]
    if conv_bias:
        tensors.append(vector("attention", "convolution bias", mixed))
    if bias:
        outputs = d_inner + mixed + n_heads + d_model
        tensors.append(vector("attention", "input and output bias", outputs))
    state = d_inner * d_state
    return FixedMixer("Mamba-2", tuple(tensors), state + mixed * (kernel - 1), 3 * state)


def gated_delta_net(
    d_model: int, keys: tuple[int, int], values: tuple[int, int], kernel: int
) -> FixedMixer:
    """The delta rule with a decay, a short convolution before and a gated norm after.

    Args:
        keys, values: (heads, width of one).

    Source: Yang et al. 2024, arXiv:2412.06464, as in Qwen3-Next.
    """
    key_width, value_width, n_heads = keys[0] * keys[1], values[0] * values[1], values[0]
    mixed = 2 * key_width + value_width
    tensors = (
        matrix("attention", "query, key, value and gate", d_model, mixed + value_width),
        matrix("attention", "decay and β", d_model, 2 * n_heads),
        convolution(mixed, kernel),
        vector("attention", "step bias and A", 2 * n_heads),
        vector("norms", "output norm of the mixer", values[1]),
        matrix("attention", "output projection", value_width, d_model),
    )
    state = n_heads * keys[1] * values[1]
    return FixedMixer("gated DeltaNet", tensors, state + mixed * (kernel - 1), 4 * state)


def kimi_delta_attention(
    d_model: int, n_heads: int, head_dim: int, kernel: int, low_rank: int
) -> FixedMixer:
    """The delta rule with a decay a channel.

    Args:
        low_rank: of its two gates, forget and output, how many go through head_dim numbers.

    Source: Kimi Linear, arXiv:2510.26692.
    """
    width = n_heads * head_dim
    inwards = matrix("attention", "gates, down projection", d_model, head_dim)
    outwards = matrix("attention", "gates, up projection", head_dim, width)
    direct = matrix("attention", "gates, directly", d_model, width)
    gates = [each.times(low_rank) for each in (inwards, outwards) if low_rank]
    gates += [direct.times(2 - low_rank)] if low_rank < 2 else []
    tensors = (
        matrix("attention", "query, key and value", d_model, 3 * width),
        convolution(3 * width, kernel),
        *gates,
        vector("attention", "step bias and A", width + n_heads),
        matrix("attention", "write strength", d_model, n_heads),
        vector("attention", "output norm of the mixer", head_dim),
        matrix("attention", "output projection", width, d_model),
    )
    state = n_heads * head_dim * head_dim
    return FixedMixer("KDA", tensors, state + 3 * width * (kernel - 1), 4 * state)


def lightning_attention(d_model: int, n_heads: int, head_dim: int) -> FixedMixer:
    """Linear attention with a fixed decay a head, a norm and a gate after.

    Source: MiniMax-01, arXiv:2501.08313, section 2.2.
    """
    width = n_heads * head_dim
    tensors = (
        matrix("attention", "query, key and value", d_model, 3 * width),
        vector("attention", "output norm of the mixer", width),
        matrix("attention", "output gate", d_model, width),
        matrix("attention", "output projection", width, d_model),
    )
    state = n_heads * head_dim * head_dim
    return FixedMixer("lightning attention", tensors, state, 3 * state)


def short_convolution(d_model: int, kernel: int, bias: bool) -> FixedMixer:
    """A convolution between two gates, as LFM2 has it."""
    tensors = [
        matrix("attention", "input and gates", d_model, 3 * d_model),
        convolution(d_model, kernel),
        matrix("attention", "output projection", d_model, d_model),
    ]
    if bias:
        tensors.append(vector("attention", "biases", 5 * d_model))
    return FixedMixer("short convolution", tuple(tensors), d_model * (kernel - 1), 0)


def hyper_connections(d_model: int, streams: int, outputs: int, scales: int) -> FixedMixer:
    """Weights with which a part reads and writes the residual streams, from the streams themselves.

    Args:
        outputs: such weights a token. scales: learnt factors on them, beside as many bases.

    Source: Hyper-Connections, arXiv:2409.19606.
    """
    tensors = (
        matrix("other", "mixing of the streams", streams * d_model, outputs),
        vector("other", "mixing of the streams, base and scale", outputs + scales),
    )
    return FixedMixer("hyper-connections", tensors, 0, outputs * d_model)


def attention_residuals(d_model: int, layer: int, block: int) -> FixedMixer:
    """Before attention and before the feed-forward, a choice among what earlier blocks have summed.

    Each of the two has a query of its own and a norm. A layer chooses among the blocks before it
    and its own block so far.

    Args:
        block: layers a block.

    Source: Kimi K3's technical report, arXiv:2607.24653, section 2.2.
    """
    tensors = (
        vector("norms", "norms of earlier blocks", 2 * d_model),
        matrix("other", "queries over earlier blocks", d_model, 1).times(2),
    )
    candidates = -(-layer // block) + layer // block + 3
    return FixedMixer("attention residuals", tensors, 0, 2 * candidates * d_model)


def joined_streams(d_model: int, streams: int) -> tuple[Weights, ...]:
    """What makes one stream of several before the head."""
    return (
        matrix("other", "joining the streams", streams * d_model, streams),
        vector("other", "joining the streams, base and scale", streams + 1),
    )
