"""A layer's routing, frozen: the tensors of its assignments as a record's list.

Knows nothing of questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from moeviz.config import RoutingConfig
from moeviz.routing.slots import queue_places
from moeviz.traces import AssignmentList

if TYPE_CHECKING:
    from moeviz.routing.record import Routing


def assignment_list(routing: Routing, config: RoutingConfig) -> AssignmentList:
    """Also of a dropless layer, where the queues have no limit and all assignments are kept."""
    each, chosen = routing.assignments, routing.assignments.chosen
    place = each.queue_place
    if place is None:
        place = queue_places(chosen, routing.router_scores, config.drop_policy)
    kept = torch.ones_like(place, dtype=torch.bool) if each.kept is None else each.kept
    return AssignmentList(
        n_tokens=chosen.n_tokens,
        n_experts=routing.n_experts,
        token=chosen.token.int().numpy(),
        chosen=chosen.expert.short().numpy(),
        expert=each.expert.short().numpy(),
        preference=chosen.preference.short().numpy(),
        weight=each.weight.detach().numpy(),
        queue_place=place.int().numpy(),
        kept=kept.numpy(),
    )
