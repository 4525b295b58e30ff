"""The lab's language model: a small decoder-only transformer, every feed-forward an MoE or dense.

A model never remembers: forward returns the logits with each layer's pass and stores nothing.
Knows nothing of text, tokenisers, losses or optimisers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from moeviz.model.feed_forward import DenseFeedForward, LayerInput, LayerPass, MoEFeedForward
from moeviz.model.initialisation import SMALL_STD, linear, normal_parameter

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, Shaped
    from torch import Tensor

    from moeviz.config import ModelConfig, RoutingConfig


@dataclass(frozen=True, slots=True, eq=False)
class Barred:
    """One expert that one token may not use in one layer."""

    layer: int
    token: int
    expert: int


class CausalAttention(nn.Module):
    """Multi-head attention in which a position sees itself and earlier ones."""

    def __init__(self, config: ModelConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        std = config.d_model**-0.5
        self.qkv = linear(config.d_model, 3 * config.d_model, std, generator)
        self.out = linear(config.d_model, config.d_model, std, generator)

    def forward(self, x: Float[Tensor, "B S D"]) -> Float[Tensor, "B S D"]:
        """What each position reads from the ones it sees."""
        n_batch, n_positions, d_model = x.shape
        qkv = self.qkv(x).view(n_batch, n_positions, 3, self.n_heads, d_model // self.n_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        read = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: Tensor = self.out(read.transpose(1, 2).reshape(x.shape))
        return out


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x))."""

    def __init__(
        self, attention: CausalAttention, feed_forward: MoEFeedForward | DenseFeedForward
    ) -> None:
        super().__init__()
        d_model = attention.out.out_features
        self.attention_norm = nn.RMSNorm(d_model)
        self.attention = attention
        self.feed_forward_norm = nn.RMSNorm(d_model)
        self.feed_forward = feed_forward

    def forward(
        self,
        x: Float[Tensor, "B S D"],
        config: RoutingConfig,
        about: LayerInput,
        real: Bool[Tensor, "B S"] | None,
    ) -> tuple[Float[Tensor, "B S D"], LayerPass | None]:
        """The block's output, and its layer's pass when it is an MoE.

        Args:
            real: the tokens that are no padding, which alone are routed; None: all.
        """
        x = x + self.attention(self.attention_norm(x))
        tokens = self.feed_forward_norm(x)
        if isinstance(self.feed_forward, DenseFeedForward):
            return x + self.feed_forward(tokens.flatten(0, 1)).view_as(x), None
        y, layer_pass = self.feed_forward(_in_a_row(tokens, real), config, about)
        layer_pass = dataclasses.replace(layer_pass, residual=_in_a_row(x, real))
        if real is None:
            return x + y.view_as(x), layer_pass
        return x + torch.zeros_like(x).index_put((real,), y), layer_pass


def _in_a_row(x: Shaped[Tensor, "B S ..."], real: Bool[Tensor, "B S"] | None) -> Tensor:
    """Sequences one after the other, without padding: (T, …)."""
    return x.flatten(0, 1) if real is None else x[real]


class LanguageModel(nn.Module):
    """Token and position embeddings, L pre-norm blocks, a final norm and an untied head. No biases.

    All weights come from the generator, those outside the feed-forward first: models of one seed
    and shape start equal, and a dense model shares everything but its feed-forward network.
    """

    def __init__(
        self, config: ModelConfig, generator: torch.Generator, router: str = "softmax_topk"
    ) -> None:
        super().__init__()
        width = config.d_model
        self.n_experts = config.n_experts
        self.embedding = normal_parameter((config.vocab_size, width), SMALL_STD, generator)
        self.positions = normal_parameter((config.context_length, width), SMALL_STD, generator)
        head = linear(width, config.vocab_size, SMALL_STD, generator)
        attentions = [CausalAttention(config, generator) for _ in range(config.n_layers)]
        self.blocks = nn.ModuleList(
            Block(
                attention,
                DenseFeedForward(config, generator)
                if config.is_dense
                else MoEFeedForward(config, generator, router),
            )
            for attention in attentions
        )
        self.norm = nn.RMSNorm(width)
        self.head = head

    def forward(
        self,
        tokens: Int[Tensor, "B S"],
        config: RoutingConfig,
        state: Mapping[str, Shaped[Tensor, "L ..."]] | None = None,
        noise: torch.Generator | None = None,
        real: Bool[Tensor, "B S"] | None = None,
        barred: Barred | None = None,
    ) -> tuple[Float[Tensor, "B S V"], tuple[LayerPass, ...]]:
        """Logits of the next token at each position, and each MoE layer's pass (none if dense).

        The experts' capacity is that of the whole batch: its T tokens queue together.

        Args:
            tokens: at most context_length positions.
            state: what router and balancer keep from step to step, such as the selection bias.
            noise: draws the router noise; None, as in evaluation: no noise.
            real: the tokens that are no padding, which alone are routed; None: all. Padding stands
                at the right, where no real token attends to it.
            barred: asks what would happen if that assignment were not allowed.
        """
        x = F.embedding(tokens, self.embedding) + self.positions[: tokens.shape[1]]
        token_ids = _in_a_row(tokens, real)
        positions = _in_a_row(torch.arange(tokens.shape[1]).expand_as(tokens), real)
        passes = []
        for layer, block in enumerate(self.blocks):
            own = {name: each[layer] for name, each in (state or {}).items()}
            mask = _mask(barred, layer, len(token_ids), self.n_experts)
            about = LayerInput(token_ids, positions, own, noise, mask)
            x, layer_pass = block(x, config, about, real)
            passes.append(layer_pass)
        return self.head(self.norm(x)), tuple(each for each in passes if each is not None)


def _mask(
    barred: Barred | None, layer: int, n_tokens: int, n_experts: int
) -> Bool[Tensor, "T E"] | None:
    """True for the one assignment that is not allowed; None where it is of another layer."""
    if barred is None or barred.layer != layer:
        return None
    mask = torch.zeros(n_tokens, n_experts, dtype=torch.bool)
    mask[barred.token, barred.expert] = True
    return mask
