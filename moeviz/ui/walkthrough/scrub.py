"""Scrubbing through training: the same text routed at every kept step, as strips to choose from.

The steps are asked one by one, with progress; whatever the visitor does in between stops it, and
what is known by then is kept. Knows nothing of how the stage draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from moeviz.analysis.saturation_strips import strips_plan
from moeviz.config import ArmConfig
from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.traces import MAX_TRACED_CHARACTERS, Routes, RoutesQuestion, RoutingTrace
from moeviz.ui.components.route_strips import route_strips
from moeviz.ui.inspect.asking import asked_arm, change_asking, load_asking
from moeviz.ui.shared.session import engine
from moeviz.ui.shared.visit import action, entered, here
from moeviz.ui.walkthrough.stage import show_beside

MOST_STEPS = 60
"""More kept steps than that are thinned out evenly; the first and the last stay."""

_MOST_ROUTES = 400
_ON = "walkthrough_scrub"


def scrub(trace: RoutingTrace | None, status: RunStatus | None, layer: int) -> None:
    """Strips of the text at every kept step, once they are asked for."""
    arm = asked_arm(load_asking(), status)
    if trace is None or status is None or arm is None:
        return
    st.markdown("## Scrub training")
    steps = kept_steps(status)
    if not here().kept.get(_ON):
        where = "the one kept step" if len(steps) == 1 else f"{len(steps)} kept steps"
        st.button(
            f"Route this text at {where}", key="do_scrub",
            icon=":material/timeline:", on_click=_switch_on,
            help="Asks the model as it was at each kept step where every token went.",
        )  # fmt: skip
        return
    _strips(trace, status, arm, layer, steps)


@action
def _switch_on() -> None:
    here().kept[_ON] = True


def kept_steps(status: RunStatus) -> list[int]:
    """The kept steps, the newest state with them where it is at rest, at most MOST_STEPS."""
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

    The first step without an answer ends the asking: what ails it would most likely ail all.
    """
    state = load_asking()
    question = RoutesQuestion(arm.name, state.knobs, state.text[:MAX_TRACED_CHARACTERS])
    subject = (status.run_id, status.revision, arm.routing, repr(question))
    known: dict[Any, Routes] = here().kept.setdefault("known_routes", {})
    missing = [step for step in steps if (subject, step) not in known]
    progress = st.progress(0.0, "Asking the model at every kept step") if missing else None
    for count, step in enumerate(missing):
        try:
            known[subject, step] = engine().ask(status.run_id, question, step)
        except EngineError as error:
            st.text(f"Step {step:,} did not answer, and later ones were not asked: {error}")
            break
        if progress:
            progress.progress((count + 1) / len(missing), f"Step {step:,}")
    if progress:
        progress.empty()
    for oldest in list(known)[:-_MOST_ROUTES]:
        del known[oldest]
    return [known[subject, step] for step in steps if (subject, step) in known]
