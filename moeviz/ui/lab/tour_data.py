"""What the tour of Start is given: the recorded trace, its words, what E and k cost.

The trace of the visitor's own text comes from `own_trace`. Knows nothing of how it is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

from moeviz.accounting.lab_model import lab_architecture
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.released import released_model
from moeviz.accounting.units import count
from moeviz.analysis.cost.quoted import active
from moeviz.analysis.tour import EXAMPLE, MODEL, STEPS, recorded
from moeviz.figures.theme.palette import contrast, expert_colours
from moeviz.texts import say_from, strings
from moeviz.ui.lab.own_trace import MOST_CHARACTERS
from moeviz.ui.shared.lab_state import TOUR_STEP, LabState
from moeviz.ui.shared.session_state import query_asked

FOLLOWED = 4
"""The token of the example that is followed at first: the 4 of 2 + 2 = 4."""
EXPERTS = (2, 4, 8, 16, 32, 64)
MOST_K = 8

say = say_from(__file__)
_WORDS = strings(__file__)


def tour_data(state: LabState, own: Mapping[str, Any] | None) -> dict[str, Any]:
    """All that the component `tour` draws from.

    Args:
        own: what is known of the visitor's own text; see `own_trace`.
    """
    return {**_lasting(), "plain": _is_plain(state), "own": own}


def _is_plain(state: LabState) -> bool:
    """Whether neither the address nor the session names a run, an experiment or a knob."""
    return query_asked().keys() <= {"tour"} and dataclasses.replace(state, tour=None) == LabState()


@cache
def _lasting() -> dict[str, Any]:
    """What is the same for every session."""
    arm = MODEL.arms[0]
    colours = expert_colours(arm.model.n_experts)
    steps = [dict(each) for each in _WORDS["steps"]]
    assert len(steps) == TOUR_STEP.high
    return {
        "trace": recorded(),
        "followed": FOLLOWED,
        "top_k": arm.routing.top_k,
        "colours": list(colours),
        "inks": ["#000" if contrast(c, "#000000") > contrast(c, "#FFFFFF") else "#fff"
                 for c in colours],
        "words": {
            "title": say("title"),
            "lead": say("lead"),
            "again": say("again"),
            "recorded": say("recorded", step=recorded()["step"], layer=recorded()["layer"]),
            "live": say("live", step=STEPS, layer=recorded()["layer"]),
            "steps": steps,
            "own": {
                **_WORDS["own"],
                "help": say("own.help", most=MOST_CHARACTERS, steps=STEPS),
            },
        },
        "example": EXAMPLE,
        "trained_steps": STEPS,
        "costs": costs(),
        "experts": arm.model.n_experts,
        "released": released(),
    }  # fmt: skip


def costs() -> list[dict[str, Any]]:
    """By E, the parameters that a MoE layer of model B's widths stores, and by k those it uses.

    Router and experts, from the closed forms. `used[k − 1]`, with k up to E.
    """
    arm = MODEL.arms[0]
    found = []
    for n_experts in EXPERTS:
        model = dataclasses.replace(arm.model, n_experts=n_experts, n_layers=1)
        counts = [
            parameter_count(lab_architecture(model, k))
            for k in range(1, min(MOST_K, n_experts) + 1)
        ]
        stored = counts[0].components
        used = [each.active_components for each in counts]
        found.append(
            {
                "experts": n_experts,
                "stored": stored["router"] + stored["routed_experts"],
                "used": [each["router"] + each["routed_experts"] for each in used],
            }
        )
    return found


def released() -> str:
    """The same of a released model, in a sentence."""
    model = released_model("DeepSeek-V3")
    architecture, counted = model.architecture(), model.count()
    assert architecture is not None
    (mixture,) = {stack.mixture for stack in architecture.stacks if stack.mixture}
    shared = (model.config or {})["n_shared_experts"]
    return say(
        "released",
        model=model.name,
        used=mixture.top_k,
        experts=mixture.n_experts,
        shared="a shared one" if shared == 1 else f"{shared} shared ones",
        active=active(model.name),
        total=count(counted.total),
    )
