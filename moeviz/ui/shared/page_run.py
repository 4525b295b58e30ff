"""The run that a page shows: the one that its address names, else one prepared for its controls.

A prepared run costs nothing until it begins, so that a page always has one: *Start*, the switches
and the knobs act on it by the channel, before it trains as well as while it does. Knows nothing of
how a run is drawn.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from moeviz.config import ConfigError, RunConfig
from moeviz.engine.protocol import EngineError, RunStatus, UnknownRun
from moeviz.figures.theme.palette import ARM_COLOURS
from moeviz.live.control_links import PARAMETER
from moeviz.live.messages import View
from moeviz.live.records import ADDRESSED, record
from moeviz.live.rights import WATCH_ONLY, Forbidden, rights
from moeviz.records import DEAD_SHARE, WINDOW_STEPS
from moeviz.ui.shared.lab_address import live_parameters
from moeviz.ui.shared.lab_session import keep_prepared, leave_prepared, load_state, prepared
from moeviz.ui.shared.lab_state import LabState, same_experiment
from moeviz.ui.shared.presets import BY_NAME
from moeviz.ui.shared.session import engine, owner, run_status, show_run, tabs_run
from moeviz.ui.shared.session_state import Refused, here, report


def page_run(state: LabState) -> RunStatus | None:
    """The run of the page, which the tab remembers; None when the server refuses to prepare one,
    which the page says.
    """
    status = run_status(state.run)
    if status is not None:
        leave_prepared()  # a page that leaves this run gets a new one
    else:
        status = _prepared(state)
    show_run(status.run_id if status else "")
    return status


def _prepared(state: LabState) -> RunStatus | None:
    """The run that was prepared for these controls, or has begun unheard; else a new one."""
    kept = prepared()
    status = run_status(kept.run_id) if kept else None
    if status is not None and status.begun:
        return status
    wanted = state.run_config()
    if kept and status:
        wanted = _with_presses(wanted, kept.made_for, status.config)
    try:
        run_id = status.run_id if status and status.config == wanted else _prepare(wanted)
    except Refused as error:
        report(error)
        return None
    keep_prepared(run_id, wanted, state)
    return engine().latest(run_id)


def _prepare(config: RunConfig) -> str:
    return engine().prepare(config, owner())


def _with_presses(wanted: RunConfig, before: RunConfig, now: RunConfig) -> RunConfig:
    """The controls' run with what was pressed on the one before: the controls may not know of it.

    Of a knob that they say anew they have the last word; of the others the run has it.
    """
    told = {arm.name: arm.knobs for arm in before.arms}
    pressed = {arm.name: arm.knobs for arm in now.arms}
    try:
        return RunConfig(
            tuple(
                arm.with_knobs(_unheard(arm.knobs, told[arm.name], pressed[arm.name]))
                if arm.name in told and arm.name in pressed
                else arm
                for arm in wanted.arms
            )
        )
    except ConfigError:  # what was pressed does not go with the new model
        return wanted


def _unheard(
    wanted: Mapping[str, Any], told: Mapping[str, Any], pressed: Mapping[str, Any]
) -> dict[str, Any]:
    return {name: pressed[name] for name in ADDRESSED if wanted[name] == told[name]}


def shown_status() -> RunStatus | None:
    """The run that the page shows, for an action: also one whose address is still to come."""
    return run_status(load_state().run or tabs_run())


def leave_run() -> None:
    """Let the page's run pause, where this browser may act on it; it stays among its runs.

    What the controls then say is prepared anew, whatever was pressed on the one that is left.
    """
    leave_prepared()
    status = shown_status()
    if status is not None and may_control(status):
        with contextlib.suppress(UnknownRun):
            engine().pause(status.run_id)


def run_data(status: RunStatus, state: LabState, view: View) -> dict[str, Any]:
    """What a live component needs to follow the run: the right to it, and what its address says.

    A run without a step comes with its first record, so that its picture waits for no channel.
    """
    shown = {"experiment": experiment_shown(state), "address": live_parameters(state)}
    first = None if status.step else record(status, {}, view, None)[0]
    return {**right_to(status), "view": view, "record": first, **shown}


def right_to(status: RunStatus) -> dict[str, Any]:
    """What a component needs to follow a run, and to act on it where this browser may.

    It hears of no figures, and leaves the address to the page's script.
    """
    control = may_control(status)
    return {
        "id": status.run_id,
        "token": rights().token(status.run_id, "control" if control else "watch"),
        "control": control,
        "watch_only": WATCH_ONLY,
        "view": "status",
        "experiment": "",
        "address": None,
        "record": None,
        "session": here().mark,
    }


def may_control(status: RunStatus) -> bool:
    """Whether this browser may act on the run: it is its own, or its control link was opened."""
    try:
        return engine().may_control(status.run_id, owner())
    except EngineError:
        return False


def refuse_control_link() -> None:
    """Say why a control link gives no right; one that does is answered before any page."""
    token = st.query_params.get(PARAMETER)
    if token is None:
        return
    del st.query_params[PARAMETER]
    try:
        rights().right(token).check_control()
    except Forbidden as error:
        report(error)


def experiment_shown(state: LabState) -> str:
    """The named experiment that the controls are, or ""."""
    preset = BY_NAME.get(state.preset)
    return preset.name if preset and same_experiment(state, preset.state) else ""


def picture_data() -> dict[str, Any]:
    """What every live picture needs of the package's constants."""
    return {
        "dead": DEAD_SHARE,
        "window_steps": WINDOW_STEPS,
        "arm_colours": list(ARM_COLOURS),
        "gap_colour": ARM_COLOURS[-1],
    }
