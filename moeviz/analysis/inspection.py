"""Why one token went where it went, and what one expert did with a text: facts for a panel.

Plain numbers and tokens, read off a trace; says nothing of how they are drawn. Places and positions
in a queue count from 1, as people do; preferences, tokens and experts from 0, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moeviz.analysis.traced_layer import residual_share, score_name
from moeviz.traces import Counterfactual, LayerTrace, RoutingTrace

NEXT_TOKENS = 5
FAVOURITES = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """One expert as one token's router saw it.

    Attributes:
        logit, noise, score: what was added up, and what the rule made of it.
        bias: what was added to the score for the ranking alone.
        place: from 1 by score + bias; None where it was not allowed.
        preference: of the token for it, from 0; None: not chosen.
    """

    expert: int
    logit: float
    noise: float
    score: float
    bias: float
    place: int | None
    preference: int | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One of a token's assignments: the expert chosen, where it was sent, what became of it."""

    preference: int
    chosen: int
    sent: int
    gate_weight: float
    position: int
    kept: bool


@dataclass(frozen=True, slots=True)
class TokenInspection:
    """Everything about one token in one layer.

    Attributes:
        score_name: what the scores are called: probabilities, or scores.
        candidates: all experts, best first; those that were not allowed last.
        margin: by how much the last chosen expert beat the best that was not chosen, in ranked
            score; None where all were chosen.
        added_share: |y| / |x|.
    """

    token: int
    text: str
    score_name: str
    candidates: tuple[Candidate, ...]
    assignments: tuple[Assignment, ...]
    margin: float | None
    added_share: float
    capacity: int | None

    @property
    def runner_up(self) -> Candidate | None:
        """The best expert that was not chosen."""
        rest = (c for c in self.candidates if c.preference is None and c.place is not None)
        return next(rest, None)


def token_inspection(trace: RoutingTrace, layer: int, token: int) -> TokenInspection:
    """Why this token went where it went."""
    each = trace.layers[layer]
    scores = each.selection_scores[token].astype(np.float64)
    chosen = each.assignments.chosen[each.assignments.of(token)].tolist()
    order = sorted(range(len(scores)), key=lambda e: (-scores[e], e))
    candidates = tuple(
        Candidate(
            expert=e,
            logit=float(each.router_logits[token, e]),
            noise=float(each.router_noise[token, e]),
            score=float(each.router_scores[token, e]),
            bias=float(each.selection_bias[e]),
            place=place if np.isfinite(scores[e]) else None,
            preference=chosen.index(e) if e in chosen else None,
        )
        for place, e in enumerate(order, 1)
    )
    rest = [scores[e] for e in order if e not in chosen and np.isfinite(scores[e])]
    return TokenInspection(
        token=token,
        text=trace.tokens[token],
        score_name=score_name(each),
        candidates=candidates,
        assignments=_assignments(each, token),
        margin=float(scores[chosen].min() - max(rest)) if rest and chosen else None,
        added_share=float(residual_share(each)[token]),
        capacity=each.expert_capacity,
    )


def _assignments(layer: LayerTrace, token: int) -> tuple[Assignment, ...]:
    each = layer.assignments
    own = each.of(token)
    return tuple(
        Assignment(
            preference=int(each.preference[a]),
            chosen=int(each.chosen[a]),
            sent=int(each.expert[a]),
            gate_weight=float(each.weight[a]),
            position=int(each.queue_place[a]) + 1,
            kept=bool(each.kept[a]),
        )
        for a in range(own.start, own.stop)
    )


@dataclass(frozen=True, slots=True)
class NextToken:
    """One token that may follow: as it is, and had the runner-up been chosen.

    Attributes:
        added_logit: what the runner-up adds to its logit.
    """

    text: str
    probability: float
    other_probability: float
    added_logit: float
    is_true: bool


def next_tokens(trace: RoutingTrace, other: Counterfactual) -> tuple[NextToken, ...]:
    """The likeliest next tokens of both cases and the true one, the likeliest as it is first."""
    now, otherwise = softmax(other.logits), softmax(other.other_logits)
    likely = {*np.argsort(-now)[:NEXT_TOKENS].tolist(), int(otherwise.argmax())}
    true = None if np.isnan(other.cross_entropy) else int(trace.token_ids[other.token + 1])
    wanted = sorted(likely | ({true} if true is not None else set()), key=lambda v: -now[v])
    added = other.other_logits - other.logits
    return tuple(
        NextToken(
            trace.vocabulary[v], float(now[v]), float(otherwise[v]), float(added[v]), v == true
        )
        for v in wanted
    )


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of logits, in double precision."""
    powers = np.exp(logits.astype(np.float64) - float(logits.max()))
    return np.asarray(powers / powers.sum())


@dataclass(frozen=True, slots=True)
class Queued:
    """One assignment in an expert's queue."""

    token: int
    text: str
    position: int
    preference: int
    gate_weight: float
    kept: bool


@dataclass(frozen=True, slots=True)
class Favourite:
    """A token that an expert gets: how many of its occurrences in the text."""

    text: str
    sent: int
    occurrences: int


@dataclass(frozen=True, slots=True)
class ExpertInspection:
    """What one expert did with the text in one layer.

    Attributes:
        queue: its assignments, in the order in which they queued.
        favourites: the tokens that it got most often, those it got always first among equals.
        load_share, even_share: of all assignments.
        norm, mean_norm: the length of its weights, and of the layer's experts at the mean.
    """

    expert: int
    queue: tuple[Queued, ...]
    favourites: tuple[Favourite, ...]
    load_share: float
    even_share: float
    norm: float
    mean_norm: float
    capacity: int | None


def expert_inspection(trace: RoutingTrace, layer: int, expert: int) -> ExpertInspection:
    """What this expert did with the text."""
    each = trace.layers[layer]
    listed = each.assignments
    queue = [
        Queued(
            token=int(listed.token[a]),
            text=trace.tokens[listed.token[a]],
            position=int(listed.queue_place[a]) + 1,
            preference=int(listed.preference[a]),
            gate_weight=float(listed.weight[a]),
            kept=bool(listed.kept[a]),
        )
        for a in np.flatnonzero(listed.expert == expert)
    ]
    return ExpertInspection(
        expert=expert,
        queue=tuple(sorted(queue, key=lambda queued: queued.position)),
        favourites=_favourites(trace, {queued.token for queued in queue}),
        load_share=len(queue) / len(listed),
        even_share=1 / listed.n_experts,
        norm=float(each.expert_norm[expert]),
        mean_norm=float(each.expert_norm.mean()),
        capacity=each.expert_capacity,
    )


def _favourites(trace: RoutingTrace, sent: set[int]) -> tuple[Favourite, ...]:
    found = [
        Favourite(text, sum(trace.tokens[t] == text for t in sent), trace.tokens.count(text))
        for text in dict.fromkeys(trace.tokens[t] for t in sorted(sent))
    ]
    ranked = sorted(found, key=lambda each: (-each.sent, each.occurrences))
    return tuple(ranked[:FAVOURITES])
