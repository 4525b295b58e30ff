"""Play, pause, step, reset, and the new run that a changed model needs.

Turns the controls' state into requests to the engine. Knows nothing of charts.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import streamlit as st

from moeviz.config import KNOBS, LIVE_KNOBS, ArmConfig, RunConfig
from moeviz.engine.protocol import RunStatus, UnknownRun, Until
from moeviz.engine.start_config import start_config
from moeviz.ui.shared.lab_state import ARM_NAMES, RESTART_KNOBS, LabState
from moeviz.ui.shared.live import TICKING
from moeviz.ui.shared.session import change_state, engine, identified, load_state, owner, run_status
from moeviz.ui.shared.visit import Refused, action, here, redraw

_FORKED = "forked"

PATIENCE_S = 3.0
"""So long a press that starts a run waits for the browser's name, which comes in a fraction."""


def transport(status: RunStatus | None, *, stepping: bool) -> None:
    """The row of buttons: *Start*, or *Pause* and *Play*; *Step* where wanted; *Reset*."""
    if identified() and here().waiting:
        _obey_waiting()
        redraw()
    ended = _has_ended(status)
    if _is_running(status):
        _button("Pause", "pause", pause, shortcut="Space")
    else:
        label = _play_label(status)
        _button(label, "play_arrow", play, shortcut="Space", type="primary", disabled=ended)
    if stepping:
        _button("Step", "skip_next", step, shortcut="Right", disabled=ended)
    _button("Reset", "restart_alt", reset, disabled=status is None)


def what_to_press(status: RunStatus | None) -> str:
    """A sentence that names the button which lets the models train; "" where none does."""
    if _is_running(status) or _has_ended(status):
        return ""
    return f"Press *{_play_label(status)}*."


def _is_running(status: RunStatus | None) -> bool:
    return status is not None and status.state in TICKING


def _has_ended(status: RunStatus | None) -> bool:
    return status is not None and status.state in ("finished", "failed")


def _play_label(status: RunStatus | None) -> str:
    return "Start" if status is None or status.step == 0 else "Play"


def _button(label: str, icon: str, act: object, **more: object) -> None:
    st.button(label, icon=f":material/{icon}:", key=f"do_{label.lower()}", on_click=act, **more)  # type: ignore[arg-type]


def _waits(act: Callable[[], None]) -> bool:
    """Whether a press that starts a run waits for the browser's name: see `identified`.

    A browser that stays silent is heard without one.
    """
    visit = here()
    if identified() or time.monotonic() > visit.began_s + PATIENCE_S:
        _obey_waiting()
        return False
    visit.waiting.append(act)
    return True


@action
def _obey_waiting() -> None:
    """Do what was pressed before the browser had said who it is."""
    waiting = here().waiting
    while waiting:
        waiting.pop(0)()


@action
def play() -> None:
    """Start a run, or go on with the one that is shown."""
    if not engine_has(load_state().run) and _waits(play):
        return
    state = load_state()
    if engine_has(state.run):
        engine().resume(state.run, until_of(state))
    else:
        start_new()


@action
def start_new() -> None:
    """Leave the shown run as it is and train a new one with the controls' values."""
    state = load_state()
    _start(state, lambda run_id: engine().resume(run_id, until_of(state)))
    with contextlib.suppress(UnknownRun):
        engine().pause(state.run)


def _start(state: LabState, act: Callable[[str], None]) -> None:
    """Show a new run on which something is done; where that is refused there is no such run."""
    run_id = engine().start(state.run_config(), owner(), paused=True)
    try:
        act(run_id)
    except Refused:
        engine().delete(run_id)
        raise
    change_state(run=run_id)


@action
def pause() -> None:
    """Stop before the next step."""
    engine().pause(load_state().run)


@action
def step() -> None:
    """Do one step, then pause; the first one starts a run."""
    if not engine_has(load_state().run) and _waits(step):
        return
    state = load_state()
    if engine_has(state.run):
        engine().step(state.run)
    else:
        _start(state, engine().step)


@action
def reset() -> None:
    """Back to step 0 of the same seed, with the knobs as the controls start."""
    state = load_state()
    status = engine().latest(state.run)
    knobs = {
        arm.name: {name: arm.knobs[name] for name in LIVE_KNOBS}
        for arm in state.run_config().arms
        if arm.name in [each.name for each in status.started.arms]
    }
    engine().reset(state.run, knobs)


@action
def rewind_to(step: int) -> None:
    """Back to a kept step, with the knobs that were in force there."""
    run_id = load_state().run
    engine().rewind(run_id, step)
    _show(run_id)


@action
def fork_from(step: int) -> None:
    """Show a new run that shares this one's history up to a kept step; this one stays as it is."""
    run_id = load_state().run
    forked = engine().fork(run_id, step, owner())
    _show(forked)
    engine().pause(run_id)
    here().kept[_FORKED] = (forked, step)


def say_forked(status: RunStatus | None) -> None:
    """That the run on the page is a new one, until it goes on: it looks as its past did."""
    if status is not None and here().kept.get(_FORKED) == (status.run_id, status.step):
        st.text(
            f"This is a new run, forked at step {status.step:,}. Turn a knob and press Play; the "
            "run that it comes from waits in Your runs."
        )


@action
def _show(run_id: str) -> None:
    """Show a run, with the controls that describe it."""
    status = engine().latest(run_id)
    config = start_config(status.config, status.started, status.step)
    change_state(run=run_id, **LabState.fields_of(config))


def engine_has(run_id: str) -> bool:
    """Whether there is such a run."""
    return run_status(run_id) is not None


def until_of(state: LabState) -> Until | None:
    """The condition at which the run pauses by itself."""
    if state.until == "never":
        return None
    return Until(state.until, state.until_value or 0.0)  # type: ignore[arg-type]


def new_run_banner(state: LabState, status: RunStatus | None) -> None:
    """Say which changed controls the shown run cannot take, and offer the run that can."""
    if status is None:
        return
    changes = restart_changes(state.run_config(), status.config)
    if not changes:
        if _dense_widths(state.run_config()) != _dense_widths(status.config):
            st.text("The dense baseline keeps the width that it was started with.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="new_run"):
        st.warning("This needs a new run from step 0: " + "; ".join(changes) + ".")
        st.button("Start the new run", type="primary", key="do_new", on_click=start_new)
        st.button("Keep this run", key="do_keep", on_click=_show, args=(status.run_id,))


def _dense_widths(config: RunConfig) -> list[int]:
    """They follow A's k at the start; a k that is turned later does not resize a model."""
    return [arm.model.dense_width for arm in config.arms]


def restart_changes(wanted: RunConfig, running: RunConfig) -> list[str]:
    """What the controls ask for that the running models cannot take over, in words.

    Arms that no control can describe stay: nobody asked for their going.
    """
    now = {arm.name: arm for arm in running.arms}
    changes = []
    for arm in wanted.arms:
        if arm.name not in now:
            changes.append(f"arm {arm.name} is new")
        else:
            changes += _arm_changes(arm, now.pop(arm.name))
    gone = [f"arm {name} goes" for name in now if name in ARM_NAMES]
    return list(dict.fromkeys(changes + gone))


def _arm_changes(wanted: ArmConfig, running: ArmConfig) -> list[str]:
    a, b = wanted.knobs, running.knobs
    changes = [
        f"{KNOBS[name].label} {b[name]} → {a[name]}" for name in RESTART_KNOBS if a[name] != b[name]
    ]
    if a["user_text"] != b["user_text"]:
        changes.append("your text")
    if wanted.schedule != running.schedule:
        changes.append(f"the scheduled change of arm {wanted.name}")
    return changes
