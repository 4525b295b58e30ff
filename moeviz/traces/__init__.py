"""Questions to a trained model and their answers: read-only numpy records.

A question changes nothing in the run. A file has one kind of question
with its answers. Knows configurations and records; knows nothing of torch or of who answers. Axis
letters as in `records.py`; here T counts the tokens that are routed together, the B sequences of S
tokens one after the other, in the order in which they queue for experts.
"""

from moeviz.traces.assignments import AssignmentList, ByToken, first_experts
from moeviz.traces.capacity import (
    STUDY_BATCHES,
    STUDY_SEQUENCES,
    STUDY_TOKENS,
    BatchDependence,
    BatchQuestion,
    BatchRouting,
    CapacityPoint,
    CapacityPointQuestion,
    DependenceQuestion,
    LayerAssignments,
)
from moeviz.traces.continuation import (
    CONTINUED_TOKENS,
    MAX_PROMPT_CHARACTERS,
    MAX_PROMPTS,
    ContinuationQuestion,
    Continuations,
)
from moeviz.traces.conventions import ConventionsQuestion, ConventionValues
from moeviz.traces.decoding import DECODED_SEQUENCES, DistinctExperts, DistinctExpertsQuestion
from moeviz.traces.question import Question, ReadOnly
from moeviz.traces.text import (
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

__all__ = [
    "CONTINUED_TOKENS",
    "DECODED_SEQUENCES",
    "MAX_PROMPTS",
    "MAX_PROMPT_CHARACTERS",
    "MAX_TRACED_CHARACTERS",
    "MAX_TRACED_TOKENS",
    "STUDY_BATCHES",
    "STUDY_SEQUENCES",
    "STUDY_TOKENS",
    "AssignmentList",
    "BatchDependence",
    "BatchQuestion",
    "BatchRouting",
    "ByToken",
    "CapacityPoint",
    "CapacityPointQuestion",
    "ContinuationQuestion",
    "Continuations",
    "ConventionValues",
    "ConventionsQuestion",
    "Counterfactual",
    "CounterfactualQuestion",
    "DependenceQuestion",
    "DistinctExperts",
    "DistinctExpertsQuestion",
    "LayerAssignments",
    "LayerTrace",
    "Question",
    "ReadOnly",
    "Routes",
    "RoutesQuestion",
    "RoutingTrace",
    "TraceQuestion",
    "first_experts",
]
