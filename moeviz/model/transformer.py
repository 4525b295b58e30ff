"""The lab's language model: a small decoder-only transformer, every feed-forward an MoE or dense.

A model never remembers: forward returns the logits with each layer's routing and stores nothing.
Knows nothing of text, tokenisers, losses or optimisers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from moeviz.model.feed_forward import DenseFeedForward, LayerRouting, MoEFeedForward
from moeviz.model.initialisation import SMALL_STD, linear, normal_parameter

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

    from moeviz.config import ModelConfig, RoutingConfig


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
        routing: RoutingConfig,
        selection_bias: Float[Tensor, " E"] | None,
        generator: torch.Generator | None,
    ) -> tuple[Float[Tensor, "B S D"], LayerRouting | None]:
        """The block's output, and its routing when it is an MoE."""
        x = x + self.attention(self.attention_norm(x))
        tokens = self.feed_forward_norm(x).flatten(0, 1)
        if isinstance(self.feed_forward, DenseFeedForward):
            return x + self.feed_forward(tokens).view_as(x), None
        y, layer_routing = self.feed_forward(tokens, routing, selection_bias, generator)
        return x + y.view_as(x), layer_routing


class LanguageModel(nn.Module):
    """Token and position embeddings, L pre-norm blocks, a final norm and an untied head. No biases.

    All weights come from the generator, those outside the feed-forward first: models of one seed
    and shape start equal, and a dense model shares everything but its feed-forward network.
    """

    def __init__(self, config: ModelConfig, generator: torch.Generator) -> None:
        super().__init__()
        width = config.d_model
        self.embedding = normal_parameter((config.vocab_size, width), SMALL_STD, generator)
        self.positions = normal_parameter((config.context_length, width), SMALL_STD, generator)
        head = linear(width, config.vocab_size, SMALL_STD, generator)
        attentions = [CausalAttention(config, generator) for _ in range(config.n_layers)]
        feed_forward = DenseFeedForward if config.is_dense else MoEFeedForward
        self.blocks = nn.ModuleList(
            Block(attention, feed_forward(config, generator)) for attention in attentions
        )
        self.norm = nn.RMSNorm(width)
        self.head = head

    def forward(
        self,
        tokens: Int[Tensor, "B S"],
        routing: RoutingConfig,
        selection_bias: Float[Tensor, "L E"] | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[Float[Tensor, "B S V"], tuple[LayerRouting, ...]]:
        """Logits of the next token at each position, and each MoE layer's routing (none if dense).

        The experts' capacity is that of the whole batch: B·S tokens queue together.

        Args:
            tokens: at most context_length positions.
            selection_bias: added to router scores when experts are chosen; None: no bias.
            generator: of the router noise; None, as in evaluation: no noise.
        """
        x = F.embedding(tokens, self.embedding) + self.positions[: tokens.shape[1]]
        routings = []
        for layer, block in enumerate(self.blocks):
            bias = None if selection_bias is None else selection_bias[layer]
            x, layer_routing = block(x, routing, bias, generator)
            routings.append(layer_routing)
        return self.head(self.norm(x)), tuple(each for each in routings if each is not None)
