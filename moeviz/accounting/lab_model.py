"""The lab's own model as an `Architecture`, so that every closed form holds for it as well.

Knows nothing of modules or tensors; tests hold it equal to the model that trains.
"""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.bounds import whole
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.weights import Weights, total
from moeviz.config import ModelConfig


def lab_architecture(model: ModelConfig, top_k: int) -> Architecture:
    """L equal layers of multi-head attention and a mixture, or one dense feed-forward; no biases.

    Learnt positions are looked up, like the embedding, and counted with it. Nothing is tied.

    Args:
        top_k: experts per token, at most E. A dense model ignores it.
    """
    width = model.d_model
    attention = GroupedQueryAttention(width, model.n_heads, model.n_heads, width // model.n_heads)
    feed_forward = (
        DenseFeedForward(width, model.dense_width, _gated(model))
        if model.is_dense
        else _mixture(model, top_k)
    )
    kind = "dense" if model.is_dense else "MoE"
    positions = (model.context_length, width)
    return Architecture(
        width,
        model.vocab_size,
        (Stack(model.n_layers, (attention, feed_forward), 2 * width, kind),),
        final_norm=width,
        extra=(Weights("embedding", "learnt positions", positions, multiplied=False),),
    )


def expert_parameters(model: ModelConfig) -> int:
    """matrices·D·F: the weights of one expert of one layer."""
    return total(_mixture(model, 1).expert_weights())


def total_parameters(model: ModelConfig) -> int:
    """All weights: what must fit in memory."""
    return parameter_count(lab_architecture(model, 1)).total


def active_parameters(model: ModelConfig, top_k: int) -> int:
    """The weights that one token uses; embedding, positions and head count.

    As in what Mixtral, Qwen and OLMoE print; other authors leave the embedding out, or the head
    too.

    Args:
        top_k: experts per token, at most E. A dense model ignores it.
    """
    return parameter_count(lab_architecture(model, top_k)).active["all"]


def _mixture(model: ModelConfig, top_k: int) -> MixtureFeedForward:
    n_experts = model.n_experts
    whole("top_k", top_k, high=n_experts)
    return MixtureFeedForward(model.d_model, model.d_expert, n_experts, top_k, _gated(model))


def _gated(model: ModelConfig) -> bool:
    return model.activation == "swiglu"
