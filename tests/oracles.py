"""The papers' equations as plain loops over Python numbers: what tensors are held against.

Imports nothing of moeviz, nothing of torch. Written to be read beside the papers, not to be fast.
Matrices are lists of rows; `experts[i]` is the pair (w_in, w_out).
"""

from __future__ import annotations

import math
from decimal import Decimal

Row = list[float]
Matrix = list[list[float]]


def softmax(logits: Row) -> Row:
    """Switch (arXiv:2101.03961) eq. 1."""
    weights = [math.exp(logit - max(logits)) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def top_k(scores: Row, k: int) -> list[int]:
    """The k largest, best first; the lower index first among equals."""
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:k]


def choices(probs: Matrix, k: int, bias: Row) -> list[list[int]]:
    """Top-k of p + b for each token: Wang et al. (arXiv:2408.15664) eq. 3."""
    return [top_k([p + b for p, b in zip(row, bias, strict=True)], k) for row in probs]


def sigmoid(logits: Row) -> Row:
    """DeepSeek-V3 (arXiv:2412.19437) eq. 15: each expert's affinity on its own."""
    return [1 / (1 + math.exp(-logit)) for logit in logits]


def probability_gates(logits: Row, chosen: list[int]) -> Row:
    """Switch eq. 2: the probability of each chosen expert."""
    return [softmax(logits)[i] for i in chosen]


def renormalised_gates(logits: Row, chosen: list[int]) -> Row:
    """GShard (arXiv:2006.16668) algorithm 1: g_i / (g_1 + g_2); so do Mixtral and Qwen3-MoE."""
    probs = softmax(logits)
    return [probs[i] / sum(probs[j] for j in chosen) for i in chosen]


def top_k_softmax_gates(logits: Row, chosen: list[int]) -> Row:
    """Shazeer et al. (arXiv:1701.06538) eq. 3 and 5: softmax after all others became −inf."""
    kept = [logit if i in chosen else -math.inf for i, logit in enumerate(logits)]
    return [softmax(kept)[i] for i in chosen]


def sigmoid_gates(logits: Row, chosen: list[int]) -> Row:
    """DeepSeek-V3 eq. 13-14, before the scaling factor: s_i / Σ_j s_j over the chosen."""
    scores = sigmoid(logits)
    return [scores[i] / sum(scores[j] for j in chosen) for i in chosen]


RULES = {
    "softmax_topk": (softmax, probability_gates),
    "softmax_topk_renormalised": (softmax, renormalised_gates),
    "topk_softmax": (softmax, top_k_softmax_gates),
    "sigmoid_bias_groups": (sigmoid, sigmoid_gates),
}
"""Of each routing rule, what competes and how the chosen experts are weighted."""


