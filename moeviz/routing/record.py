"""What a router decided for T tokens: a list of assignments, and the scores that led to it.

A list fits every method: top-k gives each token K assignments, expert choice gives each expert a
fixed number, top-p gives tokens different numbers, Soft MoE gives every token a part in every row.
Knows nothing of how a router decides or of what an expert computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import torch

from moeviz.routing.capacity import expert_capacity

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, Shaped
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The A (token, expert) pairs that a router wants, by token, then by preference.

    Attributes:
        token, expert: of each pair.
        preference: 0 for the token's highest score, then 1, …
        n_tokens: T.
        top_k: K where every token has exactly K pairs, so that each list is a (T, K) rectangle.
        row, dispatch_weight: of a router that mixes tokens before the experts (Soft MoE): row
            row[a] of the experts' input is Σ dispatch_weight[a] · x[token[a]]. Both or neither.
            None: each pair is a row of its own.
    """

    token: Int[Tensor, " A"]
    expert: Int[Tensor, " A"]
    preference: Int[Tensor, " A"]
    n_tokens: int
    top_k: int | None = None
    row: Int[Tensor, " A"] | None = None
    dispatch_weight: Float[Tensor, " A"] | None = None

    @classmethod
    def rectangle(cls, expert_index: Int[Tensor, "T K"]) -> Chosen:
        """K experts for every token, best first."""
        n_tokens, top_k = expert_index.shape
        token = torch.arange(n_tokens).repeat_interleave(top_k)
        preference = torch.arange(top_k).repeat(n_tokens)
        return cls(token, expert_index.flatten(), preference, n_tokens, top_k)

    @property
    def experts_per_token(self) -> Fraction:
        """k = A / T: K with top-k, a mean where tokens have different numbers of experts."""
        return Fraction(len(self.expert), self.n_tokens)

    def expert_capacity(self, n_experts: int, capacity_factor: float | None) -> int | None:
        """C = ⌈capacity_factor · A / E⌉ slots per expert; None without a limit.

        A router that mixes tokens into rows has none: its experts compute a fixed number of rows.
        """
        if self.row is not None:
            return None
        k = self.experts_per_token
        return expert_capacity(self.n_tokens, n_experts, k, capacity_factor)

    def by_token(self, each: Shaped[Tensor, " A"]) -> Shaped[Tensor, "T K"]:
        """A list with one entry per pair as (T, K).

        Raises:
            ValueError: tokens have different numbers of experts.
        """
        if self.top_k is None:
            raise ValueError("tokens have different numbers of experts: there is no (T, K) view")
        return each.view(self.n_tokens, self.top_k)


@dataclass(frozen=True, slots=True, eq=False)
class Assignments:
    """The A assignments of T tokens to E experts: one entry per assignment in each list.

    Attributes:
        chosen: what the router wanted, before any re-routing.
        expert: where each assignment was sent.
        weight: what the expert's output is multiplied by; carries the gradient.
        kept: False where the assignment was dropped; None when nothing can be dropped.
        queue_place: its place in its expert's queue, from 0; None when nothing can be dropped.
    """

    chosen: Chosen
    expert: Int[Tensor, " A"]
    weight: Float[Tensor, " A"]
    kept: Bool[Tensor, " A"] | None = None
    queue_place: Int[Tensor, " A"] | None = None

    @property
    def token(self) -> Int[Tensor, " A"]:
        """The token of each assignment."""
        return self.chosen.token

    @property
    def preference(self) -> Int[Tensor, " A"]:
        """0 where the expert was the token's highest score, then 1, …"""
        return self.chosen.preference


@dataclass(frozen=True, slots=True, eq=False)
class Routing:
    """What one layer's router did with T tokens. Logits, scores and weights carry gradient.

    Attributes:
        clean_logits: without router noise.
        router_logits: with the router noise, if there was any.
        router_scores: what the router makes of them, over all E experts.
        router_probs: the scores as a distribution over all E experts.
        selection_scores: what the router chose by: score + bias; −inf for a barred expert.
        assignments: who goes where, with which weight.
    """

    clean_logits: Float[Tensor, "T E"]
    router_logits: Float[Tensor, "T E"]
    router_scores: Float[Tensor, "T E"]
    router_probs: Float[Tensor, "T E"]
    selection_scores: Float[Tensor, "T E"]
    assignments: Assignments

    @property
    def n_experts(self) -> int:
        """E."""
        return self.router_logits.shape[-1]

    @property
    def chosen_index(self) -> Int[Tensor, "T K"]:
        """The experts that top-k chose for each token, best first. As all (T, K) views here, only
        where every token has the same number of experts."""
        return self._by_token(self.assignments.chosen.expert)

    @property
    def expert_index(self) -> Int[Tensor, "T K"]:
        """Where each assignment was sent: the chosen expert, or another after re-routing."""
        return self._by_token(self.assignments.expert)

    @property
    def gate_weights(self) -> Float[Tensor, "T K"]:
        """What each of these experts' output is multiplied by."""
        return self._by_token(self.assignments.weight)

    @property
    def kept(self) -> Bool[Tensor, "T K"] | None:
        """False where the assignment was dropped."""
        kept = self.assignments.kept
        return None if kept is None else self._by_token(kept)

    @property
    def queue_place(self) -> Int[Tensor, "T K"] | None:
        """The assignment's place in its expert's queue."""
        place = self.assignments.queue_place
        return None if place is None else self._by_token(place)

    def _by_token(self, each: Shaped[Tensor, " A"]) -> Shaped[Tensor, "T K"]:
        return self.assignments.chosen.by_token(each)
