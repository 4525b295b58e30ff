"""The trace of the first picture: what it keeps of an answer, and that the recorded one is true."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from moeviz.analysis.tour import (
    EXAMPLE,
    MODEL,
    NEXT_TOKENS,
    SHOWN_TOKENS,
    STEPS,
    record_text,
    recorded,
    tour_trace,
)
from moeviz.cli.record import traced_example
from moeviz.config import KNOBS
from moeviz.data.corpus_hash import corpus_hash
from moeviz.ui.shared.lab_state import LabState
from tests.corpus_hashes import recorded_hashes
from tests.made_up_traces import made_up_trace


@pytest.mark.slow
def test_the_recorded_trace_is_what_the_model_answers():
    trace, corpus = traced_example()
    record = recorded()
    assert corpus == record["corpus"]
    for name in ("step", "layer", "n_tokens", "tokens", "experts"):
        assert trace[name] == record[name], name
    for name in ("vectors", "scores", "gate_weights"):
        np.testing.assert_allclose(trace[name], record[name], atol=2e-3, err_msg=name)
    for now, then in zip(trace["next"], record["next"], strict=True):
        assert [token for token, _ in now] == [token for token, _ in then]
        np.testing.assert_allclose([p for _, p in now], [p for _, p in then], atol=2e-3)


def test_the_recorded_trace_was_made_on_the_present_text():
    present = corpus_hash(recorded_hashes())
    assert recorded()["corpus"] == present, "run python -m moeviz record"


def test_the_model_is_the_labs_b_with_all_knobs_at_their_defaults():
    b = next(arm for arm in LabState().run_config().arms if arm.name == "B")
    assert MODEL.arms == (b,)
    assert (recorded()["text"], recorded()["step"]) == (EXAMPLE, STEPS)
    assert {len(row) for row in recorded()["scores"]} == {KNOBS["n_experts"].default}


def test_each_token_goes_to_its_best_score_which_is_its_gate_weight():
    record = recorded()
    for scores, experts, weights in zip(
        record["scores"], record["experts"], record["gate_weights"], strict=True
    ):
        assert sum(scores) == pytest.approx(1, abs=1e-3)
        assert experts == [int(np.argmax(scores))]
        assert weights == [max(scores)]


def with_logits(n_tokens: int, n_words: int = 6):
    """A made-up trace of two layers with next-token logits that differ."""
    trace = made_up_trace(n_tokens, n_layers=2)
    logits = np.random.default_rng(1).normal(0, 2, (n_tokens, n_words))
    words = tuple("abcdef"[:n_words])
    return dataclasses.replace(trace, logits=logits, vocabulary=words)


def test_a_trace_keeps_the_last_layer_and_the_likeliest_next_tokens():
    trace = with_logits(5)
    kept = tour_trace(trace)
    last = trace.layers[-1]
    assert (kept["layer"], kept["step"], kept["tokens"]) == (1, trace.step, list(trace.tokens))
    np.testing.assert_allclose(kept["scores"], last.router_scores, atol=1e-4)
    np.testing.assert_allclose(kept["vectors"], last.residual, atol=1e-4)
    np.testing.assert_allclose(kept["gate_weights"], last.gate_weights, atol=1e-4)
    assert kept["experts"] == last.expert_index.tolist()
    for likeliest, logits in zip(kept["next"], trace.logits, strict=True):
        powers = np.exp(logits) / np.exp(logits).sum()
        best = sorted(range(len(logits)), key=lambda v: -logits[v])[:NEXT_TOKENS]
        assert [token for token, _ in likeliest] == [trace.vocabulary[v] for v in best]
        np.testing.assert_allclose([p for _, p in likeliest], powers[best], atol=1e-4)


def test_of_a_long_text_the_first_tokens_are_kept_and_all_are_counted():
    kept = tour_trace(with_logits(SHOWN_TOKENS + 3))
    parts = ("tokens", "vectors", "scores", "experts", "gate_weights", "next")
    assert {len(kept[name]) for name in parts} == {SHOWN_TOKENS}
    assert kept["n_tokens"] == SHOWN_TOKENS + 3


def test_what_is_recorded_is_read_back():
    again = json.loads(record_text(tour_trace(with_logits(3)), "hash"))
    assert again == {
        "text": EXAMPLE, "corpus": "hash",
        **json.loads(json.dumps(tour_trace(with_logits(3)))),
    }  # fmt: skip
