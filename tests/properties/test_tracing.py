"""Drawn traces against the model's own forward, and each recorded number from the ones before it.

The replay reads the records alone and follows the papers in plain loops.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from moeviz.traces import LayerTrace, RoutesQuestion, RoutingTrace, TraceQuestion
from moeviz.training.tracing import routes, routing_trace, traced
from tests import oracles
from tests.routed import state_of
from tests.traced_models import TraceCase, trace_cases

pytestmark = pytest.mark.slow


def asked(case: TraceCase) -> RoutingTrace:
    return routing_trace(case.probe(), TraceQuestion("A", {}, case.text, case.noise_seed))


def close(ours, expected, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


@given(trace_cases(), st.integers(1, 3))
def test_a_trace_ends_in_the_models_own_logits(case: TraceCase, count: int):
    model, sequences = case.model(), case.full_sequences(count)
    logits, passes = traced(case.probe(), list(sequences), case.noise())
    with torch.no_grad():
        own, own_passes = model(sequences, case.routing, state_of(case.bias()), case.noise())
    close(logits, own.flatten(0, 1), 1e-6)
    for each, other in zip(passes, own_passes, strict=True):
        ours, theirs = each.routing, other.routing
        assert torch.equal(ours.expert_index, theirs.expert_index)
        if theirs.kept is not None:
            assert torch.equal(ours.kept, theirs.kept)
            assert torch.equal(ours.queue_place, theirs.queue_place)


@given(trace_cases())
def test_the_router_reads_the_normalised_stream_and_scores_it_with_noise(case: TraceCase):
    trace, model = asked(case), case.model()
    score, _ = oracles.RULES[case.routing.router]
    for layer, block in zip(trace.layers, model.blocks, strict=True):
        router = block.feed_forward.router.weight.t().tolist()
        norm = block.feed_forward_norm.weight.tolist()
        epsilon = torch.finfo(torch.float32).eps
        for t in range(len(trace.tokens)):
            x = layer.router_input[t].tolist()
            close(x, oracles.rms_norm(layer.residual[t].tolist(), norm, epsilon))
            close(layer.router_logits[t], oracles.times(x, router))
            noisy = layer.router_logits[t].astype(float) + layer.router_noise[t]
            close(layer.router_scores[t], score(noisy.tolist()))
    close([layer.selection_bias for layer in trace.layers], case.bias().numpy(), 0)


@given(trace_cases())
def test_the_selection_ranks_score_and_bias_within_the_kept_groups(case: TraceCase):
    trace, routing = asked(case), case.routing
    for layer in trace.layers:
        for t, scores in enumerate(layer.selection_scores.tolist()):
            ranked = (layer.router_scores[t] + layer.selection_bias).tolist()
            close(scores, oracles.within_kept_groups(ranked, routing.n_groups, routing.kept_groups))
            assert layer.chosen_index[t].tolist() == oracles.top_k(scores, routing.top_k)


@given(trace_cases())
def test_the_gate_weights_are_the_rules_of_the_noisy_logits(case: TraceCase):
    _, gates = oracles.RULES[case.routing.router]
    for layer in asked(case).layers:
        noisy = layer.router_logits.astype(float) + layer.router_noise
        for t, chosen in enumerate(layer.expert_index.tolist()):
            expected = np.array(gates(noisy[t].tolist(), chosen))
            close(layer.gate_weights[t], case.routing.gate_scale * expected)


@given(trace_cases())
def test_slots_queue_in_the_policys_order_and_the_first_ones_are_kept(case: TraceCase):
    trace, routing = asked(case), case.routing
    for layer in trace.layers:
        capacity = None
        if routing.capacity_factor is not None:
            n_tokens, n_experts = layer.router_logits.shape
            factor = str(routing.capacity_factor)
            capacity = oracles.capacity(n_tokens, n_experts, routing.top_k, factor)
        assert layer.expert_capacity == capacity
        index, place, kept = replayed_slots(layer, routing.drop_policy, capacity)
        assert layer.expert_index.tolist() == index
        assert layer.queue_place.tolist() == place
        assert layer.kept.tolist() == kept


@given(trace_cases())
def test_the_layer_adds_the_weighted_outputs_of_the_kept_slots(case: TraceCase):
    trace, model = asked(case), case.model()
    for layer, block in zip(trace.layers, model.blocks, strict=True):
        experts = block.feed_forward.experts
        weights = list(zip(experts.w_in.tolist(), experts.w_out.tolist(), strict=True))
        output = layer.assignments.rectangular(layer.expert_output)
        slots = np.zeros_like(output)
        for t, k in np.argwhere(layer.kept):
            expert = weights[layer.expert_index[t, k]]
            x = layer.router_input[t].tolist()
            slots[t, k] = oracles.feed_forward(x, *expert, experts.activation)
        close(output, slots)
        assert not output[~layer.kept].any()
        close(layer.moe_output, (layer.gate_weights[:, :, None] * slots).sum(axis=1))
        for expert, norm in zip(weights, layer.expert_norm, strict=True):
            numbers = np.concatenate([np.ravel(matrix) for matrix in expert])
            assert norm == pytest.approx(math.sqrt((numbers**2).sum()), rel=1e-5)


@given(trace_cases())
def test_each_layer_goes_on_where_the_one_before_ended(case: TraceCase):
    """Each sequence on its own, without padding, through the model's own attention and head."""
    trace, model = asked(case), case.model()
    close(trace.sequence, np.arange(len(trace.tokens)) // case.config.context_length, 0)
    with torch.no_grad():
        for sequence in range(trace.sequence[-1] + 1):
            mine = trace.sequence == sequence
            ids = torch.from_numpy(trace.token_ids[mine])
            x = model.embedding[ids] + model.positions[: len(ids)]
            for layer, block in zip(trace.layers, model.blocks, strict=True):
                x = x + block.attention(block.attention_norm(x)[None])[0]
                close(layer.residual[mine], x)
                x = torch.tensor(layer.residual[mine] + layer.moe_output[mine])
            close(trace.logits[mine], model.head(model.norm(x)))


@given(trace_cases(router_noise=0.0))
def test_routes_are_the_traces_choices(case: TraceCase):
    asked_for = routes(case.probe(), RoutesQuestion("A", {}, case.text)).expert_index
    np.testing.assert_array_equal(asked_for, [each.expert_index for each in asked(case).layers])


def shuffled(gates: oracles.Matrix) -> list[tuple[int, int]]:
    """The slots by Knuth's multiplicative hash of their position."""
    slots = oracles.by_position(gates)
    return [
        slot for _, slot in sorted((i * 2_654_435_761 % 2**32, s) for i, s in enumerate(slots, 1))
    ]


def replayed_slots(layer: LayerTrace, policy: str, capacity: int | None):
    """expert_index, queue_place and kept, slot by slot."""
    chosen = layer.chosen_index.tolist()
    if policy == "reroute" and capacity is not None:
        return oracles.rerouted(chosen, layer.selection_scores.tolist(), capacity)
    order = {**oracles.ORDERS, "random": shuffled, "reroute": oracles.by_position}[policy]
    own = np.take_along_axis(layer.router_scores, layer.chosen_index, axis=1)
    place = oracles.queue_places(chosen, order(own.tolist()))
    return chosen, place, [[capacity is None or p < capacity for p in row] for row in place]
