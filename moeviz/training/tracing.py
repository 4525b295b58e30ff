"""Answers about a text: how it is routed, and what would be if one choice were another.

Turns text into tokens, runs the very forward pass of training, and freezes what it kept as records.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from moeviz.config import KNOBS, ArmConfig, ConfigError
from moeviz.model.feed_forward import LayerPass, MoEFeedForward
from moeviz.model.transformer import Barred
from moeviz.traces import (
    MAX_TRACED_CHARACTERS,
    MAX_TRACED_TOKENS,
    Counterfactual,
    CounterfactualQuestion,
    LayerTrace,
    Routes,
    RoutesQuestion,
    RoutingTrace,
    TraceQuestion,
)
from moeviz.training.assignment_list import assignment_list
from moeviz.training.probe import Probe

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    from moeviz.routing.record import Routing

_NOISE_SEED = dataclasses.replace(KNOBS["seed"], name="noise_seed")


@torch.no_grad()
def traced(
    probe: Probe,
    sequences: Sequence[Int[Tensor, " _"]],
    noise: torch.Generator | None = None,
    barred: Barred | None = None,
) -> tuple[Float[Tensor, "T V"], tuple[LayerPass, ...]]:
    """Logits of the next token at each of T tokens, and each layer's pass.

    The sequences do not see each other but queue together, like those of a training batch; they
    may differ in length, at most the model's context.
    """
    tokens = torch.nn.utils.rnn.pad_sequence(list(sequences), batch_first=True)
    lengths = torch.tensor([len(each) for each in sequences])
    real = torch.arange(tokens.shape[1]) < lengths[:, None]
    state, routing = probe.method_state, probe.arm.routing
    logits, passes = probe.model(tokens, routing, state, noise, real, barred)
    return logits[real], passes


def routing_trace(probe: Probe, question: TraceQuestion) -> RoutingTrace:
    """Every intermediate of every layer for the text."""
    ids, n_tokens = _tokens_of(probe, question.text)
    noise = _noise(question.noise_seed)
    sequences = _sequences(probe, ids)
    logits, passes = traced(probe, sequences, noise)
    tokenizer = probe.corpus.tokenizer
    return RoutingTrace(
        step=probe.step,
        routing=probe.arm.routing,
        tokens=tuple(tokenizer.readable(ids.tolist())),
        token_ids=ids.numpy(),
        sequence=np.repeat(np.arange(len(sequences)), [len(each) for each in sequences]),
        n_tokens=n_tokens,
        layers=tuple(_layer_trace(probe, layer, each) for layer, each in enumerate(passes)),
        logits=logits.numpy(),
        vocabulary=tuple(tokenizer.readable(range(tokenizer.vocab_size))),
    )


def routes(probe: Probe, question: RoutesQuestion) -> Routes:
    """The experts of each token in each layer, and nothing else."""
    ids, _ = _tokens_of(probe, question.text)
    _, passes = traced(probe, _sequences(probe, ids))
    layers = tuple(assignment_list(each.routing, probe.arm.routing) for each in passes)
    return Routes(probe.step, layers)


def counterfactual(probe: Probe, question: CounterfactualQuestion) -> Counterfactual:
    """The token's last chosen expert, barred: the runner-up takes its place in the whole model."""
    ids, _ = _tokens_of(probe, question.text)
    layer, token = question.layer, question.token
    _check_place("layer", layer, len(probe.model.blocks))
    _check_place("token", token, len(ids))
    sequences = _sequences(probe, ids)
    logits, passes = traced(probe, sequences)
    now = assignment_list(passes[layer].routing, probe.arm.routing)
    mine = now.of(token)
    chosen = now.chosen[mine].tolist()
    _check_runner_up(probe.arm, passes[layer].routing, chosen, token)
    barred = Barred(layer, token, chosen[-1])
    other_logits, others = traced(probe, sequences, barred=barred)
    other = assignment_list(others[layer].routing, probe.arm.routing)
    theirs = other.of(token)
    other_chosen = other.chosen[theirs].tolist()
    _check_exchanged(probe.arm, chosen, other_chosen)
    following = int(ids[token + 1]) if token + 1 < len(ids) else None
    return Counterfactual(
        step=probe.step,
        layer=layer,
        token=token,
        replaced=chosen[-1],
        runner_up=other_chosen[-1],
        gate_weights=now.weight[mine],
        other_gate_weights=other.weight[theirs],
        dropped=~now.kept[mine],
        other_dropped=~other.kept[theirs],
        sent=int(now.expert[mine][-1]),
        other_sent=int(other.expert[theirs][-1]),
        logits=logits[token].numpy(),
        other_logits=other_logits[token].numpy(),
        cross_entropy=_cross_entropy(logits[token], following),
        other_cross_entropy=_cross_entropy(other_logits[token], following),
    )


