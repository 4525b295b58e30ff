"""Which lines of the package compute which scene, for the routing that is in force.

The text is read from the files that run. Knows nothing of the stage.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from moeviz.routing.routers import ROUTERS
from moeviz.texts import say_from
from moeviz.traces import RoutingTrace
from moeviz.ui.shared.source import code_of

_LAYER, _ROUTE = "moeviz.model.feed_forward", ("moeviz.routing.route", "route")
Source = tuple[str, str]
_SORT = ("moeviz.model.experts", "dispatch")

say = say_from(__file__)


def scene_sources(trace: RoutingTrace, layer: int) -> dict[str, tuple[Source, ...]]:
    """By the scene's name, the definitions that computed what it shows, as (module, name)."""
    each, routing = trace.layers[layer], trace.routing
    score = [(_LAYER, "MoEFeedForward.forward"), _of_router(routing.router, "router_scores")]
    if routing.router != "sigmoid_bias_groups":
        score.append(("moeviz.routing.scores", "router_probabilities"))
    if np.any(each.router_noise):
        score.insert(1, ("moeviz.routing.scores", "add_router_noise"))
    select = [("moeviz.routing.selection", "select_experts")]
    if np.any(each.selection_bias) or routing.n_groups > 1:
        select.insert(0, ("moeviz.routing.selection", "selection_scores"))
    weigh = [_of_router(routing.router, "gate_weights")]
    if routing.gate_scale != 1:
        weigh.append(_ROUTE)
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
            _SORT,
            ("moeviz.model.experts", "Experts.forward"),
        ),
        "combine": (("moeviz.model.experts", "combine"),),
        "residual": (("moeviz.model.transformer", "Block.forward"),),
    }


def _dispatch(drop_policy: str, capacity: int | None) -> tuple[Source, ...]:
    """Dropless there is no capacity: assignments are only sorted by their expert."""
    if capacity is None:
        return (_ROUTE, _SORT)
    names = ["assign_slots", "queue_places", "_queue_order"]
    names += ["_rerouted"] if drop_policy == "reroute" else []
    slots = [("moeviz.routing.slots", name) for name in names]
    return (*slots, ("moeviz.routing.capacity", "expert_capacity"))


def _of_router(router: str, method: str) -> Source:
    """The method where the router's class, or the class that it extends, defines it."""
    classes = type(ROUTERS[router]).__mro__
    defined = next(each for each in classes if method in vars(each))
    return defined.__module__, f"{defined.__name__}.{method}"


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
