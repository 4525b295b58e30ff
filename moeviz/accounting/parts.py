"""The parts of a decoder's layer: attention in its kinds, dense and mixture feed-forwards.

Each part is a frozen description by its sizes and lists its `Weights` for one layer. Knows nothing
of whole models, families or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moeviz.accounting.weights import Component, Weights, matrix, vector


@dataclass(frozen=True, slots=True)
class GroupedQueryAttention:
    """Softmax attention with n_kv_heads ≤ n_heads; equal: multi-head, 1: multi-query.

    n_heads · head_dim need not equal d_model.

    Attributes:
        qk_norm: "per_head" has two gains of head_dim, "full" one of all query heads and one of all
            key heads, "none" none or one without weights.
        sinks: one learnt logit a head (gpt-oss).
        window: positions a token sees, itself included; None for all.
        gate: "elementwise" multiplies the output by a gate of its own width, projected from the
            input, "per_head" by one number a head.
        value_dim: of a value head where it differs from head_dim.
        keeps_keys: false where a layer takes keys and values of another one and projects none
            (cross-layer attention).
        values_from_keys: the key projection's output serves as the values, too (Gemma 4).
        extra: further tensors of a layer, as a family has them. extra_cached: numbers they keep
            for each position. extra_products: their multiply-adds a pair.
    """

    d_model: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    qkv_bias: bool = False
    output_bias: bool = False
    qk_norm: Literal["none", "per_head", "full"] = "none"
    sinks: bool = False
    window: int | None = None
    gate: Literal["none", "elementwise", "per_head"] = "none"
    value_dim: int | None = None
    keeps_keys: bool = True
    values_from_keys: bool = False
    extra: tuple[Weights, ...] = ()
    extra_cached: int = 0
    extra_products: int = 0

    @property
    def value_width(self) -> int:
        """Of one value head."""
        return self.head_dim if self.value_dim is None else self.value_dim

    def weights(self) -> tuple[Weights, ...]:
        """D·H·d + D·G·d + D·G·v + H·v·D, and what goes with them."""
        queries, keys = self.n_heads * self.head_dim, self.n_kv_heads * self.head_dim
        values, out = self.n_kv_heads * self.value_width, self.n_heads * self.value_width
        found = [
            matrix("attention", "query projection", self.d_model, queries),
            matrix("attention", "output projection", out, self.d_model),
        ]
        if self.keeps_keys:
            found.insert(1, matrix("attention", "key projection", self.d_model, keys))
        if self.keeps_keys and not self.values_from_keys:
            found.insert(2, matrix("attention", "value projection", self.d_model, values))
        if self.qkv_bias:
            biases = queries + (keys if self.keeps_keys else 0)
            biases += values if self.keeps_keys and not self.values_from_keys else 0
            found.append(vector("attention", "query, key and value bias", biases))
        if self.output_bias:
            found.append(vector("attention", "output bias", self.d_model))
        if self.qk_norm == "per_head":
            found.append(vector("attention", "query and key norm", 2 * self.head_dim))
        elif self.qk_norm == "full":
            found.append(vector("attention", "query and key norm", queries + keys))
        if self.sinks:
            found.append(vector("attention", "sinks", self.n_heads))
        if self.gate != "none":
            width = out if self.gate == "elementwise" else self.n_heads
            found.append(matrix("attention", "output gate", self.d_model, width))
        return (*found, *self.extra)

    def products_per_pair(self) -> int:
        """H·(d + v) multiply-adds for each pair of a token and a position it sees."""
        return self.n_heads * (self.head_dim + self.value_width) + self.extra_products

    @property
    def cached(self) -> str:
        """What is kept of a position, in words."""
        return "keys and values"

    def cached_elements(self) -> int:
        """G·(d + v): numbers kept for each position."""
        kept = self.n_kv_heads * (self.head_dim + self.value_width) if self.keeps_keys else 0
        return kept + self.extra_cached


@dataclass(frozen=True, slots=True)
class LatentAttention:
    """Multi-head latent attention: keys and values from one small vector a position.

    Attributes:
        q_rank: width of the queries' own latent; None projects queries from the input.
        kv_rank: width of the latent of keys and values.
        nope_dim: a head's part without position, rope_dim: the part with it, shared by all keys.
        value_dim: a value head.
        bias: on the projections from the input and to the output.
        latent_norms: whether the latents are normed (with one gain each).
        extra, extra_cached, extra_products: as in `GroupedQueryAttention`.

    Source: DeepSeek-V2, arXiv:2405.04434, eq. 9-19.
    """

    d_model: int
    n_heads: int
    q_rank: int | None
    kv_rank: int
    nope_dim: int
    rope_dim: int
    value_dim: int
    bias: bool = False
    latent_norms: bool = True
    window: int | None = None
    extra: tuple[Weights, ...] = ()
    extra_cached: int = 0
    extra_products: int = 0

    def weights(self) -> tuple[Weights, ...]:
        """D·r_q + r_q·H·(n + r) + D·(r_kv + r) + r_kv·H·(n + v) + H·v·D and the latents' norms."""
        heads, key = self.n_heads, self.nope_dim + self.rope_dim
        found = []
        if self.q_rank is None:
            found.append(matrix("attention", "query projection", self.d_model, heads * key))
        else:
            found += [
                matrix("attention", "query compression", self.d_model, self.q_rank),
                matrix("attention", "query projection", self.q_rank, heads * key),
            ]
        found += [
            matrix(
                "attention", "key and value compression", self.d_model,
                self.kv_rank + self.rope_dim,
            ),
            matrix(
                "attention", "key and value projection", self.kv_rank,
                heads * (self.nope_dim + self.value_dim),
            ),
            matrix("attention", "output projection", heads * self.value_dim, self.d_model),
        ]  # fmt: skip
        if self.latent_norms:
            found.append(vector("attention", "norms of latents", self.kv_rank + (self.q_rank or 0)))
        if self.bias:
            compressed = self.kv_rank + self.rope_dim + (self.q_rank or 0)
            found += [
                vector("attention", "compression bias", compressed),
                vector("attention", "output bias", self.d_model),
            ]
        return (*found, *self.extra)

    def products_per_pair(self) -> int:
        """H·(n + r + v) multiply-adds a pair, as computed when keys and values are expanded."""
        key = self.nope_dim + self.rope_dim
        return self.n_heads * (key + self.value_dim) + self.extra_products

    @property
    def cached(self) -> str:
        """What is kept of a position, in words."""
        return "latents"

    def cached_elements(self) -> int:
        """r_kv + r: numbers kept for each position."""
        return self.kv_rank + self.rope_dim + self.extra_cached


