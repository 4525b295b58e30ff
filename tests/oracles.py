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


def capacity(n_tokens: int, n_experts: int, k: int, factor_as_written: str) -> int:
    """The fewest slots that hold factor · k · T / E: count up until they do."""
    slots = 0
    while slots * n_experts < Decimal(factor_as_written) * k * n_tokens:
        slots += 1
    return slots


def kept_by_position(expert_index: list[list[int]], limit: int) -> list[list[bool]]:
    """GShard (arXiv:2006.16668) algorithm 1: seat all first choices, then all second ones, …"""
    seated: dict[int, int] = {}
    kept = [[False] * len(row) for row in expert_index]
    for choice in range(len(expert_index[0])):
        for token, row in enumerate(expert_index):
            expert = row[choice]
            if seated.get(expert, 0) < limit:
                seated[expert] = seated.get(expert, 0) + 1
                kept[token][choice] = True
    return kept


def kept_by_probability(
    expert_index: list[list[int]], gates: Matrix, limit: int
) -> list[list[bool]]:
    """For each expert, seat the slots of highest probability; equal ones by position."""
    slots = [(t, c) for c in range(len(expert_index[0])) for t in range(len(expert_index))]
    kept = [[False] * len(row) for row in expert_index]
    for expert in {expert for row in expert_index for expert in row}:
        mine = [(t, c) for t, c in slots if expert_index[t][c] == expert]
        for t, c in sorted(mine, key=lambda slot: -gates[slot[0]][slot[1]])[:limit]:
            kept[t][c] = True
    return kept


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


def loss_free_bias(bias: Row, counts: Row, u: float) -> Row:
    """Wang et al. algorithm 1: b_i + u · sign(mean(c) − c_i)."""
    updated = []
    for b, c in zip(bias, counts, strict=True):
        error = sum(counts) / len(counts) - c
        updated.append(b + u if error > 0 else b - u if error < 0 else b)
    return updated


def normalised_entropy(f: Row) -> float:
    """Shannon entropy over its largest possible value; 0 · log 0 = 0."""
    return sum(-x * math.log(x) for x in f if x > 0) / math.log(len(f))


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
        for expert, gate, seated in zip(
            expert_index[token], gates[token], kept[token], strict=True
        ):
            if seated:
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
