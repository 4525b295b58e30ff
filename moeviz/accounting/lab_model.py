"""What the lab's own model has and costs, in closed form from its configuration.

Knows nothing of modules or tensors; tests hold it equal to the model that trains.
"""

from __future__ import annotations

from moeviz.config import ModelConfig


def parameters_by_component(model: ModelConfig) -> dict[str, int]:
    """The number of weights of each part; a part that the model has not counts 0.

    "embedding" V·D, "positions" S·D, "attention" L·4·D², "router" L·E·D, "experts" L·E·expert,
    "dense" L·g·D·dense_width, "norms" (2L + 1)·D, "head" V·D, where an expert has g·D·F weights,
    with g = 2 matrices for GELU and 3 for SwiGLU. Nothing is tied and nothing has a bias.
    """
    layers, width, n_experts = model.n_layers, model.d_model, _n_experts(model)
    return {
        "embedding": model.vocab_size * width,
        "positions": model.context_length * width,
        "attention": layers * 4 * width * width,
        "router": layers * n_experts * width,
        "experts": layers * n_experts * expert_parameters(model),
        "dense": layers * _matrices(model) * width * model.dense_width,
        "norms": (2 * layers + 1) * width,
        "head": model.vocab_size * width,
    }


def expert_parameters(model: ModelConfig) -> int:
    """g·D·F: the weights of one expert of one layer."""
    return _matrices(model) * model.d_model * model.d_expert


def total_parameters(model: ModelConfig) -> int:
    """All weights: what must fit in memory."""
    return sum(parameters_by_component(model).values())


def active_parameters(model: ModelConfig, top_k: int) -> int:
    """total − L·(E − k)·expert: the weights that one token meets.

    Embedding, positions and head count, as in what Mixtral, Qwen and OLMoE print; other authors
    leave the embedding out, or the head too.

    Args:
        top_k: experts per token, at most E. A dense model ignores it.
    """
    if model.is_dense:
        return total_parameters(model)
    idle = model.n_layers * (model.n_experts - top_k) * expert_parameters(model)
    return total_parameters(model) - idle


def forward_flops_per_token(model: ModelConfig, top_k: int) -> int:
    """2·(attention + router + k experts + dense + head) + L·4·D·S operations, dropless.

    The first part is two operations, multiply and add, for each weight of a matrix product. The
    second is attention's scores and their use on a full sequence of S = context_length, counted
    S × S although half of them are masked. Embedding look-ups, norms, softmax and activations are
    not counted. A training step costs three times as much.

    Args:
        top_k: experts per token. A dense model ignores it.
    """
    parts = parameters_by_component(model)
    chosen = 0 if model.is_dense else model.n_layers * top_k * expert_parameters(model)
    multiplied = parts["attention"] + parts["router"] + chosen + parts["dense"] + parts["head"]
    return 2 * multiplied + model.n_layers * 4 * model.d_model * model.context_length


def _matrices(model: ModelConfig) -> int:
    return 3 if model.activation == "swiglu" else 2


def _n_experts(model: ModelConfig) -> int:
    return 0 if model.is_dense else model.n_experts
