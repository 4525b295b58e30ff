"""Short runs at several capacity factors, trained on request: the cost to models that adapt to one.

A normal run of up to four arms, which differ in their factor alone. Knows nothing of pictures of
batches.
"""

from __future__ import annotations

import math

import streamlit as st

from moeviz.analysis.capacity_training import DROPLESS, TrainedAt, trained_at
from moeviz.analysis.run_charts import arm_lines
from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.protocol import RunStatus, Until
from moeviz.figures.run_charts import run_charts as run_charts_figure
from moeviz.records import WINDOW_STEPS
from moeviz.texts import say_from
from moeviz.ui.components.number_field import number_field
from moeviz.ui.components.run_charts import run_charts
from moeviz.ui.components.run_line import Line
from moeviz.ui.inspect.asking import change_asking, load_asking
from moeviz.ui.inspect.following import follow
from moeviz.ui.inspect.state import TRAINED_FACTORS, TRAINED_STEPS, trained_at_factors
from moeviz.ui.inspect.training import live_line
from moeviz.ui.shared.session import engine, not_known, owner, run_status, runs_may_go
from moeviz.ui.shared.session_state import action, here
from moeviz.ui.shared.tables import markdown_table

ARM_NAMES = "ABCD"
REFRESH_S = 3.0
"""Between two drawings of what is known so far."""

_STEPS = "capacity_steps"

say = say_from(__file__)


def capacity_run_config(arm: ArmConfig) -> RunConfig:
    """The arm's model, data and seed at every factor. "A" is the tightest, the last is dropless.

    Arms are called A to D, as the lab expects where such a run is opened.
    """
    knobs = arm.knobs
    return RunConfig(
        tuple(
            ArmConfig.of(name, {**knobs, "capacity_factor": factor})
            for name, factor in zip(ARM_NAMES, TRAINED_FACTORS, strict=True)
        )
    )


def trained_run() -> str:
    """The run that the address names; where it names none, this browser's newest; or ""."""
    named = load_asking().trained
    if named:
        return named
    mine = (each for each in engine().runs(owner()) if trained_at_factors(each.config))
    return next((each.run_id for each in mine), "")


def training_cost(arm: ArmConfig) -> None:
    """The button, how the training stands, and what came of it."""
    status = run_status(trained_run())
    st.markdown(f"## {say('title')}")
    _controls(arm, status)
    if status is None:
        gone = not_known("trained", load_asking().trained)
        st.text(gone if load_asking().trained else say("none"))
        named = ", ".join(map(_named, TRAINED_FACTORS))
        st.markdown(say("plan", factors=len(TRAINED_FACTORS), named=named))
        return
    goal = load_asking().trained_steps or 0
    line = Line(say("cancel"), say("cancel_help"), goal=goal, span=goal)
    live_line(status, line, key="capacity_line")
    _results_so_far(status)


def _controls(arm: ArmConfig, status: RunStatus | None) -> None:
    training = status is not None and status.trains
    with st.container(horizontal=True, vertical_alignment="bottom", key="capacity_training"):
        number_field(
            TRAINED_STEPS, _steps(), _take_steps, key="steps_each", disabled=training, width=130
        )
        if not training:
            first = say("start", factors=len(TRAINED_FACTORS))
            label = first if status is None else say("again")
            st.button(
                label, key="capacity_train", icon=":material/play_arrow:", on_click=_train,
                args=(arm,),
            )  # fmt: skip


def _steps() -> int:
    """How far the next training goes: as the reader said, else as far as the last one."""
    return int(here().kept.get(_STEPS) or load_asking().trained_steps or TRAINED_STEPS.default)


def _take_steps(new: int) -> None:
    here().kept[_STEPS] = new


@action
def _train(arm: ArmConfig) -> None:
    steps = _steps()
    run_id = engine().start(capacity_run_config(arm), owner(), paused=True)
    engine().resume(run_id, Until("step", steps))
    change_asking(trained=run_id, trained_steps=steps)


@st.fragment
def _results_so_far(at_first: RunStatus) -> None:
    """What is known of the run, and again every few seconds while it trains and is seen."""
    status = run_status(at_first.run_id)
    if status is None:  # deleted elsewhere: the line above says so
        return
    with runs_may_go():
        _results(status)
    if status.trains:
        follow(status, key="capacity_follows", shown=status.step, every_s=REFRESH_S)


def _results(status: RunStatus) -> None:
    factors = {arm.name: _named(arm.routing.capacity_factor) for arm in status.config.arms}
    found = engine().history(status.run_id)
    histories = {said: found[name] for name, said in factors.items() if name in found}
    if len(histories) < len(factors):
        st.text(say("waiting"))
        return
    lines, words = st.columns([2, 3], gap="medium")
    with lines:
        run_charts(run_charts_figure(arm_lines(histories)), key="capacity_charts")
    with words:
        st.markdown(results_table(trained_at(histories)))


def _named(factor: float | None) -> str:
    return DROPLESS if factor is None else f"CF {factor:g}"


def results_table(arms: tuple[TrainedAt, ...]) -> str:
    """Loss against the factor on the same steps, and the load of each arm's experts."""
    if not arms:
        return say("no_step")
    head = (
        "trained at", "loss", "above dropless", "held-out loss", "entropy", "highest load",
        "dropped",
    )  # fmt: skip
    rows = [
        (
            arm.name,
            f"{arm.cross_entropy:.3f}",
            _above(arm),
            _number(arm.held_out),
            f"{arm.entropy:.3f}",
            f"{arm.highest_processed:.2f} × even",
            f"{100 * arm.dropped:.1f} %",
        )
        for arm in arms
    ]
    legend = say("table", step=f"{arms[0].step:,}", window=WINDOW_STEPS)
    return f"{markdown_table(head, rows, words=1)}\n\n{legend}"


def _above(arm: TrainedAt) -> str:
    if math.isnan(arm.above_dropless):
        return "–"
    width = "" if math.isnan(arm.half_width) else f"\u202f±\u202f{arm.half_width:.3f}"
    return f"{arm.above_dropless:+.3f}{width}"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"
