"""The new run that a changed model needs: what has changed, and the choice to start it.

Knows nothing of charts.
"""

from __future__ import annotations

import streamlit as st

from moeviz.config import KNOBS, ArmConfig, RunConfig
from moeviz.engine.protocol import RunStatus
from moeviz.engine.until import parse_until
from moeviz.texts import say_from
from moeviz.ui.components.new_run import new_run
from moeviz.ui.shared.lab_address import shown_parameters, value_of
from moeviz.ui.shared.lab_session import change_state, load_state
from moeviz.ui.shared.lab_state import ARM_NAMES, RESTART_KNOBS, LabState
from moeviz.ui.shared.page_run import leave_run, may_control, shown_status
from moeviz.ui.shared.session import engine, owner
from moeviz.ui.shared.session_state import action, entered

say = say_from(__file__)

_START = "do_new"


@action
def start_new() -> None:
    """Leave the shown run as it is and train a new one with the controls' values.

    It trains until the limit that the press names: the state may know an older one.
    """
    until, state = value_of("until", str(entered(_START).start)), load_state()
    if running := shown_status():
        state = state.in_force(running.again)
    run_id = engine().prepare(state.run_config(), owner())
    engine().resume(run_id, parse_until(until))
    leave_run()
    change_state(run=run_id, until=until)


@action
def _show(run_id: str) -> None:
    """Show a run, with the controls that describe it."""
    status = engine().latest(run_id)
    change_state(run=run_id, **LabState.fields_of(status.again))


def new_run_banner(state: LabState, status: RunStatus | None) -> None:
    """Say which changed controls the shown run cannot take, and offer the run that can."""
    if status is None:
        return
    changes = restart_changes(state.run_config(), status.config)
    if not changes:
        if _dense_widths(state.run_config()) != _dense_widths(status.config):
            st.text(say("banner.width"))
        return
    with st.container(horizontal=True, vertical_alignment="center", key="new_run"):
        whose = "" if may_control(status) else say("banner.others")
        st.warning(say("banner.changes", changes="; ".join(changes)) + whose)
        until = shown_parameters(state)["until"]
        new_run(say("banner.start"), until, key=_START, on_start=start_new)
        st.button(say("banner.keep"), key="do_keep", on_click=_show, args=(status.run_id,))


def _dense_widths(config: RunConfig) -> list[int]:
    """They follow A's k at the start; a later change of k does not resize a model."""
    return [arm.model.dense_width for arm in config.arms]


def restart_changes(wanted: RunConfig, running: RunConfig) -> list[str]:
    """What the controls set that the running models cannot take over, in words.

    Arms that no control describes stay.
    """
    now = {arm.name: arm for arm in running.arms}
    changes = []
    for arm in wanted.arms:
        if arm.name not in now:
            changes.append(say("change.new", name=arm.name))
        else:
            changes += _arm_changes(arm, now.pop(arm.name))
    gone = [say("change.gone", name=name) for name in now if name in ARM_NAMES]
    return list(dict.fromkeys(changes + gone))


def _arm_changes(wanted: ArmConfig, running: ArmConfig) -> list[str]:
    a, b = wanted.knobs, running.knobs
    changes = [
        say("change.knob", label=KNOBS[name].label, was=b[name], now=a[name])
        for name in RESTART_KNOBS
        if a[name] != b[name]
    ]
    if a["user_text"] != b["user_text"]:
        changes.append(say("change.text"))
    if wanted.schedule != running.schedule:
        changes.append(say("change.schedule", name=wanted.name))
    return changes
