"""Questions about a text: how it is routed, and what if one token had gone elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moeviz.config import RoutingConfig
from moeviz.records import FloatArray
from moeviz.traces.assignments import AssignmentList, ByToken
from moeviz.traces.question import BoolArray, IntArray, Question, ReadOnly

MAX_TRACED_TOKENS = 128
"""Tokens of a text that are traced; what follows is not."""

MAX_TRACED_CHARACTERS = 10_000
"""Characters of a text that are looked at; what follows is cut off first."""


@dataclass(frozen=True, slots=True)
class TraceQuestion(Question):
    """How is this text routed, layer by layer? Answered by a RoutingTrace.

    Attributes:
        text: any Unicode; cut to MAX_TRACED_CHARACTERS, then to MAX_TRACED_TOKENS.
        noise_seed: draws the run's router noise from this seed; None: no noise, as in evaluation.
    """

    text: str = ""
    noise_seed: int | None = None


@dataclass(frozen=True, slots=True)
class RoutesQuestion(Question):
    """Where does this text go? A TraceQuestion about the assignments alone."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class CounterfactualQuestion(Question):
    """What if one token had gone to its runner-up in one layer? Answered by a Counterfactual."""

    text: str = ""
    layer: int = 0
    token: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class LayerTrace(ReadOnly, ByToken):
    """Every intermediate of one layer's feed-forward part, for T tokens.

    Attributes:
        residual: (T, D) the stream that enters, after attention.
        router_input: (T, D) residual, normalised: what router and experts read.
        router_logits: (T, E) router_input · W_router, without noise.
        router_noise: (T, E) what was added to the logits.
        router_scores: (T, E) what the rule makes of logits and noise: softmax, or sigmoid, whose
            scores are no distribution.
        selection_bias: (E,) b.
        selection_scores: (T, E) what top-k ranks; −inf for an expert that may not be chosen.
        assignments: which experts each token was sent to, with which weights.
        expert_output: (A, D) of each assignment before its weight; 0 if dropped.
        moe_output: (T, D) Σ weight · expert_output over the token's kept assignments.
        expert_capacity: C, or None when dropless.
        expert_norm: (E,) the Frobenius norm of all weights of an expert.
    """

    residual: FloatArray
    router_input: FloatArray
    router_logits: FloatArray
    router_noise: FloatArray
    router_scores: FloatArray
    selection_bias: FloatArray
    selection_scores: FloatArray
    assignments: AssignmentList
    expert_output: FloatArray
    moe_output: FloatArray
    expert_capacity: int | None
    expert_norm: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class RoutingTrace(ReadOnly):
    """One text on its way through one model at one step.

    Attributes:
        step: of the model that was asked.
        routing: the routing that was used, the question's knobs included.
        tokens: T tokens for the eye. token_ids: (T,).
        sequence: (T,) the sequence of each token: a text longer than the model's context is read
            in several, which do not see each other but share the experts' queues.
        n_tokens: of the characters that are looked at; more than T when tokens were cut.
        logits: (T, V) of the next token.
        vocabulary: V tokens for the eye.
    """

    step: int
    routing: RoutingConfig
    tokens: tuple[str, ...]
    token_ids: IntArray
    sequence: IntArray
    n_tokens: int
    layers: tuple[LayerTrace, ...]
    logits: FloatArray
    vocabulary: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Routes(ReadOnly):
    """The assignments of a text in each layer at `step`."""

    step: int
    layers: tuple[AssignmentList, ...]

    @property
    def expert_index(self) -> IntArray:
        """(L, T, K) where every token has K experts."""
        return np.stack([each.rectangular(each.expert) for each in self.layers])


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual(ReadOnly):
    """The next token's logits at one position, as they are and had the runner-up been chosen.

    The runner-up is the best expert that was not chosen; it takes the place of the last that was.
    Where no other expert does, or several do, there is no answer.

    Attributes:
        replaced, runner_up: the two experts.
        gate_weights, other_gate_weights: of each assignment of the token, by preference, as it is
            and otherwise.
        dropped, other_dropped: whether the assignment was dropped.
        sent, other_sent: where the last preference was sent: on from its expert if re-routed.
        logits, other_logits: (V,) at the token's own position.
        cross_entropy, other_cross_entropy: nats of the true next token, which for a sequence's last
            is the next sequence's first, as in training; NaN for the last traced token.
    """

    step: int
    layer: int
    token: int
    replaced: int
    runner_up: int
    gate_weights: FloatArray
    other_gate_weights: FloatArray
    dropped: BoolArray
    other_dropped: BoolArray
    sent: int
    other_sent: int
    logits: FloatArray
    other_logits: FloatArray
    cross_entropy: float
    other_cross_entropy: float

    @property
    def replaced_was_full(self) -> bool:
        """Whether the replaced expert had no capacity slot left for the token."""
        return bool(self.dropped[-1]) or self.sent != self.replaced

    @property
    def runner_up_was_full(self) -> bool:
        """Whether the runner-up would have had none."""
        return bool(self.other_dropped[-1]) or self.other_sent != self.runner_up

    @property
    def added_cross_entropy(self) -> float:
        """What the runner-up would have cost, nats; below 0 where it is the better one."""
        return self.other_cross_entropy - self.cross_entropy
