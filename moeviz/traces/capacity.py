"""Questions about a held-out batch: what a capacity drops, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.config import RoutingConfig
from moeviz.records import FloatArray
from moeviz.traces.assignments import AssignmentList, ByToken
from moeviz.traces.question import IntArray, Question, ReadOnly

STUDY_BATCHES = 8
"""Held-out batches that a study may ask about, numbered from 0; no two share a sequence."""

STUDY_SEQUENCES = 3
"""Sequences of each domain in a batch: fewer where they would be more than STUDY_TOKENS."""

STUDY_TOKENS = 1536


@dataclass(frozen=True, slots=True)
class BatchQuestion(Question):
    """How is a held-out batch routed, and what is dropped? Answered by a BatchRouting."""

    batch: int = 0


@dataclass(frozen=True, slots=True)
class CapacityPointQuestion(Question):
    """What is dropped, padded and lost on a held-out batch? Answered by a CapacityPoint."""

    batch: int = 0


@dataclass(frozen=True, slots=True)
class DependenceQuestion(Question):
    """Does a sequence's output depend on the rest of its batch? Answered by a BatchDependence.

    Attributes:
        sequence: of batch 0, counted from 0.
    """

    sequence: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class LayerAssignments(ReadOnly, ByToken):
    """The assignments of one layer, kept and dropped.

    Attributes:
        assignments: the list.
        expert_capacity: C, or None when dropless.
        expert_load, processed_load: (E,) shares of the assignments: the router's, and those
            that were kept and computed.
        normalised_entropy, max_violation: of expert_load.
        processed_entropy, processed_max_violation: of processed_load, divided by its sum.
    """

    assignments: AssignmentList
    expert_capacity: int | None
    expert_load: FloatArray
    processed_load: FloatArray
    normalised_entropy: float
    processed_entropy: float
    max_violation: float
    processed_max_violation: float


@dataclass(frozen=True, slots=True, eq=False)
class BatchRouting(ReadOnly):
    """One held-out batch on its way through one model.

    Attributes:
        step: of the model that answered.
        routing: the routing that was used, the question's knobs included.
        tokens: T inputs as readable text.
        domains: names. domain: (B,) index into them.
        cross_entropy: (B, S) nats of each next token.
        sequences_short: how many sequences are missing: a domain's held-out text, such as a short
            one of the user's, may not have enough different ones.
    """

    step: int
    routing: RoutingConfig
    tokens: tuple[str, ...]
    domains: tuple[str, ...]
    domain: IntArray
    layers: tuple[LayerAssignments, ...]
    cross_entropy: FloatArray
    sequences_short: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class CapacityPoint(ReadOnly):
    """One held-out batch at one capacity factor.

    Attributes:
        cross_entropy: mean over the batch, nats per token.
        dropped_fraction: (L,) share of the T·K assignments that were dropped.
        padding_fraction: (L,) share of the E·C slots that stay empty; 0 when dropless.
    """

    step: int
    batch: int
    capacity_factor: float | None
    cross_entropy: float
    dropped_fraction: FloatArray
    padding_fraction: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BatchDependence(ReadOnly):
    """What the rest of the batch does to one sequence: largest change of any logit, by position.

    Attributes:
        alone_change: (S,) the sequence alone, against the same in its batch.
        later_change: (S,) its tokens from `changed_from` on replaced, everything else as it was.
            Causality holds where this is 0 before `changed_from`.
        other_change: (B,) the same replacement, seen by every other sequence; 0 for itself.
    """

    step: int
    sequence: int
    changed_from: int
    alone_change: FloatArray
    later_change: FloatArray
    other_change: FloatArray

    @property
    def leak(self) -> float:
        """The largest change before the first replaced token: 0 where causality holds."""
        return float(self.later_change[: self.changed_from].max())
