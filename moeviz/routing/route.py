"""One layer's routing: scores, ranked, chosen, assigned to capacity slots, weighted.

What is particular to a method stands in its own file in `routers/`. Knows nothing of experts'
weights, of models or of training.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from moeviz.routing.record import Assignments, Routing
from moeviz.routing.routers import ROUTERS
from moeviz.routing.slots import assign_slots

if TYPE_CHECKING:
    from moeviz.config import RoutingConfig
    from moeviz.routing.routers.base import RouterInput


def route(seen: RouterInput, routing: RoutingConfig) -> Routing:
    """All that a router decides about T tokens.

    Raises:
        ConfigError: no router has the name `routing.router`.
    """
    router = ROUTERS.named(routing.router)
    scores = router.router_scores(seen)
    ranked = router.selection_scores(scores, seen, routing)
    if seen.barred is not None:
        ranked = ranked.masked_fill(seen.barred, -math.inf)
    chosen = router.choose(ranked, routing)
    capacity = chosen.expert_capacity(ranked.shape[-1], routing.capacity_factor)
    slots = assign_slots(chosen, scores, ranked, capacity, routing.drop_policy)
    weight = router.gate_weights(seen, scores, chosen, slots.expert)
    if routing.gate_scale != 1:
        weight = weight * routing.gate_scale
    assignments = Assignments(chosen, slots.expert, weight, slots.kept, slots.queue_place)
    logits, probs = seen.router_logits, router.router_probs(scores)
    return Routing(seen.clean, logits, scores, probs, ranked, assignments)
