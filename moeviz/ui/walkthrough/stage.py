"""The stage and what stands beside it: the scene in words or code, or the token or expert picked.

One fragment: a scene that is reached and a click redraw only these. Knows nothing of how a trace
came about.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from moeviz.analysis.routing_stage import stage_plan
from moeviz.engine.protocol import RunStatus
from moeviz.texts import say_from
from moeviz.traces import RoutingTrace
from moeviz.ui.components.routing_stage import StageReport, routing_stage
from moeviz.ui.inspect.asking import change_asking, has_notices, load_asking, write_asking_address
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.shared.session import run_status
from moeviz.ui.shared.session_state import action, here, redraw
from moeviz.ui.walkthrough.code import scene_source
from moeviz.ui.walkthrough.controls import shown_trace, trace_question
from moeviz.ui.walkthrough.inspector import expert_panel, token_panel
from moeviz.ui.walkthrough.live import follow_on, follows, hold_button, let_read, moment
from moeviz.ui.walkthrough.words import scene_words

_SIDES = {"words": "Words", "token": "Token", "expert": "Expert", "code": "Code"}
_SIDE, _SCENE, _PLAN = "walkthrough_side", "walkthrough_scene", "walkthrough_plan"
_WANTED = "walkthrough_side_wanted"

say = say_from(__file__)


def stage(trace: RoutingTrace | None, status: RunStatus | None) -> None:
    """The stage on the left, its companion on the right; nothing where a text got no answer.

    While it follows a model that trains it asks anew, every second or two, as long as it is seen.
    """
    if trace is None and (status is None or load_asking().text):
        return
    following = follows(load_asking(), status)
    drawn = False  # the page has just asked for the trace and the status of the first drawing

    @st.fragment
    def walkthrough() -> None:
        nonlocal drawn
        state, now, shown = load_asking(), status, trace
        if drawn:
            now = run_status(status.run_id if status else "")
            if follows(state, now) != following:
                redraw()  # what stands around the stage says so too
            shown = shown_trace(state, now) or trace if following else trace
        drawn = True
        _scene_and_companion(shown, now, state)
        if following and now is not None:
            follow_on(now, shown.step if shown else -1)
        write_asking_address()

    walkthrough()


def _scene_and_companion(
    trace: RoutingTrace | None, status: RunStatus | None, state: AskingState
) -> None:
    plan = _plan_of(trace, status, state)
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
    with right, st.container(key="walkthrough_side_panel"):
        if trace is not None:
            _companion(trace, status)


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
            noticed = has_notices()
            change_asking(**{what: picked[what]})
            show_beside("words" if picked[what] is None else what)
            if noticed:
                redraw()  # the notices above the stage go with the change


def _companion(trace: RoutingTrace, status: RunStatus | None) -> None:
    state = load_asking()
    layer = state.layer
    wanted = here().kept.pop(_WANTED, None)
    if wanted or st.session_state.get(_SIDE) is None:
        st.session_state[_SIDE] = wanted or _first_side(state)
    with st.container(horizontal=True, vertical_alignment="center", key="walkthrough_side_choice"):
        side = st.segmented_control(
            say("label"), list(_SIDES), key=_SIDE, format_func=_SIDES.__getitem__,
            label_visibility="collapsed", required=True, help=say("help"),
        )  # fmt: skip
        if status is not None and status.trains:
            hold_button(state, status, trace.step)
    if side == "token":
        token_panel(trace, status, layer, state.token)
    elif side == "expert":
        expert_panel(trace, layer, state.expert)
    elif side == "code":
        scene_source(trace, layer, st.session_state.get(_SCENE, 0))
    else:
        scene_words(trace, status, layer, st.session_state.get(_SCENE, 0))


def show_beside(side: str) -> None:
    """Show "words", "code", "token" or "expert" beside the stage from its next drawing on."""
    here().kept[_WANTED] = side


def _first_side(state: Any) -> str:
    return "token" if state.token is not None else "expert" if state.expert is not None else "words"


def _plan_of(
    trace: RoutingTrace | None, status: RunStatus | None, state: AskingState
) -> dict[str, Any] | None:
    """The plan; what changed against the one before it, where the same layer was asked otherwise.

    Experts of two layers, or of two runs, have nothing but their numbers in common; and what a
    model has learnt meanwhile is for the strips to show. While the model trains, the few steps
    between the two settings are said. Answers to one question, of whatever step, are one `story`.
    """
    if trace is None or status is None:
        return None
    subject = (status.run_id, status.revision, state.arm, state.layer)
    asks = repr(trace_question(state, status))
    known_subject, known_asks, known = here().kept.get(_PLAN, (None, "", None))
    plan = stage_plan(trace, state.layer)
    if known is not None and known["rev"] == plan["rev"]:
        plan = known
    elif known is not None and known_subject == subject:
        steps = plan["step"] - known["step"]
        if known_asks != asks and (not steps or follows(state, status)):
            plan = stage_plan(trace, state.layer, before=known)
            plan["trained_since"] = steps
            if follows(state, status) and any((plan["changed"] or {}).values()):
                let_read()
        plan["story"] = known["story"] + (known_asks != asks)
    else:
        plan["story"] = known["story"] + 1 if known is not None else 0
    here().kept[_PLAN] = (subject, asks, plan)
    return {**plan, "moment": moment() if follows(state, status) else ""}
