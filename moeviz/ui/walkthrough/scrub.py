"""Scrubbing through training: the same text routed at every checkpoint, as strips to choose from.

The checkpoints answer one by one, with progress; an action in between stops it, and what is known
by then is kept. Knows nothing of how the stage draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from moeviz.analysis.saturation_strips import strips_plan
from moeviz.config import ArmConfig
from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.texts import say_from
from moeviz.traces import MAX_TRACED_CHARACTERS, Routes, RoutesQuestion, RoutingTrace
from moeviz.ui.components.route_strips import route_strips
from moeviz.ui.inspect.asking import asked_arm, change_asking, load_asking
from moeviz.ui.inspect.training import KEEP_EVERY
from moeviz.ui.shared.session import engine
from moeviz.ui.shared.session_state import action, entered, here
from moeviz.ui.walkthrough.stage import show_beside

MOST_STEPS = 60
"""More checkpoints than that are thinned out evenly; the first and the last stay."""

_MOST_ROUTES = 400

say = say_from(__file__)


def scrub(trace: RoutingTrace | None, status: RunStatus | None, layer: int) -> None:
    """Strips of the text at every checkpoint; of a model of step 0 alone, what is to come."""
    arm = asked_arm(load_asking(), status)
    if trace is None or status is None or arm is None:
        return
    st.markdown(f"## {say('title')}")
    steps = scrubbed_steps(status)
    with st.container(key="scrub"):  # one place, whatever there is: what stands below keeps its own
        if any(steps):
            thinned = say("thinned", most=MOST_STEPS) if len(steps) == MOST_STEPS else ""
            st.markdown(say("note", layer=layer, model=arm.name, thinned=thinned))
            _strips(trace, status, arm, layer, steps)
        else:
            st.markdown(say("untrained", every=KEEP_EVERY))


def scrubbed_steps(status: RunStatus) -> list[int]:
    """The checkpoints, the newest state with them where it is at rest, at most MOST_STEPS."""
    at_rest = () if status.trains else (status.step,)
    steps = sorted({*status.checkpoints, *at_rest})
    places = np.unique(np.linspace(0, len(steps) - 1, min(MOST_STEPS, len(steps))).round())
    return [steps[int(place)] for place in places]


def _strips(
    trace: RoutingTrace, status: RunStatus, arm: ArmConfig, layer: int, steps: list[int]
) -> None:
    found = _routes(status, arm, steps)
    if not found:
        return
    plan = strips_plan(trace.tokens, found, layer, arm.model.n_experts)

    @action
    def choose() -> None:
        chosen = entered("strips")
        if step := chosen.get("step"):
            change_asking(step=None if step["step"] == status.step else step["step"])
        if token := chosen.get("token"):
            change_asking(token=token["token"])
            show_beside("token")

    route_strips(plan, key="strips", step=trace.step, token=load_asking().token, on_choose=choose)


def _routes(status: RunStatus, arm: ArmConfig, steps: list[int]) -> list[Routes]:
    """The text's routes at each step, those known from before included.

    The first one without an answer is the last: what ails it would most likely ail all.
    """
    state = load_asking()
    question = RoutesQuestion(arm.name, state.knobs, state.text[:MAX_TRACED_CHARACTERS])
    subject = (status.run_id, status.revision, arm.routing, repr(question))
    known: dict[Any, Routes] = here().kept.setdefault("known_routes", {})
    missing = [step for step in steps if (subject, step) not in known]
    progress = st.progress(0.0, say("progress")) if missing else None
    for count, step in enumerate(missing):
        try:
            known[subject, step] = engine().ask(status.run_id, question, step)
        except EngineError as error:
            st.text(say("no_answer", step=f"{step:,}", why=error))
            break
        if progress:
            said = say("progress_step", step=f"{step:,}")
            progress.progress((count + 1) / len(missing), said)
    if progress:
        progress.empty()
    for oldest in list(known)[:-_MOST_ROUTES]:
        del known[oldest]
    return [known[subject, step] for step in steps if (subject, step) in known]
