"""Scores: softmax in float32, and noise only from a generator that is passed."""

from __future__ import annotations

import pytest
import torch

from moeviz.routing.scores import add_router_noise, router_probabilities


def test_probabilities_are_float32_even_when_the_logits_are_not():
    logits = torch.tensor([[10.0, 9.0, -3.0]], dtype=torch.bfloat16)
    probs = router_probabilities(logits)
    assert probs.dtype == torch.float32
    assert probs.sum().item() == pytest.approx(1.0, abs=1e-6)


def test_huge_logits_do_not_overflow():
    probs = router_probabilities(torch.tensor([[1e30, 0.0], [-1e30, 0.0]]))
    assert probs.tolist() == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("n_experts", [2, 8, 15, 16, 64])
def test_probabilities_and_their_gradient_are_softmaxs_for_few_experts_and_for_many(n_experts):
    generator = torch.Generator().manual_seed(n_experts)
    logits, grad = (3 * torch.randn(40, n_experts, generator=generator) for _ in range(2))
    logits.requires_grad_()
    ours, expected = router_probabilities(logits), logits.double().softmax(-1)
    torch.testing.assert_close(ours, expected.float())
    (gradient,) = torch.autograd.grad(ours, logits, grad)
    torch.testing.assert_close(gradient, torch.autograd.grad(expected, logits, grad.double())[0])


def test_without_a_generator_the_logits_are_left_alone():
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(add_router_noise(logits, 2.0, None), logits)


def test_noise_has_the_standard_deviation_asked_for():
    noise = add_router_noise(torch.zeros(50_000, 2), 0.7, torch.Generator().manual_seed(0))
    assert noise.std().item() == pytest.approx(0.7, rel=0.02)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.02)


def test_noise_is_a_function_of_its_generator_and_leaves_the_global_one_alone():
    logits = torch.zeros(4, 3)
    before = torch.get_rng_state()
    first = add_router_noise(logits, 1.0, torch.Generator().manual_seed(3))
    again = add_router_noise(logits, 1.0, torch.Generator().manual_seed(3))
    other = add_router_noise(logits, 1.0, torch.Generator().manual_seed(4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_noise_does_not_write_into_the_logits_it_was_given():
    logits = torch.zeros(4, 3)
    add_router_noise(logits, 1.0, torch.Generator().manual_seed(0))
    assert torch.equal(logits, torch.zeros(4, 3))