@dataclass(frozen=True, slots=True)
class FixedMixer:
    """What mixes positions at a cost that does not grow with their number.

    Linear attention, state spaces, short convolutions: the family's reader lists them tensor by
    tensor.

    Attributes:
        tensors: its weights. state_elements: numbers kept a sequence, whatever its length.
        mixing_products: multiply-adds a token beside the tensors' own.
    """

    kind: str
    tensors: tuple[Weights, ...]
    state_elements: int = 0
    mixing_products: int = 0

    def weights(self) -> tuple[Weights, ...]:
        """As listed."""
        return self.tensors


@dataclass(frozen=True, slots=True)
class DenseFeedForward:
    """Two matrices, or three with a gate (SwiGLU)."""

    d_model: int
    d_hidden: int
    gated: bool = True
    bias: bool = False

    def weights(self) -> tuple[Weights, ...]:
        """matrices·D·F: 3 matrices when gated, else 2. Biases: (matrices − 1)·F and D."""
        return _feed_forward("dense_ffn", self.d_model, self.d_hidden, self.gated, self.bias)


@dataclass(frozen=True, slots=True)
class MixtureFeedForward:
    """A router, E routed experts of which a token uses K, and shared experts that it always uses.

    Attributes:
        d_shared: hidden width of all shared experts together; 0: no shared expert.
        shared_gate: a vector D → 1 whose sigmoid scales the shared experts (Qwen).
        router_bias: E learnt biases (gpt-oss). correction_bias: E numbers that only take part in
            the selection, adjusted by rule and stored with the weights (DeepSeek-V3).
        expert_bias: on each of an expert's matrices. shared_bias: on each of the shared ones.
        groups: (groups of experts, groups of which a token may use experts); None: of all.
        d_routed: width that experts read and write where it is not d_model (latent experts).
        extra: further tensors of a layer, as a family has them.
    """

    d_model: int
    d_expert: int
    n_experts: int
    top_k: int
    gated: bool = True
    d_shared: int = 0
    shared_gate: bool = False
    router_bias: bool = False
    correction_bias: bool = False
    expert_bias: bool = False
    shared_bias: bool = False
    d_routed: int | None = None
    groups: tuple[int, int] | None = None
    extra: tuple[Weights, ...] = ()

    @property
    def routed_width(self) -> int:
        """Of the vectors that experts read and write: what a token sends to each of them."""
        return self.d_model if self.d_routed is None else self.d_routed

    def expert_weights(self) -> tuple[Weights, ...]:
        """matrices·D·F of one expert, and its biases: read for each further distinct expert."""
        return _feed_forward(
            "routed_experts", self.routed_width, self.d_expert, self.gated, self.expert_bias
        )

    def weights(self) -> tuple[Weights, ...]:
        """D·E (router) + matrices·D·(E·F + F_shared), and what goes with them."""
        n, chosen = self.n_experts, (self.top_k, self.n_experts)
        found = [matrix("router", "router", self.d_model, n)]
        if self.router_bias:
            found.append(vector("router", "router bias", n))
        if self.correction_bias:
            found.append(vector("router", "selection bias", n))
        found += [
            Weights(w.component, w.role, w.shape, w.copies * n, w.multiplied, chosen)
            for w in self.expert_weights()
        ]
        if self.d_shared:
            found += _feed_forward(
                "shared_experts", self.d_model, self.d_shared, self.gated, self.shared_bias
            )
        if self.shared_gate:
            found.append(matrix("shared_experts", "gate of the shared experts", self.d_model, 1))
        return (*found, *self.extra)


Part = GroupedQueryAttention | LatentAttention | FixedMixer | DenseFeedForward | MixtureFeedForward


def _feed_forward(
    component: Component, d_model: int, d_hidden: int, gated: bool, bias: bool
) -> tuple[Weights, ...]:
    inwards = 2 if gated else 1
    role = "gate and up projections" if gated else "up projection"
    found = [
        matrix(component, role, d_model, d_hidden).times(inwards),
        matrix(component, "down projection", d_hidden, d_model),
    ]
    if bias:
        found += [
            vector(component, f"{role}, bias", d_hidden).times(inwards),
            vector(component, "down projection, bias", d_model),
        ]
    return tuple(found)
