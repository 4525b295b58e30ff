"""A model's forward pass step by step: every intermediate of every MoE layer, for given tokens.

Calls the very modules and functions that training calls, in their order; a test holds the outcome
against the model's own forward. Knows nothing of text, of checkpoints or of who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from moeviz.model.feed_forward import MoEFeedForward, route
from moeviz.model.transformer import Block
from moeviz.routing.capacity import assign_slots, expert_capacity
from moeviz.routing.scores import add_router_noise

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int
    from torch import Tensor

    from moeviz.config import RoutingConfig
    from moeviz.model.feed_forward import LayerRouting
    from moeviz.model.transformer import LanguageModel


@dataclass(frozen=True, slots=True, eq=False)
class Barred:
    """One expert that one token may not use in one layer."""

    layer: int
    token: int
    expert: int


@dataclass(frozen=True, slots=True, eq=False)
class LayerPass:
    """One layer's feed-forward part for T tokens.

    Attributes:
        residual: what entered it. router_input: the same, normalised.
        clean_logits: without router noise; routing.router_logits has it.
        queue_place: of each assignment in its expert's queue, also where nothing can be dropped.
        expert_output: of each assignment before its gate weight; 0 where it was dropped.
        moe_output: what was added to the residual.
        expert_capacity: C, or None when dropless.
    """

    residual: Float[Tensor, "T D"]
    router_input: Float[Tensor, "T D"]
    clean_logits: Float[Tensor, "T E"]
    routing: LayerRouting
    queue_place: Int[Tensor, "T K"]
    expert_output: Float[Tensor, "T K D"]
    moe_output: Float[Tensor, "T D"]
    expert_capacity: int | None


@torch.no_grad()
def traced(
    model: LanguageModel,
    sequences: Sequence[Int[Tensor, " _"]],
    routing: RoutingConfig,
    selection_bias: Float[Tensor, "L E"],
    noise: torch.Generator | None = None,
    barred: Barred | None = None,
) -> tuple[Float[Tensor, "T V"], tuple[LayerPass, ...]]:
    """Logits of the next token at each of T tokens, and each layer's pass.

    The sequences do not see each other but queue together, like those of a training batch; they
    may differ in length, at most the model's context.

    Args:
        noise: draws the router noise; None: none.
        barred: asks what would happen if that choice were not allowed.
    """
    tokens, real = _padded(sequences)
    x = F.embedding(tokens, model.embedding) + model.positions[: tokens.shape[1]]
    passes = []
    for layer, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        assert isinstance(block.feed_forward, MoEFeedForward), "a dense model routes nothing"
        x = x + block.attention(block.attention_norm(x))
        router_input = block.feed_forward_norm(x)[real]
        ban = barred if barred and barred.layer == layer else None
        layer_pass = _layer_pass(
            block.feed_forward, x[real], router_input, routing, selection_bias[layer], noise, ban
        )
        x = x.index_put((real,), x[real] + layer_pass.moe_output)
        passes.append(layer_pass)
    logits: Tensor = model.head(model.norm(x[real]))
    return logits, tuple(passes)


def _padded(sequences: Sequence[Int[Tensor, " _"]]) -> tuple[Tensor, Bool[Tensor, "B S"]]:
    """The sequences as one rectangle, filled up at the right, where causal attention sees it last.

    Also where its real tokens are, in the order of the sequences.
    """
    tokens = torch.nn.utils.rnn.pad_sequence(list(sequences), batch_first=True)
    lengths = torch.tensor([len(each) for each in sequences])
    return tokens, torch.arange(tokens.shape[1]) < lengths[:, None]


def _layer_pass(
    layer: MoEFeedForward,
    residual: Float[Tensor, "T D"],
    router_input: Float[Tensor, "T D"],
    config: RoutingConfig,
    selection_bias: Float[Tensor, " E"],
    noise: torch.Generator | None,
    barred: Barred | None,
) -> LayerPass:
    clean = layer.router(router_input)
    routing = route(
        add_router_noise(clean, config.router_noise, noise),
        config,
        selection_bias,
        None if barred is None else _ban(clean, barred),
    )
    slots = _slot_outputs(layer, router_input, routing)
    return LayerPass(
        residual=residual,
        router_input=router_input,
        clean_logits=clean,
        routing=routing,
        queue_place=_queue_place(routing, config),
        expert_output=slots,
        moe_output=layer.experts(
            router_input, routing.expert_index, routing.gate_weights, routing.kept
        ),
        expert_capacity=expert_capacity(
            len(clean), clean.shape[1], config.top_k, config.capacity_factor
        ),
    )


def _ban(logits: Float[Tensor, "T E"], barred: Barred) -> Bool[Tensor, "T E"]:
    mask = torch.zeros_like(logits, dtype=torch.bool)
    mask[barred.token, barred.expert] = True
    return mask


def _slot_outputs(
    layer: MoEFeedForward, x: Float[Tensor, "T D"], routing: LayerRouting
) -> Float[Tensor, "T K D"]:
    """Each assignment's expert output before its gate weight: one preference at a time."""
    outputs = []
    for choice in range(routing.expert_index.shape[1]):
        one = routing.expert_index[:, choice : choice + 1]
        kept = None if routing.kept is None else routing.kept[:, choice : choice + 1]
        outputs.append(layer.experts(x, one, torch.ones_like(one, dtype=x.dtype), kept))
    return torch.stack(outputs, dim=1)


def _queue_place(routing: LayerRouting, config: RoutingConfig) -> Int[Tensor, "T K"]:
    """Of each assignment, also in a dropless layer: there the queue has no limit."""
    if routing.queue_place is not None:
        return routing.queue_place
    return assign_slots(
        routing.expert_index,
        routing.router_scores.gather(-1, routing.expert_index),
        routing.selection_scores,
        None,
        config.drop_policy,
    ).queue_place
