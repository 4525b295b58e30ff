"""One session's questions to a model: about what, which model answers, and the controls for both.

Shared by the pages that question a model, so that they show the same run, step and text. Knows
nothing of what a page makes of an answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import streamlit as st

from moeviz.config import KNOBS, ArmConfig, ConfigError, RunConfig
from moeviz.engine.protocol import EngineError, RunStatus
from moeviz.routing.names import check_names
from moeviz.texts import say_from
from moeviz.traces import Question
from moeviz.ui.inspect.kept_answers import KeptAnswers
from moeviz.ui.inspect.state import AskingState, from_query, to_query, trained_at_factors
from moeviz.ui.shared.controls import in_words, value_widget
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState
from moeviz.ui.shared.page_state import PageState
from moeviz.ui.shared.refusals import by_label
from moeviz.ui.shared.run_names import run_title
from moeviz.ui.shared.session import engine, not_known, owner, run_status, show_run, shown_run
from moeviz.ui.shared.session_state import action, here, report
from moeviz.ui.shared.shown import place_of, shown_in

FIRST_RUN = {"balancer": "switch", "top_k": 2}
"""Where the run that these pages start differs from the lab's defaults: balanced, two experts a
token, so that there is something to weigh and to combine."""

_NOW = "now"

_PAGES_OWN = ("capacity_factor", "top_k")
"""Knobs whose value a page may choose where the reader has said nothing; who says the run's own
value therefore has said something."""

say = say_from(__file__)


def load_asking() -> AskingState:
    """The state, from the address when it is new, else from the session.

    A page that is opened without an address follows the run that the tab showed last.
    """
    state = _asking.load()
    last = shown_run()
    if last not in ("", state.run) and "run" not in st.query_params:
        state = dataclasses.replace(state, run=last, arm="", step=None, token=None, expert=None)
        _asking.replace(state)
    return state


def write_asking_address() -> None:
    """Make the address say what the state says, and remember the run that the tab shows."""
    show_run(_asking.write_address().run)


def run_or_start() -> RunStatus | None:
    """The run that the pages show, the state fitted to it; without one, this browser's newest,
    and one of the capacity lab's own runs of several factors only where there is no other.

    A browser that has none gets a new run, untrained and paused. None before the browser has said
    who it is, which takes a fraction of a second, and when the engine refuses a run.
    """
    state = load_asking()
    status = run_status(state.run)
    if status is None:
        status = _newest_or_new()
        if state.run:
            _asking.refuse(not_known("run", state.run) + _shown_instead(status))
        run = status.run_id if status else ""
        _asking.replace(dataclasses.replace(state, run=run, arm="", step=None))
    if status is not None:
        _fit(load_asking(), status)
    return status


def _shown_instead(status: RunStatus | None) -> str:
    if status is None:
        return ""
    return say("shown_instead", run=run_title(status.config), step=f"{status.step:,}")


def _newest_or_new() -> RunStatus | None:
    try:
        runs = [run for run in engine().runs(owner()) if routed_arms(run.config)]
        for run in sorted(runs, key=lambda each: trained_at_factors(each.config)):
            return engine().latest(run.run_id)
        return engine().latest(engine().start(first_run(), owner(), paused=True))
    except EngineError as error:
        report(error)
        return None


def first_run() -> RunConfig:
    """The run that is started where there is none: the lab's model A alone."""
    return LabState(arms="a", shared={**DEFAULT_SHARED, **FIRST_RUN}).run_config()


def _fit(state: AskingState, status: RunStatus) -> None:
    """Take out of the state what this run does not have, with a notice each."""
    arms = routed_arms(status.config)
    if state.arm and state.arm not in arms:
        used = usual_arm(status.config) or "–"
        _asking.refuse(say("no_model", model=state.arm, used=used))
        state = dataclasses.replace(state, arm="")
    if state.step not in (None, status.step, *status.checkpoints):
        _asking.refuse(say("no_checkpoint", step=state.step))
        state = dataclasses.replace(state, step=None)
    arm = asked_arm(state, status)
    if arm is not None:
        layer = min(state.layer, arm.model.n_layers - 1)
        own = {
            name: value
            for name, value in state.knobs.items()
            if value != arm.knobs[name] or name in _PAGES_OWN
        }
        state = dataclasses.replace(state, layer=layer, knobs=own)
        try:
            arm.with_knobs(state.knobs)
        except ConfigError as error:
            _asking.refuse(say("refused_knobs", why=by_label(error)))
            state = dataclasses.replace(state, knobs={})
    _asking.replace(state)


def routed_arms(config: RunConfig) -> tuple[str, ...]:
    """The names of the arms that have a router."""
    return tuple(arm.name for arm in config.arms if not arm.model.is_dense)


def usual_arm(config: RunConfig) -> str:
    """The arm in question where nothing names one: B, which the lab balances; else the first that
    has a router, "" without one."""
    arms = routed_arms(config)
    return "B" if "B" in arms else next(iter(arms), "")


