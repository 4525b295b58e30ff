"""The load-balancing losses of papers and libraries, one function each, unscaled.

Every function takes all layers of one batch and returns what its library multiplies by α and adds
to the training loss. Some add the layers, some average them, some pool them. Knows nothing of
models, of α or of gradients. The capacities are in `capacity_conventions.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moeviz.routing.metrics import load_cv
from moeviz.routing.registry import by_name

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class RoutedBatch:
    """How every layer routed one batch of T tokens.

    Attributes:
        router_probs: over all experts, before top-k; carries the gradient.
        expert_index: the K experts chosen for each token, by preference.
        n_sequences: B; the T tokens are B sequences of the same length, one after the other.
        global_counts: assignments of each expert over all batches of the step, this one included.
    """

    router_probs: Float[Tensor, "L T E"]
    expert_index: Int[Tensor, "L T K"]
    n_sequences: int
    global_counts: Float[Tensor, "L E"]


def slot_counts(expert_index: Int[Tensor, "L T K"], n_experts: int) -> Float[Tensor, "L E"]:
    """The number of assignments of each expert, layer by layer."""
    flat = expert_index.flatten(1)
    counts = flat.new_zeros(len(flat), n_experts)
    return counts.scatter_add(1, flat, flat.new_ones(flat.shape)).float()


def even_batch(like: RoutedBatch) -> RoutedBatch:
    """One sequence of E tokens: all experts of a layer have the same probability and load."""
    n_experts, top_k = like.router_probs.shape[-1], like.expert_index.shape[-1]
    probs = like.router_probs.detach()[:, :1].new_full((1, 1, n_experts), 1 / n_experts)
    probs = probs.expand(len(like.router_probs), n_experts, n_experts)
    each = like.expert_index.new_ones(n_experts).cumsum(0) - 1
    index = (each[:, None] + each[:top_k]) % n_experts
    index = index.expand(len(probs), n_experts, top_k)
    return RoutedBatch(probs, index, 1, slot_counts(index, n_experts))


def collapsed_batch(like: RoutedBatch) -> RoutedBatch:
    """One sequence: the same K experts of each layer have all probability and all assignments."""
    even = even_batch(like)
    index = even.expert_index[:, :1].expand_as(even.expert_index)
    probs = even.router_probs.new_zeros(even.router_probs.shape)
    probs = probs.scatter(-1, index, 1 / index.shape[-1])
    return RoutedBatch(probs, index, 1, slot_counts(index, probs.shape[-1]))


def switch_megatron(batch: RoutedBatch) -> Float[Tensor, ""]:
    """Σ_l E · Σ_i f_i · P_i; f_i is a share of all T·K assignments; layers are added.

    L at an even load; L·E if one expert gets everything (K = 1).

    Source: Fedus, Zoph and Shazeer 2021 (Switch), arXiv:2101.03961, eq. 4-6 for K = 1; for every K
    Megatron-Core's `switch_load_balancing_loss_func`, and per layer DeepSeek-V2's and V3's form.
    """
    n_experts, slots = batch.router_probs.shape[-1], batch.expert_index[0].numel()
    f = slot_counts(batch.expert_index, n_experts) / slots
    return n_experts * (f * batch.router_probs.mean(dim=1)).sum()


def hugging_face(batch: RoutedBatch) -> Float[Tensor, ""]:
    """E · Σ_i (K·f_i) · P_i; f and P are taken over the tokens of all layers; not divided by K.

    K at an even load, for every L. Two layers that have collapsed onto different experts can look
    even, because only the sum of their loads counts.

    Source: transformers, `load_balancing_loss_func` of Mixtral, Qwen-MoE, OLMoE, DBRX and others.
    """
    n_experts = batch.router_probs.shape[-1]
    tokens = batch.expert_index.shape[0] * batch.expert_index.shape[1]
    chosen = slot_counts(batch.expert_index, n_experts).sum(dim=0) / tokens
    return n_experts * (chosen * batch.router_probs.mean(dim=(0, 1))).sum()


def gshard_as_printed(batch: RoutedBatch) -> Float[Tensor, ""]:
    """Σ_l (1/E) Σ_i (c_i / T) · P_i; c_i counts the tokens whose highest score is expert i.

    L/E² at an even load: the same coefficient gives an E² times smaller loss than in the others.

    Source: Lepikhin et al. 2020 (GShard), arXiv:2006.16668, algorithm 1.
    """
    n_tokens, n_experts = batch.router_probs.shape[1:]
    first = slot_counts(batch.expert_index[..., :1], n_experts) / n_tokens
    return (first * batch.router_probs.mean(dim=1)).mean(dim=-1).sum()


def first_choice(batch: RoutedBatch) -> Float[Tensor, ""]:
    """E² times GShard's algorithm 1, so that an even load gives 1 per layer.

    It counts the assignments of preference 0 only: those of preference 1 may all go to one expert.

    Source: Mesh-TensorFlow and Lingvo top-2 gating; DeepSpeed's `top2gating`; Tutel's
    `gshard_loss`.
    """
    return gshard_as_printed(batch) * batch.router_probs.shape[-1] ** 2


def megablocks(batch: RoutedBatch) -> Float[Tensor, ""]:
    """(1/L) Σ_l E · Σ_i f_i · P_i; f_i is a share of all T·K assignments; layers are averaged.

    1 at an even load: each layer gets an L times smaller gradient than when layers are added.

    Source: MegaBlocks, `batched_load_balancing_loss`; OLMoE trains with it.
    """
    return switch_megatron(batch) / batch.router_probs.shape[0]


def sequence_wise(batch: RoutedBatch) -> Float[Tensor, ""]:
    """Σ_l mean over sequences of E · Σ_i f_i · P_i, f and P of one sequence; layers are added.

    L at an even load in every sequence; more if sequences differ, even if the whole batch is even.

    Source: DeepSeek-AI 2024, DeepSeek-V2, arXiv:2405.04434, eq. 23-25; DeepSeek-V3,
    arXiv:2412.19437, eq. 17-20.
    """
    n_layers, _, n_experts = batch.router_probs.shape
    rows = n_layers * batch.n_sequences
    index = batch.expert_index.reshape(rows, -1, batch.expert_index.shape[-1])
    mean_probs = batch.router_probs.reshape(rows, -1, n_experts).mean(dim=1)
    f = slot_counts(index, n_experts) / index[0].numel()
    return n_experts * (f * mean_probs).sum() / batch.n_sequences


def global_batch(batch: RoutedBatch) -> Float[Tensor, ""]:
    """Σ_l E · Σ_i f_i · P_i; f_i over all batches of the step, P_i over this batch; layers added.

    L at an even load over all batches, even if this batch is uneven.

    Source: Qiu et al. 2025 (Qwen), arXiv:2501.11873.
    """
    n_experts = batch.router_probs.shape[-1]
    f = batch.global_counts / batch.global_counts.sum(dim=-1, keepdim=True)
    return n_experts * (f * batch.router_probs.mean(dim=1)).sum()


def importance(batch: RoutedBatch) -> Float[Tensor, ""]:
    """Σ_l CV(Σ_t G(x_t))²; G holds the chosen experts' probabilities, renormalised, 0 elsewhere.

    Per layer 0 if all experts get the same sum of weights, E/K − 1 if K of them get all. At K = 1
    all weights are 1, so there is no gradient.

    Source: Shazeer et al. 2017, arXiv:1701.06538, eq. 6-7; variance over the E experts.
    """
    chosen = batch.router_probs.gather(-1, batch.expert_index)
    gates = chosen / chosen.sum(dim=-1, keepdim=True)
    sums = batch.router_probs.new_zeros(len(gates), batch.router_probs.shape[-1])
    sums = sums.scatter_add(1, batch.expert_index.flatten(1), gates.flatten(1))
    return load_cv(sums).square().sum()


@dataclass(frozen=True, slots=True)
class LossConvention:
    """One meaning of "load-balancing loss".

    Attributes:
        name: its function in this module. title: what pages call it.
        formula: LaTeX. source: paper or code. used_by: models and code that use it.
        loss: the function.
        at_even, at_collapse: its value for `even_batch` and `collapsed_batch`, in E, k and L.
    """

    name: str
    title: str
    formula: str
    source: str
    used_by: str
    loss: Callable[[RoutedBatch], Tensor]
    at_even: str
    at_collapse: str


REFERENCE = "switch_megatron"
"""The convention that the others are compared with. The lab trains with it."""

LOSS_CONVENTIONS = by_name(
    LossConvention(
        "switch_megatron",
        "Switch, Megatron",
        r"\sum_l E \sum_i \frac{c_i}{kT} P_i",
        "arXiv:2101.03961, eq. 4-6; Megatron-Core `switch_load_balancing_loss_func`",
        "this app; Switch (α = 0.01)",
        switch_megatron,
        "L",
        "L·E/k",
    ),
    LossConvention(
        "hugging_face",
        "Hugging Face",
        r"E \sum_i \frac{\sum_l c_i^l}{LT} \cdot \frac{1}{L}\sum_l P_i^l",
        "transformers `load_balancing_loss_func`",
        "Mixtral (α = 0.02), Qwen-MoE (0.001) and DBRX (0.05) in transformers",
        hugging_face,
        "k",
        "E",
    ),
    LossConvention(
        "gshard_as_printed",
        "GShard, as printed",
        r"\sum_l \frac{1}{E} \sum_i \frac{c_i^{(1)}}{T} P_i",
        "arXiv:2006.16668, algorithm 1",
        "the pseudo-code of the paper",
        gshard_as_printed,
        "L/E²",
        "L/(E·k)",
    ),
    LossConvention(
        "first_choice",
        "GShard × E²",
        r"\sum_l E^2 \cdot \frac{1}{E} \sum_i \frac{c_i^{(1)}}{T} P_i",
        "Mesh-TensorFlow, Lingvo; DeepSpeed `top2gating`; Tutel `gshard_loss`",
        "the code of GShard",
        first_choice,
        "L",
        "L·E/k",
    ),
    LossConvention(
        "megablocks",
        "MegaBlocks",
        r"\frac{1}{L} \sum_l E \sum_i \frac{c_i}{kT} P_i",
        "MegaBlocks `batched_load_balancing_loss`",
        "OLMoE (α = 0.01)",
        megablocks,
        "1",
        "E/k",
    ),
    LossConvention(
        "sequence_wise",
        "Sequence-wise",
        r"\sum_l \frac{1}{B} \sum_q E \sum_i \frac{c_i^q}{kS} P_i^q",
        "arXiv:2405.04434, eq. 23-25; arXiv:2412.19437, eq. 17-20",
        "DeepSeek-V2; DeepSeek-V3 (α = 0.0001, beside its selection bias)",
        sequence_wise,
        "L",
        "L·E/k",
    ),
    LossConvention(
        "global_batch",
        "Global batch",
        r"\sum_l E \sum_i \frac{c_i^{\mathrm{all}}}{kT^{\mathrm{all}}} P_i",
        "arXiv:2501.11873",
        "the Qwen team",
        global_batch,
        "L",
        "L·E/k",
    ),
    LossConvention(
        "importance",
        "Importance CV²",
        r"\sum_l \mathrm{CV}\Big(\sum_t G(x_t)\Big)^2",
        "arXiv:1701.06538, eq. 6-7",
        "Shazeer et al. 2017, beside a second loss on the load",
        importance,
        "0",
        "L·(E/k − 1)",
    ),
)
"""All of them by name, the reference first."""
