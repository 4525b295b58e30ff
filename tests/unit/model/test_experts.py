"""The experts against the paper's loop, in value and in gradient, wherever the tokens go."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from moeviz.model.experts import Experts
from tests import oracles
from tests.routed import experts_sum

N_EXPERTS, D_MODEL, D_EXPERT = 4, 8, 12

LEFT_OUT = [[2, 0], [0, 3], [3, 2], [2, 3], [0, 2]]
"""Expert 1 gets nothing."""

ROUTES: dict[str, tuple[list[list[int]], list[list[bool]] | None]] = {
    "an expert without tokens": (LEFT_OUT, None),
    "all tokens on one expert": ([[2]] * 5, None),
    "all tokens on the last expert": ([[3]] * 5, None),
    "every expert for every token": ([[3, 1, 0, 2], [0, 1, 2, 3], [2, 3, 1, 0]], None),
    "one token": ([[1, 3]], None),
    "dropped slots": (
        LEFT_OUT,
        [[True, False], [False, False], [True, True], [False, True], [True, True]],
    ),
    "an expert with nothing but dropped slots": ([[0, 1], [2, 1]], [[True, False], [True, False]]),
    "nothing kept": ([[0, 1], [2, 1]], [[False, False], [False, False]]),
    "a mask that drops nothing": ([[0, 1], [2, 1]], [[True, True], [True, True]]),
}
everywhere = pytest.mark.parametrize(("index", "mask"), ROUTES.values(), ids=ROUTES.keys())
either = pytest.mark.parametrize("activation", ["gelu", "swiglu"])


def made(
    activation: str, index: list[list[int]], mask: list[list[bool]] | None
) -> tuple[Experts, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Experts, and x, expert_index, gate_weights, kept as they take them."""
    generator = torch.Generator().manual_seed(0)
    experts = Experts(N_EXPERTS, D_MODEL, D_EXPERT, activation, generator)
    expert_index = torch.tensor(index)
    x = torch.randn(len(index), D_MODEL, generator=generator)
    gates = torch.rand(expert_index.shape, generator=generator) + 0.1
    kept = None if mask is None else torch.tensor(mask)
    return experts, x.requires_grad_(), expert_index, gates.requires_grad_(), kept


def looped(experts, x, expert_index, gates, kept):
    """The same sum, one token and one expert after another, for autograd to differentiate."""
    outputs = []
    for token, row in enumerate(x):
        y = torch.zeros_like(row) * row
        for choice, expert in enumerate(expert_index[token].tolist()):
            if kept is None or kept[token, choice]:
                hidden = experts._activate((row @ experts.w_in[expert])[None])[0]
                y = y + gates[token, choice] * (hidden @ experts.w_out[expert])
        outputs.append(y)
    return torch.stack(outputs)


@either
@everywhere
def test_the_output_is_the_papers_sum(activation, index, mask):
    experts, x, expert_index, gates, kept = made(activation, index, mask)
    expected = oracles.mixture(
        x.tolist(),
        index,
        gates.tolist(),
        mask or [[True] * len(row) for row in index],
        list(zip(experts.w_in.tolist(), experts.w_out.tolist(), strict=True)),
        activation,
    )
    y = experts_sum(experts, x, expert_index, gates, kept)
    torch.testing.assert_close(y, torch.tensor(expected))


@either
@everywhere
def test_all_gradients_are_the_loops(activation, index, mask):
    experts, x, expert_index, gates, kept = made(activation, index, mask)
    inputs = (x, gates, experts.w_in, experts.w_out)
    weights = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    ours, expected = (
        torch.autograd.grad(
            (function(x, expert_index, gates, kept) * weights).sum(),
            inputs,
            allow_unused=True,
            materialize_grads=True,
        )
        for function in (partial(experts_sum, experts), partial(looped, experts))
    )
    for name, one, other in zip(("x", "gates", "w_in", "w_out"), ours, expected, strict=True):
        torch.testing.assert_close(one, other, msg=lambda text, name=name: f"{name}: {text}")


@either
def test_a_dropped_slot_adds_exactly_nothing_and_gets_exactly_no_gradient(activation):
    """Even where its expert would give infinity."""
    experts, x, expert_index, gates, _ = made(activation, [[0, 1], [1, 2], [2, 0]], None)
    kept = expert_index != 1
    with torch.no_grad():
        experts.w_out[1] = torch.inf
    y = experts_sum(experts, x, expert_index, gates, kept)
    y.sum().backward()
    assert y.isfinite().all()
    for gradient in (x.grad, gates.grad[kept], experts.w_in.grad, experts.w_out.grad):
        assert gradient.isfinite().all()
    assert (gates.grad[~kept] == 0).all()
    assert (experts.w_in.grad[1] == 0).all()
    assert (experts.w_out.grad[1] == 0).all()


@either
def test_the_same_tokens_give_the_same_bits(activation):
    generator = torch.Generator().manual_seed(3)
    experts = Experts(N_EXPERTS, 64, 128, activation, generator)
    x, gates = torch.randn(512, 64, generator=generator), torch.rand(512, 2, generator=generator)
    expert_index = torch.rand(512, N_EXPERTS, generator=generator).topk(2).indices
    runs = []
    for _ in range(3):
        leaves = [each.clone().requires_grad_() for each in (x, gates)]
        y = experts_sum(experts, leaves[0], expert_index, leaves[1])
        inputs = (*leaves, experts.w_in, experts.w_out)
        runs.append((y, *torch.autograd.grad(y.square().sum(), inputs)))
    for run in runs[1:]:
        assert all(torch.equal(one, other) for one, other in zip(runs[0], run, strict=True))
