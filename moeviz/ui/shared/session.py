"""One session: who is looking, which run the tab shows, what was refused."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping

import streamlit as st

from moeviz.engine.protocol import Engine, RunStatus, UnknownRun
from moeviz.engine.runtime import engine as process_engine
from moeviz.live.gate import BROWSER_COOKIE, valid_name
from moeviz.ui.shared.refusals import LABELS, by_label
from moeviz.ui.shared.session_state import DoneInPart, here, redraw


def engine() -> Engine:
    """The process's engine."""
    return process_engine()


def owner() -> str:
    """The browser's name: from its cookie; without cookies each tab has a name of its own.

    The name cannot be guessed, so it works like a password, and nothing more.
    """
    return browsers_name() or here().name


def browsers_name() -> str | None:
    """The name that the browser's cookie carries; None without one."""
    return valid_name(st.context.cookies.get(BROWSER_COOKIE))


def show_run(run_id: str) -> None:
    """Remember the run that the tab shows."""
    here().shown = run_id


def shown_run() -> str:
    """The run that the tab showed last, on any page; "" without one, and for a prepared one."""
    with contextlib.suppress(UnknownRun):
        if not engine().latest(tabs_run(), watching=False).prepared:
            return tabs_run()
    return ""


def tabs_run() -> str:
    """As `shown_run`, also one that is only prepared."""
    return here().shown


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


def not_known(name: str, run_id: str) -> str:
    """What is said of an address whose parameter names a run that there is not."""
    why = "it was deleted, belongs to another server, or cannot be read"
    return f"{name}={run_id} is not known here: {why}."


def show_refusal(labels: Mapping[str, str] = LABELS, *, at: Collection[str] | None = None) -> None:
    """The last refused action, once.

    Args:
        labels: what the page's controls call the fields; the lab's knobs are the usual ones.
        at: only what a widget of these keys was refused. On a phone an open popover covers the
            refusals of the page, so it shows its own.
    """
    session = here()
    # Always there: fields that it moved would be built anew, without what was typed into them.
    with st.container():
        if at is not None and session.refused_at not in at:
            return
        refusal, session.refusal = session.refusal, None
        if refusal is not None:
            in_part = isinstance(refusal, DoneInPart)
            st.error("Refused in part." if in_part else "Refused. Nothing was changed.")
            st.text(by_label(refusal, labels))