def asked_arm(state: AskingState, status: RunStatus | None) -> ArmConfig | None:
    """The arm in question, as the run trains it: without the question's own knobs."""
    if status is None:
        return None
    wanted = state.arm or usual_arm(status.config)
    arms = (arm for arm in status.config.arms if not arm.model.is_dense)
    return next((arm for arm in arms if arm.name == wanted), None)


def asked(question: Question) -> Any | None:
    """The answer of the model that the state names; None, and the refusal shown, without one."""
    return asked_at(question, load_asking().step)


def asked_at(question: Question, step: int | None) -> Any | None:
    """As `asked`, of the model at a checkpoint, or as it is now. The latest answers are kept."""
    status = run_status(load_asking().run)
    if status is None:
        return None
    routing = {arm.name: arm.routing for arm in status.config.arms}.get(question.arm)
    model = (status.run_id, status.revision, status.step if step is None else step, routing)
    answers: KeptAnswers = here().kept.setdefault("answers", KeptAnswers())
    key = (*model, repr(question))
    if key not in answers:
        try:
            with st.spinner(say("running")):
                answers.keep(key, engine().ask(status.run_id, question, step))
        except EngineError as error:
            st.error(say("no_answer"))
            st.text(str(error))
            return None
    return answers.get(key)


def subject_controls(state: AskingState, status: RunStatus | None, *, layer: bool = True) -> None:
    """The model in question, where the run has several, the layer and the training step.

    Args:
        layer: whether the page shows one of them.
    """
    arm = asked_arm(state, status)
    if status is None or arm is None:
        return
    arms = routed_arms(status.config)
    if len(arms) > 1:
        _choice("model", "arm", {name: name for name in arms}, arm.name, say("model.help"))
    if layer:
        layers = {each: f"{each}" for each in range(arm.model.n_layers)}
        words = say("layer.help", last=arm.model.n_layers - 1)
        _choice("layer", "layer", layers, state.layer, words)
    _step_slider(state, status)


def _choice(what: str, name: str, options: Mapping[Any, str], value: Any, words: str) -> None:
    key = f"asked_{name}"
    taken = shown_in(key, value, lambda new: change_asking(**{name: new}))
    st.selectbox(
        say(f"{what}.label"), list(options), place_of(value, list(options)), key=key,
        on_change=taken, format_func=options.__getitem__, help=words, width=72,
    )  # fmt: skip


def _step_slider(state: AskingState, status: RunStatus) -> None:
    """The checkpoints, and the model as it is now."""
    kept = [str(step) for step in status.checkpoints if step < status.step]
    shown = str(state.step) if str(state.step) in kept else _NOW

    def take(new: str) -> None:
        change_asking(step=None if new == _NOW else int(new))

    taken = shown_in("asked_step", shown, take)
    st.select_slider(
        say("step.label"), [*kept, _NOW], shown, key="asked_step", on_change=taken,
        disabled=not kept, help=say("step.help"), width=120,
    )  # fmt: skip


def asked_knob(
    name: str, state: AskingState, status: RunStatus | None, *, usual: Any = None, **more: Any
) -> None:
    """The widget of a routing knob for the question alone; the run keeps its own value.

    Args:
        usual: the page's value where the reader has said nothing, instead of the run's.
        more: for the widget, such as its width.
    """
    arm = asked_arm(state, status)
    if arm is None:
        return
    own = arm.knobs[name]
    unsaid = own if usual is None else usual

    def take(new: Any) -> None:
        others = {each: value for each, value in load_asking().knobs.items() if each != name}
        change_asking(knobs=others if new == unsaid else {**others, name: new})

    value = state.knobs.get(name, unsaid)
    note = say("knob_note", own=in_words(name, own))
    value_widget(KNOBS[name], value, f"asked_knob_{name}", take, note=note, **more)


def as_in_the_run(state: AskingState) -> None:
    """A button that takes all knobs of the question back to those of the run."""
    st.button(
        say("as_in_the_run.label"), key="as_in_the_run", icon=":material/restart_alt:",
        on_click=_reset, disabled=not state.knobs and not state.noise, type="tertiary",
        help=say("as_in_the_run.help"),
    )  # fmt: skip


@action
def _reset() -> None:
    change_asking(knobs={}, noise=False)


def _check(state: AskingState) -> None:
    check_names(state.knobs)
    arm = asked_arm(state, run_status(state.run)) or first_run().arms[0]
    arm.with_knobs(state.knobs)


def _with_the_tabs_run(state: AskingState) -> AskingState:
    """An address that names no run, like that of an experiment, is about the run of the tab."""
    before = _asking.before
    run = state.run or (before.run if before else "") or shown_run()
    arm = state.arm or (before.arm if before and before.run == run else "")
    return dataclasses.replace(state, run=run, arm=arm)


def has_notices() -> bool:
    """Whether the page shows what was refused in its address."""
    return _asking.has_notices


_asking = PageState("asking", from_query, to_query, _with_the_tabs_run, _check)
change_asking, show_asking_notices = _asking.change, _asking.show_notices
