"""Which lines of the package compute which scene, for the routing that is in force.

The text is read from the files that run. Knows nothing of the stage.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator

import numpy as np
import streamlit as st

from moeviz.routing.routers import ROUTERS, Router
from moeviz.texts import say_from
from moeviz.traces import LayerTrace, RoutingTrace
from moeviz.ui.shared.source import code_of, source_of

_LAYER, _ROUTE = "moeviz.model.feed_forward", ("moeviz.routing.route", "route")
Source = tuple[str, str]
_ROOM = "moeviz.routing."
_SORT = ("moeviz.model.experts", "dispatch")

say = say_from(__file__)


def scene_sources(trace: RoutingTrace, layer: int) -> dict[str, tuple[Source, ...]]:
    """By the scene's name, the definitions that computed what it shows, as (module, name)."""
    each, routing = trace.layers[layer], trace.routing
    score = [(_LAYER, "MoEFeedForward.forward"), *_of_router(routing.router, "router_scores")]
    if np.any(each.router_noise):
        score.insert(1, ("moeviz.routing.scores", "add_router_noise"))
    select = _of_router(routing.router, "choose")
    if _own(routing.router, "selection_scores") or _otherwise_ranked(each):
        select = (*_of_router(routing.router, "selection_scores"), *select)
    weigh = [*_of_router(routing.router, "gate_weights")]
    if routing.gate_scale != 1:
        weigh.append(_ROUTE)
    return {
        "arrive": (
            ("moeviz.model.transformer", "LanguageModel.forward"),
            ("moeviz.model.transformer", "Block.forward"),
        ),
        "score": tuple(score),
        "select": select,
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


def _own(router: str, method: str) -> bool:
    return getattr(type(ROUTERS[router]), method) is not getattr(Router, method)


def _otherwise_ranked(layer: LayerTrace) -> bool:
    """Whether what is ranked differs from the scores: by a bias or by groups."""
    return not np.array_equal(layer.selection_scores, layer.router_scores)


def _of_router(router: str, method: str) -> tuple[Source, ...]:
    """The method as the router has it, and what it calls of its class and of the routing room."""
    classes = type(ROUTERS[router]).__mro__
    return tuple(dict.fromkeys(_followed(classes, classes, method, set())))


def _followed(
    classes: tuple[type, ...], after: tuple[type, ...], method: str, met: set[Source]
) -> Iterator[Source]:
    """From the first class of `after` that defines the method, down its calls, outer ones first.

    `met` ends circles: methods that call each other.
    """
    place = next((n for n, each in enumerate(after) if method in vars(each)), None)
    if place is None:
        return
    module = after[place].__module__
    source = module, f"{after[place].__name__}.{method}"
    if source in met:
        return
    met.add(source)
    yield source
    for node in ast.walk(ast.parse(source_of(*source))):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                called = vars(sys.modules[module]).get(name)
                if inspect.isfunction(called) and called.__module__.startswith(_ROOM):
                    yield called.__module__, name
            case ast.Call(func=ast.Attribute(ast.Call(func=ast.Name(id="super")), attr=name)):
                yield from _followed(classes, after[place + 1 :], name, met)
            case ast.Call(func=ast.Attribute(ast.Name(id="self"), attr=name)):
                yield from _followed(classes, classes, name, met)


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
