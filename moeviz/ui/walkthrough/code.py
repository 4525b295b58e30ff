"""Which lines of the package compute which scene, for the routing that is in force.

The text is read from the files that run. Knows nothing of the stage.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from moeviz.routing.rules import routing_rule
from moeviz.texts import say_from
from moeviz.traces import RoutingTrace
from moeviz.ui.shared.source import code_of

_RULES, _LAYER = "moeviz.routing.rules", "moeviz.model.feed_forward"
Source = tuple[str, str]
_SLOTS = ("moeviz.model.experts", "_slots_by_expert")

say = say_from(__file__)


def scene_sources(trace: RoutingTrace, layer: int) -> dict[str, tuple[Source, ...]]:
    """By the scene's name, the definitions that computed what it shows, as (module, name)."""
    each, routing = trace.layers[layer], trace.routing
    score = [(_LAYER, "MoEFeedForward.forward"), _of_rule(routing.routing_rule, "router_scores")]
    if routing.routing_rule != "sigmoid_topk_renormalised":
        score.append(("moeviz.routing.scores", "router_probabilities"))
    if np.any(each.router_noise):
        score.insert(1, ("moeviz.routing.scores", "add_router_noise"))
    select = [("moeviz.routing.selection", "select_experts")]
    if np.any(each.selection_bias) or routing.n_groups > 1:
        select.insert(0, ("moeviz.routing.selection", "selection_scores"))
    weigh = [_of_rule(routing.routing_rule, "gate_weights")]
    if routing.gate_scale != 1:
        weigh.append((_LAYER, "route"))
    return {
        "arrive": (
            ("moeviz.model.transformer", "LanguageModel.forward"),
            ("moeviz.model.transformer", "Block.forward"),
        ),
        "score": tuple(score),
        "select": tuple(select),
        "weigh": tuple(weigh),
        "dispatch": _dispatch(routing.drop_policy, each.expert_capacity),
        "compute": (
            ("moeviz.model.experts", "Experts.forward"),
            _SLOTS,
        ),
        "combine": (("moeviz.model.experts", "Experts.forward"),),
        "residual": (("moeviz.model.transformer", "Block.forward"),),
    }


def _dispatch(drop_policy: str, capacity: int | None) -> tuple[Source, ...]:
    """Dropless there is no capacity: assignments are only sorted by their expert."""
    if capacity is None:
        return ((_LAYER, "route"), _SLOTS)
    names = ["assign_slots", "_queue_order", "expert_capacity"]
    names += ["_rerouted"] if drop_policy == "reroute" else []
    return tuple(("moeviz.routing.capacity", name) for name in names)


def _of_rule(rule: str, method: str) -> Source:
    """The method where the rule's class, or the class that it extends, defines it."""
    classes = type(routing_rule(rule)).__mro__
    return _RULES, f"{next(c.__name__ for c in classes if method in vars(c))}.{method}"


def scene_source(trace: RoutingTrace, layer: int, scene: int) -> None:
    """The code of the scene that the stage has reached."""
    name, sources = list(scene_sources(trace, layer).items())[scene]
    st.markdown(say("intro", scene=name.capitalize()))
    if name == "dispatch" and trace.layers[layer].expert_capacity is None:
        st.markdown(say("dropless"))
    with st.container(height=420, border=False, key="scene_source"):
        for module, definition in sources:
            st.markdown(f"`{module}.{definition}`")
            st.code(code_of(module, definition), language="python", wrap_lines=True)
