"""Answers about a text: how it is routed, and what would be if one choice were another.

Turns text into tokens, runs the very forward pass of training, and freezes what it kept as records.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from moeviz.config import KNOBS, ArmConfig, ConfigError
from moeviz.model.feed_forward import LayerPass, MoEFeedForward
from moeviz.model.transformer import Barred
from moeviz.routing.capacity import expert_capacity
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
    arm, sequences = probe.arm, _sequences(probe, ids)
    _check_runner_up(arm)
    logits, passes = traced(probe, sequences)
    replaced = int(passes[layer].routing.chosen_index[token, -1])
    barred = Barred(layer, token, replaced)
    other_logits, others = traced(probe, sequences, barred=barred)
    now, other = passes[layer].routing, others[layer].routing
    following = int(ids[token + 1]) if token + 1 < len(ids) else None
    return Counterfactual(
        step=probe.step,
        layer=layer,
        token=token,
        replaced=replaced,
        runner_up=_newcomer(now.chosen_index[token], other.chosen_index[token]),
        gate_weights=now.gate_weights[token].numpy(),
        other_gate_weights=other.gate_weights[token].numpy(),
        dropped=_dropped(now.kept, token, arm.routing.top_k),
        other_dropped=_dropped(other.kept, token, arm.routing.top_k),
        sent=int(now.expert_index[token, -1]),
        other_sent=int(other.expert_index[token, -1]),
        logits=logits[token].numpy(),
        other_logits=other_logits[token].numpy(),
        cross_entropy=_cross_entropy(logits[token], following),
        other_cross_entropy=_cross_entropy(other_logits[token], following),
    )


def _tokens_of(probe: Probe, text: str) -> tuple[Tensor, int]:
    """The traced tokens, and how many the text has within the characters that are looked at."""
    looked_at = text[:MAX_TRACED_CHARACTERS].encode(errors="replace").decode()  # lone surrogates
    ids = probe.corpus.tokenizer.encode(looked_at)
    if not len(ids):
        raise ConfigError("text", text, "not empty")
    return torch.from_numpy(ids[:MAX_TRACED_TOKENS].astype(np.int64)), len(ids)


def _sequences(probe: Probe, ids: Tensor) -> tuple[Tensor, ...]:
    return torch.split(ids, probe.arm.model.context_length)


def _noise(seed: int | None) -> torch.Generator | None:
    return None if seed is None else torch.Generator().manual_seed(_NOISE_SEED.check(seed))


def _check_place(name: str, place: int, count: int) -> None:
    if not 0 <= place < count:
        raise ConfigError(name, place, f"a whole number from 0 to {count - 1}")


def _check_runner_up(arm: ArmConfig) -> None:
    """Refuse a k that takes every expert that a token may go to."""
    allowed = arm.experts_within_reach
    if arm.routing.top_k >= allowed:
        bound = f"below {allowed}, the experts that a token may go to: there is no runner-up"
        raise ConfigError("top_k", arm.routing.top_k, bound)


def _newcomer(chosen: Tensor, other: Tensor) -> int:
    (new,) = set(other.tolist()) - set(chosen.tolist())
    return int(new)


def _dropped(kept: Tensor | None, token: int, top_k: int) -> Any:
    return np.zeros(top_k, dtype=bool) if kept is None else (~kept[token]).numpy()


def _cross_entropy(logits: Tensor, target: int | None) -> float:
    if target is None:
        return math.nan
    return F.cross_entropy(logits[None], torch.tensor([target])).item()


def _expert_norms(probe: Probe, layer: int) -> Tensor:
    """(E,) Frobenius norm of each expert's weights."""
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
        expert_capacity=expert_capacity(
            len(each.moe_output), routing.n_experts, config.top_k, config.capacity_factor
        ),
        expert_norm=_expert_norms(probe, layer).numpy(),
    )
