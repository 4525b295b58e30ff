"""A model sketched by a few sizes: the sliders of the page Total vs active.

Every field carries its bounds and label, its help stands beside it, so that widgets, address and
checks read one table (`SKETCH_KNOBS`). Knows nothing of widgets or of how a sketch is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.parts import (
    DenseFeedForward,
    GroupedQueryAttention,
    LatentAttention,
    MixtureFeedForward,
    Part,
)
from moeviz.accounting.weights import Weights
from moeviz.config import ConfigError, Knob, ModelConfig
from moeviz.texts import strings

_HELP: Mapping[str, str] = strings(__file__)
_MOST_EXPERTS, _MOST_LAYERS, _MOST_HEADS = 4096, 512, 1024


def _size(default: int, label: str, high: int, low: int = 1) -> Any:
    bounds = {"low": low, "high": high, "steps": "doubling"}
    return field(default=default, metadata={"kind": "int", "label": label, **bounds})


def _choice(default: str, label: str, choices: tuple[str, ...]) -> Any:
    return field(default=default, metadata={"kind": "choice", "label": label, "choices": choices})


@dataclass(frozen=True, slots=True)
class Sketch:
    """The sizes of a decoder with MoE layers after the first few; by default Mixtral-8x7B's."""

    n_experts: int = _size(8, "Experts E", _MOST_EXPERTS)
    top_k: int = _size(2, "Experts per token k", _MOST_EXPERTS)
    d_model: int = _size(4096, "Model width D", 65_536)
    d_expert: int = _size(14_336, "Expert width F", 131_072)
    n_layers: int = _size(32, "Layers L", _MOST_LAYERS)
    n_shared_experts: int = _size(0, "Shared experts", 64, low=0)
    n_dense_layers: int = _size(0, "Dense layers", _MOST_LAYERS - 1, low=0)
    d_dense: int = _size(14_336, "Dense width", 524_288)
    n_heads: int = _size(32, "Heads H", _MOST_HEADS)
    n_kv_heads: int = _size(8, "Key-value heads", _MOST_HEADS)
    head_dim: int = _size(128, "Head width", 4096)
    vocab_size: int = _size(32_000, "Vocabulary V", 2_000_000)
    tied: str = _choice("no", "Embedding and head", ("no", "yes"))
    attention: str = _choice("grouped", "Attention", ("grouped", "latent"))
    q_rank: int = _size(1536, "Query rank", 65_536, low=0)
    kv_rank: int = _size(512, "Key-value rank", 65_536)
    rope_dim: int = _size(64, "RoPE width", 4096)
    correction_bias: str = _choice("no", "Selection bias", ("no", "yes"))
    gated: str = _choice("yes", "Gated experts", ("yes", "no"))
    positions: int = _size(0, "Learnt positions", 1_000_000, low=0)

    def __post_init__(self) -> None:
        for name, knob in SKETCH_KNOBS.items():
            knob.check(getattr(self, name))
        for name, other in (("top_k", "n_experts"), ("n_kv_heads", "n_heads")):
            if getattr(self, name) > getattr(self, other):
                bound = f"at most {{}} = {getattr(self, other)}"
                raise ConfigError(name, getattr(self, name), bound, (other,))
        if self.n_dense_layers >= self.n_layers:
            bound = f"less than {{}} = {self.n_layers}, so that one layer has experts"
            raise ConfigError("n_dense_layers", self.n_dense_layers, bound, ("n_layers",))

    def architecture(self) -> Architecture:
        """RMSNorms before attention and feed-forward and before the head; no other biases."""
        gated, norms = self.gated == "yes", 2 * self.d_model
        attention = self._attention()
        mixture = MixtureFeedForward(
            self.d_model, self.d_expert, self.n_experts, self.top_k, gated,
            d_shared=self.n_shared_experts * self.d_expert,
            correction_bias=self.correction_bias == "yes",
        )  # fmt: skip
        n_moe_layers = self.n_layers - self.n_dense_layers
        stacks = [Stack(n_moe_layers, (attention, mixture), norms, "MoE")]
        if self.n_dense_layers:
            dense = DenseFeedForward(self.d_model, self.d_dense, gated)
            stacks.insert(0, Stack(self.n_dense_layers, (attention, dense), norms, "dense"))
        table = Weights(
            "embedding", "learnt positions", (self.positions, self.d_model), multiplied=False
        )
        return Architecture(
            self.d_model, self.vocab_size, tuple(stacks), self.tied == "yes", self.d_model,
            extra=(table,) if self.positions else (),
        )  # fmt: skip

    def _attention(self) -> Part:
        if self.attention == "latent":
            return LatentAttention(
                self.d_model, self.n_heads, self.q_rank or None, self.kv_rank, self.head_dim,
                self.rope_dim, self.head_dim,
            )  # fmt: skip
        return GroupedQueryAttention(self.d_model, self.n_heads, self.n_kv_heads, self.head_dim)


SKETCH_KNOBS: Mapping[str, Knob] = {
    each.name: Knob(each.name, default=each.default, help=_HELP[each.name], **each.metadata)
    for each in dataclasses.fields(Sketch)
}


def lab_sketch(model: ModelConfig, top_k: int) -> Sketch:
    """The sketch of the lab's model with experts: equal to it to the parameter."""
    return Sketch(
        n_experts=model.n_experts, top_k=top_k, d_model=model.d_model, d_expert=model.d_expert,
        n_layers=model.n_layers, d_dense=model.d_expert, n_heads=model.n_heads,
        n_kv_heads=model.n_heads, head_dim=model.d_model // model.n_heads,
        vocab_size=model.vocab_size, gated="yes" if model.activation == "swiglu" else "no",
        positions=model.context_length,
    )  # fmt: skip


SKETCHES: Mapping[str, tuple[str, Sketch]] = {
    "mixtral-8x7b": ("Mixtral-8x7B", Sketch()),
    "mixtral-8x22b": (
        "Mixtral-8x22B",
        Sketch(
            d_model=6144, d_expert=16_384, n_layers=56, d_dense=16_384, n_heads=48,
            vocab_size=32_768,
        ),
    ),
    "deepseek-v3": (
        "DeepSeek-V3",
        Sketch(
            n_experts=256, top_k=8, d_model=7168, d_expert=2048, n_layers=61, n_shared_experts=1,
            n_dense_layers=3, d_dense=18_432, n_heads=128, n_kv_heads=128, vocab_size=129_280,
            attention="latent", correction_bias="yes",
        ),
    ),
    "lab": ("Training lab model", lab_sketch(ModelConfig(), top_k=1)),
}  # fmt: skip
"""Where the sliders can start, by the name that the address has for it."""

DEFAULT_SKETCH = "mixtral-8x7b"
