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
from moeviz.routing.balancers import (
    BALANCERS,
    BALANCING_LOSSES,
    REFERENCE,
    LossBalancer,
    StepRouting,
)
from moeviz.routing.balancers.global_batch import GLOBAL_BATCHES
from moeviz.routing.record import Assignments, Chosen, Routing
from moeviz.routing.routers import ROUTERS, RouterInput
from moeviz.traces import ConventionsQuestion, ConventionValues
from moeviz.training.capacity_study import passed, study_batch
from moeviz.training.probe import Probe

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def convention_values(probe: Probe, question: ConventionsQuestion) -> ConventionValues:
    """Every loss's value on batch 0 and its gradient by the router logits of all layers.

    The gradient stops at the logits: it does not reach the router's own weights.
    """
    batches = [study_batch(probe, number) for number in range(GLOBAL_BATCHES)]
    routed = [passed(probe, batch.tokens[:, :-1])[1] for batch in batches]
    n_sequences, noise = len(batches[0].domain), probe.arm.routing.router_noise
    steps = [StepRouting(layers, n_sequences, noise) for layers in routed]
    logits, batch = _with_gradient(steps[0], probe.arm.routing)
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


def _with_gradient(
    step: StepRouting, config: RoutingConfig
) -> tuple[Float[Tensor, "L T E"], StepRouting]:
    """The same routing with probabilities that follow from logits which carry the gradient."""
    router = ROUTERS[config.router]
    logits = torch.stack([each.router_logits for each in step.layers]).requires_grad_()
    layers = tuple(
        dataclasses.replace(
            routing,
            clean_logits=own,
            router_logits=own,
            router_probs=router.router_probs(router.router_scores(RouterInput(own))),
        )
        for routing, own in zip(step.layers, logits, strict=True)
    )
    return logits, dataclasses.replace(step, layers=layers)


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
    (gradient,) = torch.autograd.grad(value, logits, retain_graph=True)
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
