"""The stage and what stands beside it: the source of the scene, or the token or expert picked.

One fragment: a scene that is reached and a click redraw only these. Knows nothing of how a trace
came about.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from moeviz.engine.protocol import RunStatus
from moeviz.figures.stage import stage_plan
from moeviz.traces import RoutingTrace
from moeviz.ui.asking import change_asking, load_asking, write_asking_address
from moeviz.ui.components.routing_stage import StageReport, routing_stage
from moeviz.ui.theatre_code import scene_source
from moeviz.ui.theatre_inspector import expert_panel, token_panel
from moeviz.ui.visit import action, here

_SIDES = {"code": "Code", "token": "Token", "expert": "Expert"}
_SIDE, _SCENE, _PLAN = "theatre_side", "theatre_scene", "theatre_plan"


def stage(trace: RoutingTrace | None, status: RunStatus | None, layer: int) -> None:
    """The stage on the left, its companion on the right; nothing where a text got no answer."""
    if trace is None and (status is None or load_asking().text):
        return
    plan = _plan_of(trace, status, layer)

    @st.fragment
    def theatre() -> None:
        state = load_asking()
        left, right = st.columns([2, 1], gap="medium")
        with left:
            report = routing_stage(
                plan,
                key="stage",
                picked_token=_within(state.token, len(plan["tokens"]) if plan else 0),
                picked_expert=_within(state.expert, plan["n_experts"] if plan else 0),
                first_scene=st.session_state.get(_SCENE, 0),
                on_pick=_heard,
                on_scene=_heard,
            )
        _obey(report)
        with right, st.container(key="theatre_side_panel"):
            if trace is not None:
                _companion(trace, status, layer)
        write_asking_address()

    theatre()


def _within(number: int | None, count: int) -> int | None:
    return number if number is not None and number < count else None


@action
def _heard() -> None:
    """What the stage reports is read off its return value."""


def _obey(report: StageReport) -> None:
    if report.scene:
        st.session_state[_SCENE] = report.scene["scene"]
    for what, picked in (("token", report.token), ("expert", report.expert)):
        if picked is not None:
            change_asking(**{what: picked[what]})
            st.session_state[_SIDE] = "code" if picked[what] is None else what


def _companion(trace: RoutingTrace, status: RunStatus | None, layer: int) -> None:
    state = load_asking()
    if st.session_state.setdefault(_SIDE, _first_side(state)) is None:
        st.session_state[_SIDE] = "code"
    side = st.segmented_control(
        "Beside the stage", list(_SIDES), key=_SIDE, format_func=_SIDES.__getitem__,
        label_visibility="collapsed", required=True,
        help="The source of the scene, or why the picked token or expert is as it is.",
    )  # fmt: skip
    if side == "token":
        token_panel(trace, status, layer, state.token)
    elif side == "expert":
        expert_panel(trace, layer, state.expert)
    else:
        scene_source(trace, layer, st.session_state.get(_SCENE, 0))


def _first_side(state: Any) -> str:
    return "token" if state.token is not None else "expert" if state.expert is not None else "code"


def _plan_of(
    trace: RoutingTrace | None, status: RunStatus | None, layer: int
) -> dict[str, Any] | None:
    """The plan; what changed against the one before it, where the same layer was asked otherwise.

    Experts of two layers, or of two runs, have nothing but their numbers in common; and what a
    model has learnt meanwhile is for the strips to show.
    """
    if trace is None or status is None:
        return None
    subject = (status.run_id, status.revision, load_asking().arm, trace.step, layer)
    known_subject, known = here().kept.get(_PLAN, (None, None))
    plan = stage_plan(trace, layer)
    if known is not None and known["rev"] == plan["rev"]:
        return dict(known)
    if known is not None and known_subject == subject:
        plan = stage_plan(trace, layer, before=known)
    here().kept[_PLAN] = (subject, plan)
    return plan
