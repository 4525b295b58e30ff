"""One visit: who is looking, which run the tab shows, what the lab's state is, what was refused."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import streamlit as st

from moeviz.config import ConfigError
from moeviz.engine.protocol import Engine, EngineError, RunStatus, UnknownRun
from moeviz.engine.runtime import engine as process_engine
from moeviz.engine.start_config import start_config
from moeviz.live.gate import BROWSER_COOKIE, valid_name
from moeviz.live.records import ADDRESSED
from moeviz.ui.shared.lab_address import from_query, to_query
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState, same_experiment
from moeviz.ui.shared.page_state import PageState
from moeviz.ui.shared.presets import named
from moeviz.ui.shared.refusals import LABELS, by_label
from moeviz.ui.shared.visit import (
    DoneInPart,
    here,
    redraw,
)

PREPARED = "prepared_run"
"""Under this name a visit keeps the run that a page has prepared."""


def engine() -> Engine:
    """The process's engine."""
    return process_engine()


def owner() -> str:
    """Who this browser is: what its cookie says; one that takes none is somebody new in each tab.

    The name is what the browser claims: unguessable, hence as good as a password, and nothing more.
    """
    return browsers_name() or here().name


def browsers_name() -> str | None:
    """The name that the browser's cookie carries; None without one."""
    return valid_name(st.context.cookies.get(BROWSER_COOKIE))


@dataclasses.dataclass
class _Shown:
    """The run that the tab shows; `""` for none."""

    run: str = ""


def _left(shown: _Shown) -> None:
    """The tab was closed or reloaded: train no more for nobody. Whoever looks again resumes it."""
    if shown.run:
        with contextlib.suppress(EngineError):
            engine().close(shown.run)


@st.cache_resource(scope="session", on_release=_left, show_spinner=False)
def _shown() -> _Shown:
    return _Shown()


def load_state() -> LabState:
    """The lab's state, from the address when it is new, else from the session."""
    return _lab.load()


def shown_state() -> LabState:
    """The state that a page shows: without a run that was deleted since the page was opened."""
    state = load_state()
    if state.run and run_status(state.run) is None:
        replace_state(dataclasses.replace(state, run=""))
    return load_state()


def change_state(**changes: Any) -> None:
    """Replace fields of the state; ConfigError, and no change, when they describe no run."""
    _lab.change(**changes)


def replace_state(state: LabState) -> None:
    """Take another state."""
    _lab.replace(state)


def write_address() -> None:
    """Make the address say what the state says, and remember what to leave when the tab closes."""
    show_run(_lab.write_address().run)


def show_run(run_id: str) -> None:
    """Remember the run that the tab shows: it pauses when the tab closes."""
    _shown().run = run_id


def shown_run() -> str:
    """The run that the tab showed last, on any page; "" for none, and for one only prepared."""
    with contextlib.suppress(UnknownRun):
        if engine().latest(tabs_run(), watching=False).begun:
            return tabs_run()
    return ""


def tabs_run() -> str:
    """As `shown_run`, also one that has not begun."""
    return _shown().run


def show_notices() -> None:
    """What was refused in the address, until the next address."""
    _lab.show_notices()


def run_status(run_id: str) -> RunStatus | None:
    """Where the run stands, or None when there is none (any more)."""
    if not run_id:
        return None
    try:
        return engine().latest(run_id)
    except UnknownRun:
        return None


@contextlib.contextmanager
def runs_may_go() -> Iterator[None]:
    """Draw again, without it, when a run was deleted elsewhere between two looks at it."""
    try:
        yield
    except UnknownRun:
        redraw()


def last_run() -> str:
    """The newest trained run of this browser, or ""."""
    runs = engine().runs(owner())
    return next((run.run_id for run in runs if not run.untrained), "")


def _from_query(query: Mapping[str, str]) -> tuple[LabState, list[str]]:
    """What the parameters say; a run that there is not is refused like any bad value."""
    state, notices = from_query(query)
    if not state.run or run_status(state.run):
        return state, notices
    return dataclasses.replace(state, run=""), [*notices, not_known("run", state.run)]


def not_known(name: str, run_id: str) -> str:
    """What is said of an address whose parameter names a run that there is not."""
    return f"{name}={run_id} is not known here: it was deleted, or belongs to another server."


def _as_its_run(state: LabState) -> LabState:
    """The state that an address leads to, told by the run that it names.

    The run knows its live knobs better than an address that was written earlier, and the user's
    own text is in no address. An address that says nothing but the run takes all controls from it,
    and what is expected of the experiment that they are.
    """
    status = run_status(state.run)
    if status is None:
        return _as_before(state)
    config = start_config(status.config, status.started, status.step)
    if same_experiment(state, LabState()):
        return named(dataclasses.replace(state, **LabState.fields_of(config)))
    text = config.arms[0].train.user_text
    told = dataclasses.replace(state.in_force(config), user_text=text)
    try:
        told.run_config()
    except ConfigError:
        return dataclasses.replace(state, user_text=text)
    return told


def _as_before(state: LabState) -> LabState:
    """With the user's own text where nothing is new but what the browser writes by itself.

    Otherwise a link was followed: what it leads to is prepared anew, without what was pressed on
    the run that is left.
    """
    before = _lab.before
    if before is not None and _but_for_the_browsers(before) == _but_for_the_browsers(state):
        return dataclasses.replace(state, user_text=before.user_text)
    here().kept.pop(PREPARED, None)
    return state


def _but_for_the_browsers(state: LabState) -> LabState:
    """Without the own text, and without what the browser writes into the address."""
    usual = {name: DEFAULT_SHARED[name] for name in ADDRESSED}
    plain = LabState()
    shown = {name: getattr(plain, name) for name in ("until", "until_value", "metric", "layer")}
    return dataclasses.replace(
        state,
        shared={**state.shared, **usual},
        b_values={**state.b_values, **usual},
        user_text="",
        by_domain=False,
        **shown,
    )


_lab = PageState("lab", _from_query, to_query, _as_its_run, LabState.run_config)


def show_refusal(labels: Mapping[str, str] = LABELS, *, at: Collection[str] | None = None) -> None:
    """The last refused action, once.

    Args:
        labels: what the page's controls call the fields; the lab's knobs are the usual ones.
        at: only what a widget of these keys was refused. An open door shows its own: on a phone it
            covers the page's.
    """
    visit = here()
    if at is not None and visit.refused_at not in at:
        return
    refusal, visit.refusal = visit.refusal, None
    if refusal is not None:
        in_part = isinstance(refusal, DoneInPart)
        st.error("Refused in part." if in_part else "Refused. Nothing was changed.")
        st.text(by_label(refusal, labels))
