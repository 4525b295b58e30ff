"""The assignments of one layer as a list: one entry for each (token, expert) pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.records import FloatArray
from moeviz.traces.question import BoolArray, IntArray, ReadOnly

Integers = NDArray[np.integer[Any]]
"""Of few bytes each: a session keeps many lists."""


@dataclass(frozen=True, eq=False)
class AssignmentList(ReadOnly):
    """A assignments of T tokens to E experts, by token, then by preference.

    A token may have any number of them: K with top-k, none or several where experts choose.

    Attributes:
        token: (A,). n_tokens, n_experts: T and E.
        chosen: (A,) the expert that the router chose.
        expert: (A,) where the assignment was sent; differs from chosen where re-routed only.
        preference: (A,) 0 for the token's highest score, then 1, …
        weight: (A,) the gate weight.
        queue_place: (A,) its position in its expert's queue, from 0, in the policy's order.
        kept: (A,) False where the assignment was dropped.
    """

    n_tokens: int
    n_experts: int
    token: Integers
    chosen: Integers
    expert: Integers
    preference: Integers
    weight: FloatArray
    queue_place: Integers
    kept: BoolArray

    def __len__(self) -> int:
        return len(self.token)

    @classmethod
    def rectangle(cls, n_experts: int, **each: NDArray[Any]) -> AssignmentList:
        """From (T, K) arrays: chosen, expert, weight, queue_place, kept."""
        n_tokens, top_k = each["chosen"].shape
        token, preference = np.divmod(np.arange(n_tokens * top_k), max(top_k, 1))
        lists = {name: values.reshape(-1) for name, values in each.items()}
        return cls(n_tokens, n_experts, token=token, preference=preference, **lists)

    @property
    def load(self) -> IntArray:
        """(E,) assignments that were sent to each expert, dropped ones too."""
        return np.bincount(self.expert, minlength=self.n_experts)

    @property
    def processed(self) -> IntArray:
        """(E,) assignments that each expert computed."""
        return np.bincount(self.expert[self.kept], minlength=self.n_experts)

    @cached_property
    def per_token(self) -> IntArray:
        """(T,) how many assignments each token has."""
        return np.bincount(self.token, minlength=self.n_tokens)

    @property
    def most_per_token(self) -> int:
        """K with top-k."""
        return int(self.per_token.max(initial=0))

    def of(self, token: int) -> slice:
        """Where a token's assignments stand in the lists."""
        first, end = np.searchsorted(self.token, (token, token + 1))
        return slice(int(first), int(end))

    def by_token(self, values: NDArray[Any]) -> list[list[Any]]:
        """A list of one entry per assignment as one list for each token."""
        ends = np.cumsum(self.per_token)[:-1]
        return [part.tolist() for part in np.split(values, ends)] if self.n_tokens else []

    def summed(self, values: NDArray[Any]) -> NDArray[Any]:
        """(T,) the sum over each token's assignments; 0 for a token without any."""
        return np.bincount(self.token, weights=values, minlength=self.n_tokens)

    def rectangular(self, values: NDArray[Any]) -> NDArray[Any]:
        """(T, K, …) where every token has K assignments.

        Raises:
            ValueError: tokens have different numbers of assignments.
        """
        top_k = self.most_per_token
        if len(self) != self.n_tokens * top_k:
            raise ValueError("tokens have different numbers of assignments: no (T, K) view")
        return values.reshape(self.n_tokens, top_k, *values.shape[1:])


class ByToken:
    """(T, K) views of a record's assignments, where every token has the same number of them."""

    assignments: AssignmentList

    @property
    def chosen_index(self) -> IntArray:
        """(T, K) the experts that the router chose, by preference."""
        return self.assignments.rectangular(self.assignments.chosen)

    @property
    def expert_index(self) -> IntArray:
        """(T, K) where each assignment was sent."""
        return self.assignments.rectangular(self.assignments.expert)

    @property
    def gate_weights(self) -> FloatArray:
        """(T, K)."""
        return self.assignments.rectangular(self.assignments.weight)

    @property
    def queue_place(self) -> IntArray:
        """(T, K) each assignment's position in its expert's queue, from 0."""
        return self.assignments.rectangular(self.assignments.queue_place)

    @property
    def kept(self) -> BoolArray:
        """(T, K) False where the assignment was dropped."""
        return self.assignments.rectangular(self.assignments.kept)


def first_experts(lists: Sequence[AssignmentList]) -> IntArray:
    """(lists, T) the expert of each token's highest score; −1 for a token without one."""
    found = np.full((len(lists), lists[0].n_tokens), -1)
    for row, each in zip(found, lists, strict=True):
        top = each.preference == 0
        row[each.token[top]] = each.expert[top]
    return found
