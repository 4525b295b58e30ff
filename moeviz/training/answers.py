"""Which function answers which question."""

from __future__ import annotations

from typing import Any

from moeviz.traces import (
    BatchQuestion,
    CapacityPointQuestion,
    ContinuationQuestion,
    ConventionsQuestion,
    CounterfactualQuestion,
    DependenceQuestion,
    DistinctExpertsQuestion,
    Question,
    RoutesQuestion,
    TraceQuestion,
)
from moeviz.training.capacity_study import batch_dependence, batch_routing, capacity_point
from moeviz.training.continuation import continuations
from moeviz.training.conventions import convention_values
from moeviz.training.decoding import distinct_experts
from moeviz.training.probe import Answerer, Probe
from moeviz.training.tracing import counterfactual, routes, routing_trace

_ANSWERERS: dict[type[Question], Answerer] = {
    TraceQuestion: routing_trace,
    RoutesQuestion: routes,
    CounterfactualQuestion: counterfactual,
    BatchQuestion: batch_routing,
    CapacityPointQuestion: capacity_point,
    DependenceQuestion: batch_dependence,
    ConventionsQuestion: convention_values,
    DistinctExpertsQuestion: distinct_experts,
    ContinuationQuestion: continuations,
}


def answer(probe: Probe, question: Question) -> Any:
    """The record that answers the question; ConfigError when it makes no sense."""
    return _ANSWERERS[type(question)](probe.for_question(question), question)
