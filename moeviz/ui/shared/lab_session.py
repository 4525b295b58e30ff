"""The lab's state in this session: what its controls say, and how it follows address and run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from moeviz.config import ConfigError, RunConfig
from moeviz.live.records import ADDRESSED
from moeviz.ui.shared.lab_address import from_query, to_query
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState, same_experiment
from moeviz.ui.shared.page_state import PageState
from moeviz.ui.shared.presets import named
from moeviz.ui.shared.session import not_known, run_status
from moeviz.ui.shared.session_state import action, entered, here

STAGE = "stage"
"""The key of the live stage on the pages that show a run."""

_PREPARED = "prepared_run"


@dataclasses.dataclass(frozen=True, slots=True)
class Prepared:
    """A run that waits for its start, and the controls' run that it was prepared for."""

    run_id: str
    made_for: RunConfig


def prepared() -> Prepared | None:
    """The run that this session's pages have prepared; None without one."""
    kept: Prepared | None = here().kept.get(_PREPARED)
    return kept


def keep_prepared(run_id: str, config: RunConfig, state: LabState) -> None:
    """Keep to a prepared run of this config.

    Where another model was pressed than the controls say, they say what was pressed.
    """
    models, said = ([arm.model for arm in each.arms] for each in (config, state.run_config()))
    if models != said:
        state = state.with_knobs_of(config, ADDRESSED)
    if state != load_state():
        replace_state(state)
    here().kept[_PREPARED] = Prepared(run_id, state.run_config())


def leave_prepared() -> None:
    """Whatever the controls say is prepared anew."""
    here().kept.pop(_PREPARED, None)


def _from_query(query: Mapping[str, str]) -> tuple[LabState, list[str]]:
    """What the parameters say; a run that there is not is refused like any bad value."""
    state, notices = from_query(query)
    if not state.run or run_status(state.run):
        return state, notices
    return dataclasses.replace(state, run=""), [*notices, not_known("run", state.run)]


def _as_its_run(state: LabState) -> LabState:
    """The state that an address leads to, with the knobs of the run that it names.

    The run's live knobs replace those of an address that was written earlier; the user's own text
    is in no address. An address with nothing but the run takes all controls from the run, and the
    claims of the experiment that they belong to.
    """
    status = run_status(state.run)
    if status is None:
        return _as_before(state)
    config = status.again
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
    leave_prepared()
    return state


def _but_for_the_browsers(state: LabState) -> LabState:
    """Without the own text, and without what the browser writes into the address."""
    usual = {name: DEFAULT_SHARED[name] for name in ADDRESSED}
    fields = ("until", "metric", "layer", "by_domain", "tour", "user_text")
    return dataclasses.replace(
        state,
        shared={**state.shared, **usual},
        b_values={**state.b_values, **usual},
        **{name: getattr(LabState(), name) for name in fields},
    )


_lab = PageState("lab", _from_query, to_query, _as_its_run, LabState.run_config)
load_state, change_state, replace_state = _lab.load, _lab.change, _lab.replace
show_notices = _lab.show_notices


def address_reads() -> int:
    """How often the state was read from an address: at first, by links, by *back*."""
    return _lab.reads


def shown_state() -> LabState:
    """The state that a page shows: without a run that was deleted since the page was opened."""
    state = load_state()
    if state.run and run_status(state.run) is None:
        replace_state(dataclasses.replace(state, run=""))
    return load_state()


@action
def keep_run() -> None:
    """Show the run that the tab goes on showing, as its stage says.

    When a session is lost (the server was restarted, the computer slept), Streamlit's frontend
    tells the next one the address as the lost one wrote it: without the run, where that began
    later. The tab knows its run. And a press may have led to a prepared one, which no address
    names.
    """
    run = entered(STAGE).kept
    status = run_status(run) if isinstance(run, str) else None
    if status is None:
        return
    if status.begun:
        replace_state(_as_its_run(dataclasses.replace(load_state(), run=status.run_id)))
    else:
        keep_prepared(status.run_id, status.config, dataclasses.replace(load_state(), run=""))


def write_address() -> None:
    """Make the address say what the state says."""
    _lab.write_address()
