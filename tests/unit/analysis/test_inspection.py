"""What the inspectors say equals what the trace holds, counted again by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from moeviz.analysis.inspection import expert_inspection, next_tokens, softmax, token_inspection
from moeviz.traces import Counterfactual
from tests.made_up_traces import made_up_trace

TRACES = {
    "dropless": made_up_trace(12, 8, 2),
    "tight": made_up_trace(20, 8, 2, 0.5),
    "biased": made_up_trace(20, 8, 2, bias=0.4),
    "sent on": made_up_trace(20, 8, 2, 0.7, reroute=True),
    "all chosen": made_up_trace(6, 4, 4),
}


@pytest.fixture(params=TRACES, ids=str)
def trace(request):
    return TRACES[request.param]


def test_candidates_are_all_experts_best_first_with_the_traces_numbers(trace):
    layer = trace.layers[0]
    for token in range(len(trace.tokens)):
        seen = token_inspection(trace, 0, token)
        experts = [each.expert for each in seen.candidates]
        assert sorted(experts) == list(range(layer.router_logits.shape[1]))
        ranked = [layer.selection_scores[token, e] for e in experts]
        assert ranked == sorted(ranked, reverse=True)
        for each in seen.candidates:
            assert each.logit == layer.router_logits[token, each.expert]
            assert each.score == layer.router_scores[token, each.expert]
            assert each.bias == layer.selection_bias[each.expert]
        chosen = {c.preference: c.expert for c in seen.candidates if c.preference is not None}
        assert [chosen[k] for k in range(len(chosen))] == layer.chosen_index[token].tolist()


def test_the_margin_is_what_the_runner_up_missed(trace):
    layer = trace.layers[0]
    for token in range(len(trace.tokens)):
        seen = token_inspection(trace, 0, token)
        chosen = set(layer.chosen_index[token].tolist())
        scores = dict(enumerate(layer.selection_scores[token].tolist()))
        left_out = {e: s for e, s in scores.items() if e not in chosen}
        if not left_out:
            assert seen.margin is None
            assert seen.runner_up is None
            continue
        best = max(left_out, key=left_out.__getitem__)
        assert seen.runner_up.expert == best
        assert seen.margin == pytest.approx(min(scores[e] for e in chosen) - left_out[best])
        assert seen.margin >= 0


def test_assignments_say_where_they_went_and_what_became_of_them(trace):
    layer = trace.layers[0]
    for token in range(len(trace.tokens)):
        seen = token_inspection(trace, 0, token)
        assert [each.preference for each in seen.assignments] == list(range(len(seen.assignments)))
        assert [each.sent for each in seen.assignments] == layer.expert_index[token].tolist()
        weights = [each.gate_weight for each in seen.assignments]
        assert weights == layer.gate_weights[token].tolist()
        for each in seen.assignments:
            if seen.capacity is not None:
                assert each.kept == (each.position <= seen.capacity)
        length = np.linalg.norm(layer.moe_output[token]) / np.linalg.norm(layer.residual[token])
        assert seen.added_share == pytest.approx(length, rel=1e-5)


def test_an_expert_that_may_not_be_chosen_has_no_place_and_is_no_runner_up():
    trace = TRACES["dropless"]
    layer = trace.layers[0]
    scores = np.array(layer.selection_scores)
    barred = [e for e in range(8) if e not in layer.chosen_index[0]][:5]
    scores[0, barred] = -np.inf
    barred_trace = dataclasses.replace(
        trace, layers=(dataclasses.replace(layer, selection_scores=scores),)
    )
    seen = token_inspection(barred_trace, 0, 0)
    assert {each.expert for each in seen.candidates if each.place is None} == set(barred)
    assert seen.runner_up.expert not in barred
    assert np.isfinite(seen.margin)


def test_queues_hold_every_assignment_once_and_in_order(trace):
    layer = trace.layers[0]
    n_experts = layer.router_logits.shape[1]
    all_seen = [expert_inspection(trace, 0, e) for e in range(n_experts)]
    assert sum(len(seen.queue) for seen in all_seen) == layer.expert_index.size
    assert sum(seen.load_share for seen in all_seen) == pytest.approx(1)
    for seen in all_seen:
        assert [each.position for each in seen.queue] == list(range(1, len(seen.queue) + 1))
        for each in seen.queue:
            assert layer.expert_index[each.token, each.preference] == seen.expert
            assert each.text == trace.tokens[each.token]


def test_favourites_count_a_tokens_occurrences():
    trace = made_up_trace(40, 4, 1)
    sent = trace.layers[0].expert_index[:, 0]
    for expert in range(4):
        for each in expert_inspection(trace, 0, expert).favourites:
            here = [t for t in range(40) if trace.tokens[t] == each.text]
            assert each.occurrences == len(here)
            assert each.sent == sum(int(sent[t]) == expert for t in here) > 0


def counterfactual(cross_entropy: float) -> Counterfactual:
    return Counterfactual(
        step=0, layer=0, token=1, replaced=1, runner_up=2,
        gate_weights=np.ones(1), other_gate_weights=np.ones(1),
        dropped=np.zeros(1, bool), other_dropped=np.zeros(1, bool), sent=1, other_sent=2,
        logits=np.array([3.0, 1.0, 0.0, -2.0]), other_logits=np.array([0.0, 1.0, 0.0, 4.0]),
        cross_entropy=cross_entropy, other_cross_entropy=cross_entropy,
    )  # fmt: skip


def test_next_tokens_are_the_likeliest_of_both_cases_and_the_true_one():
    trace = made_up_trace(5, 4, 1)
    rows = next_tokens(trace, counterfactual(2.0))
    assert [row.text for row in rows] == ["a", "b", "c", "d"]
    assert [row.is_true for row in rows] == [token_id == 2 for token_id in range(4)]
    assert sum(row.probability for row in rows) == pytest.approx(1)
    assert rows[3].other_probability > rows[3].probability
    assert [row.added_logit for row in rows] == [-3, 0, 0, 6]


def test_after_a_texts_last_token_no_next_one_is_the_true_one():
    rows = next_tokens(made_up_trace(2, 4, 1), counterfactual(float("nan")))
    assert not any(row.is_true for row in rows)


def test_softmax_bears_large_logits():
    assert softmax(np.array([1000.0, 0.0], np.float32)).tolist() == [1.0, 0.0]
