"""Each load-balancing loss of a held-out batch, and its gradient by the router logits.

Knows nothing of pages or of coefficients.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from moeviz.config import BalanceConfig, RoutingConfig
from moeviz.model.feed_forward import LayerPass
from moeviz.routing.balancers import (
    BALANCERS,
    BALANCING_LOSSES,
    REFERENCE,
    LossBalancer,
    StepRouting,
)
from moeviz.routing.balancers.global_batch import GLOBAL_BATCHES
from moeviz.routing.record import Assignments, Chosen, Routing
from moeviz.routing.route import route
from moeviz.traces import ConventionsQuestion, ConventionValues
from moeviz.training.capacity_study import study_batch
from moeviz.training.probe import Probe

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def convention_values(probe: Probe, question: ConventionsQuestion) -> ConventionValues:
    """Every loss's value on batch 0 and its gradient by the router logits of all layers.

    The gradient stops at the logits: it does not reach the router's own weights.
    """
    batches = [study_batch(probe, number) for number in range(GLOBAL_BATCHES)]
    passes = [_passes(probe, batch.tokens[:, :-1]) for batch in batches]
    n_sequences, noise = len(batches[0].domain), probe.arm.routing.router_noise
    own = probe.arm.balance.own
    steps = [
        StepRouting(tuple(each.routing for each in layers), n_sequences, noise, own)
        for layers in passes
    ]
    logits, layers = _with_gradient(passes[0], probe.arm.routing)
    batch = dataclasses.replace(steps[0], layers=layers)
    values = {name: _after(name, steps[1:], batch) for name in BALANCING_LOSSES}
    gradients = {name: _gradient(value, logits) for name, value in values.items()}
    n_layers, n_tokens, n_experts = batch.probs.shape
    even = even_step(n_layers, n_experts, probe.arm.routing.top_k)
    collapsed = collapsed_step(n_layers, n_experts, probe.arm.routing.top_k)
    alone, pooled = _example()
    return ConventionValues(
        step=probe.step,
        n_sequences=n_sequences,
        n_tokens=n_tokens,
        top_k=probe.arm.routing.top_k,
        counts=batch.counts.numpy(),
        global_counts=torch.stack([each.counts for each in steps]).sum(dim=0).numpy(),
        names=tuple(values),
        values=np.array([value.item() for value in values.values()]),
        even_values=_values(even),
        collapsed_values=_values(collapsed),
        gradient_norm=np.array([each.norm().item() for each in gradients.values()]),
        agreement=np.array([_cosine(each, gradients[REFERENCE]) for each in gradients.values()]),
        layer_values=_pooled_of_each(batch),
        example_alone=alone,
        example_pooled=pooled,
    )


def _loss(name: str) -> LossBalancer:
    balancer = BALANCERS[name]
    assert isinstance(balancer, LossBalancer)
    return balancer


def _after(name: str, earlier: Sequence[StepRouting], step: StepRouting) -> Float[Tensor, ""]:
    """A loss of a batch with the state that other batches before it leave, none weighted by α."""
    balancer, config = _loss(name), BalanceConfig(balancer=name)
    state = balancer.state(*step.counts.shape)
    for each in earlier:
        state = balancer.after_step(each, state, config)
    return balancer.loss(step, state)


@torch.no_grad()
def _passes(probe: Probe, inputs: Int[Tensor, "B S"]) -> tuple[LayerPass, ...]:
    """Of all layers, without noise."""
    passes: tuple[LayerPass, ...]
    _, passes = probe.model(inputs, probe.arm.routing, probe.method_state)
    return passes


def _with_gradient(
    passes: tuple[LayerPass, ...], config: RoutingConfig
) -> tuple[Float[Tensor, "L T E"], tuple[Routing, ...]]:
    """Logits that carry the gradient, and the same routing once more, made of them."""
    logits = torch.stack([each.seen.router_logits for each in passes]).requires_grad_()
    seen = (
        dataclasses.replace(each.seen, router_logits=own, clean_logits=own)
        for each, own in zip(passes, logits, strict=True)
    )
    return logits, tuple(route(each, config) for each in seen)


def even_step(n_layers: int, n_experts: int, top_k: int) -> StepRouting:
    """One sequence of E tokens: all experts of a layer have the same probability and load."""
    each = torch.arange(n_experts)
    index = (each[:, None] + each[:top_k]) % n_experts
    return _step(n_layers, torch.zeros(n_experts, n_experts), index)


def collapsed_step(n_layers: int, n_experts: int, top_k: int) -> StepRouting:
    """One sequence: the same K experts of each layer have all probability and all assignments."""
    logits = torch.full((n_experts, n_experts), -_CERTAIN)
    logits[:, :top_k] = 0
    return _step(n_layers, logits, torch.arange(top_k).expand(n_experts, top_k))


_CERTAIN = 200.0
"""A logit that far below another has a probability of 0 in float32."""


def _step(n_layers: int, logits: Float[Tensor, "T E"], index: Int[Tensor, "T K"]) -> StepRouting:
    return StepRouting((made_up_routing(logits, index),) * n_layers, n_sequences=1)


def made_up_routing(logits: Float[Tensor, "T E"], index: Int[Tensor, "T K"]) -> Routing:
    """A layer that routes so, without a model."""
    probs, chosen = logits.softmax(dim=-1), Chosen.rectangle(index)
    weight = probs.gather(-1, index).flatten()
    return Routing(logits, logits, probs, probs, probs, Assignments(chosen, chosen.expert, weight))


@torch.no_grad()
def _values(step: StepRouting) -> np.ndarray:
    """Of a batch like all batches before it."""
    earlier = [step] * (GLOBAL_BATCHES - 1)
    return np.array([_after(name, earlier, step).item() for name in BALANCING_LOSSES])


def _gradient(value: Float[Tensor, ""], logits: Float[Tensor, "L T E"]) -> Float[Tensor, " LTE"]:
    """0 of a loss that does not depend on them, as where every routing has the same value."""
    if not value.requires_grad:
        return torch.zeros_like(logits).flatten()
    (gradient,) = torch.autograd.grad(
        value, logits, retain_graph=True, allow_unused=True, materialize_grads=True
    )
    return gradient.flatten()


def _cosine(one: Float[Tensor, " LTE"], other: Float[Tensor, " LTE"]) -> float:
    """0 where one of them is 0."""
    lengths = one.norm() * other.norm()
    return (one @ other / lengths).item() if lengths > 0 else 0.0


@torch.no_grad()
def _pooled_of_each(step: StepRouting) -> np.ndarray:
    """(L,) Hugging Face's loss of each layer as if it were the only one."""
    alone = (dataclasses.replace(step, layers=(each,)) for each in step.layers)
    return np.array([_loss("hf_pooled").loss(each, {}).item() for each in alone])


def _example() -> tuple[np.ndarray, float]:
    """Two layers of four experts, k = 2: one collapsed onto experts 0 and 1, one onto 2 and 3."""
    layers = []
    for index in (torch.tensor([[0, 1]]), torch.tensor([[2, 3]])):
        logits = torch.full((1, 4), -_CERTAIN).scatter(1, index, 0.0)
        layers.append(made_up_routing(logits, index))
    step = StepRouting(tuple(layers), n_sequences=1)
    return _pooled_of_each(step), _loss("hf_pooled").loss(step, {}).item()