def within_kept_groups(scores: Row, n_groups: int, kept_groups: int) -> Row:
    """DeepSeek-V3 section 2.1.2: −inf outside the groups with the largest sums of their best two.

    Groups are of neighbours; the two are the K_r / M of the paper, fixed in its released code.
    """
    size = len(scores) // n_groups
    groups = [scores[g * size : (g + 1) * size] for g in range(n_groups)]
    kept = top_k([sum(sorted(group)[-2:]) for group in groups], kept_groups)
    return [score if i // size in kept else -math.inf for i, score in enumerate(scores)]


def capacity(n_tokens: int, n_experts: int, k: int, factor_as_written: str) -> int:
    """The fewest slots that hold factor · k · T / E: count up until they do."""
    slots = 0
    while slots * n_experts < Decimal(factor_as_written) * k * n_tokens:
        slots += 1
    return slots


def by_position(gates: Matrix) -> list[tuple[int, int]]:
    """GShard algorithm 1: the slots (token, choice), all first choices, then all second ones, …"""
    return [(t, c) for c in range(len(gates[0])) for t in range(len(gates))]


def by_probability(gates: Matrix) -> list[tuple[int, int]]:
    """The slots of the largest gates first; equal ones by position."""
    return sorted(by_position(gates), key=lambda slot: -gates[slot[0]][slot[1]])


def batch_prioritised(gates: Matrix) -> list[tuple[int, int]]:
    """Riquelme et al. (arXiv:2106.05974) algorithm 2: tokens sorted by their largest gate."""
    tokens = sorted(range(len(gates)), key=lambda t: -max(gates[t]))
    return [(t, c) for c in range(len(gates[0])) for t in tokens]


ORDERS = {
    "position": by_position,
    "probability": by_probability,
    "batch_prioritised": batch_prioritised,
}
"""The drop policies that are no more than an order in which assignments queue for slots."""


def queue_places(expert_index: list[list[int]], order: list[tuple[int, int]]) -> list[list[int]]:
    """How many slots of the same expert came before each."""
    came: dict[int, int] = {}
    place = [[-1] * len(row) for row in expert_index]
    for token, choice in order:
        expert = expert_index[token][choice]
        place[token][choice] = came.get(expert, 0)
        came[expert] = place[token][choice] + 1
    return place


def rerouted(
    expert_index: list[list[int]], scores: Matrix, limit: int
) -> tuple[list[list[int]], list[list[int]], list[list[bool]]]:
    """Switch appendix B, no token left behind: expert, place and whether kept, of each slot.

    All queue by position. Then, choice by choice, those without a slot try, all their best
    expert, then all their second best, …, in token order; none tries one that it has already.
    """
    index = [list(row) for row in expert_index]
    place = queue_places(index, by_position([[0.0] * len(row) for row in index]))
    held: list[list[int | None]] = [
        [expert if at < limit else None for expert, at in zip(row, places, strict=True)]
        for row, places in zip(index, place, strict=True)
    ]
    for choice in range(len(index[0])):
        for rank in range(len(scores[0])):
            for token, row in enumerate(scores):
                expert = top_k(row, len(row))[rank]
                filled = sum(slot == expert for each in held for slot in each)
                if (
                    held[token][choice] is None
                    and row[expert] > -math.inf
                    and expert not in held[token]
                    and filled < limit
                ):
                    held[token][choice] = index[token][choice] = expert
                    place[token][choice] = filled
    return index, place, [[slot is not None for slot in row] for row in held]


def load(expert_index: list[list[int]], n_experts: int) -> Row:
    """f_i: the part of all slots that went to expert i."""
    slots = [expert for row in expert_index for expert in row]
    return [slots.count(i) / len(slots) for i in range(n_experts)]


def load_balancing_loss(probs: Matrix, expert_index: list[list[int]]) -> float:
    """Switch eq. 4-6: E · Σ f_i · P_i, f_i over all T·K slots."""
    n_experts = len(probs[0])
    f = load(expert_index, n_experts)
    mean = [sum(row[i] for row in probs) / len(probs) for i in range(n_experts)]
    return n_experts * sum(f[i] * mean[i] for i in range(n_experts))


def router_z_loss(logits: Matrix) -> float:
    """ST-MoE (arXiv:2202.08906): mean over tokens of the squared log-sum-exp."""
    return sum(math.log(sum(math.exp(x) for x in row)) ** 2 for row in logits) / len(logits)


def bias_sign(bias: Row, counts: Row, u: float) -> Row:
    """Wang et al. algorithm 1: b_i + u · sign(mean(c) − c_i)."""
    updated = []
    for b, c in zip(bias, counts, strict=True):
        error = sum(counts) / len(counts) - c
        updated.append(b + u if error > 0 else b - u if error < 0 else b)
    return updated


def normalised_entropy(f: Row) -> float:
    """Shannon entropy over its largest possible value; 0 · log 0 = 0."""
    return sum(-x * math.log(x) for x in f if x > 0) / math.log(len(f))


def entropy_above_collapse(f: Row, k: int) -> float:
    """(H − ln k)/(ln E − ln k), not below 0; undefined where every token gets every expert."""
    if k == len(f):
        return math.nan
    entropy = sum(-x * math.log(x) for x in f if x > 0)
    return max(0.0, (entropy - math.log(k)) / (math.log(len(f)) - math.log(k)))


def effective_experts(f: Row) -> float:
    """The perplexity of the load."""
    return math.prod(x**-x for x in f if x > 0)


def max_violation(f: Row) -> float:
    """Wang et al. eq. 4."""
    mean = sum(f) / len(f)
    return (max(f) - mean) / mean


def coefficient_of_variation(f: Row) -> float:
    """Shazeer et al. (arXiv:1701.06538) eq. 7, before the square; over the population."""
    mean = sum(f) / len(f)
    return math.sqrt(sum((x - mean) ** 2 for x in f) / len(f)) / mean


def activate(hidden: Row, activation: str) -> Row:
    """GELU of each number; or SwiGLU: silu of the first half times the second."""
    if activation == "gelu":
        return [x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in hidden]
    half = len(hidden) // 2
    return [g / (1 + math.exp(-g)) * v for g, v in zip(hidden[:half], hidden[half:], strict=True)]


def times(x: Row, matrix: Matrix) -> Row:
    """x · matrix."""
    return [
        sum(a * row[j] for a, row in zip(x, matrix, strict=True)) for j in range(len(matrix[0]))
    ]


def feed_forward(x: Row, w_in: Matrix, w_out: Matrix, activation: str) -> Row:
    """One expert, or a dense network: act(x · w_in) · w_out."""
    return times(activate(times(x, w_in), activation), w_out)


def mixture(
    x: Matrix,
    expert_index: list[list[int]],
    gates: Matrix,
    kept: list[list[bool]],
    experts: list[tuple[Matrix, Matrix]],
    activation: str,
) -> Matrix:
    """Shazeer et al. eq. 1: y = Σ gate · expert(x), over the slots that were kept."""
    outputs = []
    for token, row in enumerate(x):
        y = [0.0] * len(row)
        for expert, gate, slot in zip(expert_index[token], gates[token], kept[token], strict=True):
            if slot:
                out = feed_forward(row, *experts[expert], activation)
                y = [a + gate * b for a, b in zip(y, out, strict=True)]
        outputs.append(y)
    return outputs


def rms_norm(x: Row, weight: Row, epsilon: float) -> Row:
    """Zhang and Sennrich (arXiv:1910.07467) eq. 4."""
    size = math.sqrt(sum(a * a for a in x) / len(x) + epsilon)
    return [a / size * w for a, w in zip(x, weight, strict=True)]


def causal_attention(x: Matrix, query: Matrix, key: Matrix, value: Matrix, n_heads: int) -> Matrix:
    """Vaswani et al. (arXiv:1706.03762) eq. 1 per head, over the positions up to one's own.

    `query`, `key` and `value` are (D, D); head h has the h-th part of their columns. The heads'
    outputs stand side by side, before the output matrix.
    """
    size = len(x[0]) // n_heads
    q, k, v = ([times(row, matrix) for row in x] for matrix in (query, key, value))
    outputs = []
    for t in range(len(x)):
        read = []
        for part in (range(h * size, (h + 1) * size) for h in range(n_heads)):
            scores = [sum(q[t][i] * k[s][i] for i in part) / math.sqrt(size) for s in range(t + 1)]
            weights = softmax(scores)
            read += [sum(w * v[s][i] for s, w in enumerate(weights)) for i in part]
        outputs.append(read)
    return outputs


def mean_of(rows: Matrix) -> Row:
    """The mean of each column."""
    return [sum(row[i] for row in rows) / len(rows) for i in range(len(rows[0]))]


def hugging_face_loss(probs: list[Matrix], expert_index: list[list[list[int]]]) -> float:
    """transformers' `load_balancing_loss_func`: all layers' tokens in one pot, not divided by K."""
    rows = [row for layer in probs for row in layer]
    choices_made = [row for layer in expert_index for row in layer]
    n_experts, mean = len(rows[0]), mean_of(rows)
    tokens = [sum(row.count(i) for row in choices_made) / len(rows) for i in range(n_experts)]
    return n_experts * sum(t * p for t, p in zip(tokens, mean, strict=True))


def gshard_loss(probs: Matrix, expert_index: list[list[int]]) -> float:
    """GShard (arXiv:2006.16668) algorithm 1: (1/E) Σ (c_e / S) · m_e, first choices alone."""
    n_experts, mean = len(probs[0]), mean_of(probs)
    c = [sum(row[0] == i for row in expert_index) / len(probs) for i in range(n_experts)]
    return sum(c[i] * mean[i] for i in range(n_experts)) / n_experts


def sequence_loss(probs: Matrix, expert_index: list[list[int]], length: int) -> float:
    """DeepSeek-V3 (arXiv:2412.19437) eq. 17-20 without α, mean over the sequences."""
    starts = range(0, len(probs), length)
    losses = [
        load_balancing_loss(probs[s : s + length], expert_index[s : s + length]) for s in starts
    ]
    return sum(losses) / len(losses)


def importance_loss(probs: Matrix, expert_index: list[list[int]]) -> float:
    """Shazeer et al. (arXiv:1701.06538) eq. 6-7 without its weight."""
    sums = [0.0] * len(probs[0])
    for row, chosen in zip(probs, expert_index, strict=True):
        for i in chosen:
            sums[i] += row[i] / sum(row[j] for j in chosen)
    return coefficient_of_variation(sums) ** 2


def load_loss(clean: Matrix, noisy: Matrix, k: int, sigma: float) -> float:
    """Shazeer et al. eq. 8-11: CV² of Σ_t Φ((h_i − the k-th largest of the others) / σ).

    h_i is clean, the others are noisy: an expert's own noise is what the probability is over.
    """
    n_experts = len(clean[0])
    load = [0.0] * n_experts
    for own, row in zip(clean, noisy, strict=True):
        for i in range(n_experts):
            others = sorted((h for j, h in enumerate(row) if j != i), reverse=True)
            distance = (own[i] - others[k - 1]) / sigma
            load[i] += (1 + math.erf(distance / math.sqrt(2))) / 2
    return coefficient_of_variation(load) ** 2