def _tokens_of(probe: Probe, text: str) -> tuple[Int[Tensor, " T"], int]:
    """The traced tokens, and how many the text has within the characters that are looked at."""
    looked_at = text[:MAX_TRACED_CHARACTERS].encode(errors="replace").decode()  # lone surrogates
    ids = probe.corpus.tokenizer.encode(looked_at)
    if not len(ids):
        raise ConfigError("text", text, "not empty")
    return torch.from_numpy(ids[:MAX_TRACED_TOKENS].astype(np.int64)), len(ids)


def _sequences(probe: Probe, ids: Int[Tensor, " T"]) -> tuple[Int[Tensor, " _"], ...]:
    return torch.split(ids, probe.arm.model.context_length)


def _noise(seed: int | None) -> torch.Generator | None:
    return None if seed is None else torch.Generator().manual_seed(_NOISE_SEED.check(seed))


def _check_place(name: str, place: int, count: int) -> None:
    if not 0 <= place < count:
        raise ConfigError(name, place, f"a whole number from 0 to {count - 1}")


def _check_runner_up(arm: ArmConfig, routing: Routing, chosen: list[int], token: int) -> None:
    """Refuse a token without an expert, and a k that takes every expert it may go to."""
    if not chosen:
        raise ConfigError("token", token, "a token that goes to an expert in this layer")
    top_k, allowed = routing.assignments.chosen.top_k, arm.experts_within_reach
    if top_k is not None and top_k >= allowed:
        bound = f"below {allowed}, the experts that a token may go to: there is no runner-up"
        raise ConfigError("top_k", top_k, bound)


def _check_exchanged(arm: ArmConfig, chosen: list[int], other: list[int]) -> None:
    """Refuse where the barred expert leaves a gap, leaves none, or several fill it."""
    one_for_one = len(other) == len(chosen) and other[:-1] == chosen[:-1]
    if not one_for_one or other[-1] == chosen[-1]:
        bound = "one that sends the token to exactly one other expert instead"
        raise ConfigError("router", arm.routing.router, bound)


def _cross_entropy(logits: Float[Tensor, " V"], target: int | None) -> float:
    if target is None:
        return math.nan
    return F.cross_entropy(logits[None], torch.tensor([target])).item()


def _expert_norms(probe: Probe, layer: int) -> Float[Tensor, " E"]:
    """Frobenius norm of each expert's weights."""
    feed_forward = probe.model.blocks[layer].feed_forward
    assert isinstance(feed_forward, MoEFeedForward)
    experts = feed_forward.experts
    squares = sum(w.detach().square().sum(dim=(1, 2)) for w in (experts.w_in, experts.w_out))
    assert isinstance(squares, Tensor)
    return squares.sqrt()


def _layer_trace(probe: Probe, layer: int, each: LayerPass) -> LayerTrace:
    routing, config = each.routing, probe.arm.routing
    assert each.residual is not None
    return LayerTrace(
        residual=each.residual.numpy(),
        router_input=each.router_input.numpy(),
        router_logits=routing.clean_logits.numpy(),
        router_noise=(routing.router_logits - routing.clean_logits).numpy(),
        router_scores=routing.router_scores.numpy(),
        selection_bias=probe.selection_bias[layer].numpy(),
        selection_scores=routing.selection_scores.numpy(),
        assignments=assignment_list(routing, config),
        expert_output=each.expert_output.numpy(),
        moe_output=each.moe_output.numpy(),
        expert_capacity=routing.assignments.chosen.expert_capacity(
            routing.n_experts, config.capacity_factor
        ),
        expert_norm=_expert_norms(probe, layer).numpy(),
    )
