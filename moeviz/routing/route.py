"""One layer's routing: scores, chosen experts, capacity slots, weights.

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


def route(seen: RouterInput, config: RoutingConfig) -> Routing:
    """All that a router decides about T tokens.

    Raises:
        ConfigError: no router has the name `config.router`.
    """
    router = ROUTERS.named(config.router)
    scores = router.router_scores(seen)
    selection_scores = router.selection_scores(scores, seen, config)
    if seen.barred is not None:
        selection_scores = selection_scores.masked_fill(seen.barred, -math.inf)
    chosen = router.choose(selection_scores, config)
    capacity = chosen.expert_capacity(scores.shape[-1], config.capacity_factor)
    slots = assign_slots(chosen, scores, selection_scores, capacity, config.drop_policy)
    weight = router.gate_weights(seen, scores, chosen, slots.expert)
    if config.gate_scale != 1:
        weight = weight * config.gate_scale
    return Routing(
        clean_logits=seen.clean,
        router_logits=seen.router_logits,
        router_scores=scores,
        router_probs=router.router_probs(scores),
        selection_scores=selection_scores,
        assignments=Assignments(chosen, slots.expert, weight, slots.kept, slots.queue_place),
    )
