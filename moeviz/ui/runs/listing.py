"""The list of a browser's runs and what can be done with them. Knows not how runs are kept."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from moeviz.analysis.arms import arm_summary
from moeviz.analysis.export import history_csv, history_json
from moeviz.analysis.metrics import METRICS
from moeviz.analysis.run_charts import compared_runs, run_charts_info
from moeviz.engine.protocol import EngineError, RunSummary
from moeviz.figures.run_charts import run_charts
from moeviz.figures.theme.html import to_html
from moeviz.records import KnobMark, RunHistory
from moeviz.ui.components.run_charts import run_charts as live_charts
from moeviz.ui.runs.forks import departures
from moeviz.ui.shared.lab_address import to_query
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.presets import named
from moeviz.ui.shared.run_names import experiment_of
from moeviz.ui.shared.session import engine
from moeviz.ui.shared.visit import DoneInPart, action

MAX_COMPARED = 6
STATE_WORDS = {
    "starting": "Getting ready",
    "running": "Training",
    "paused": "Paused",
    "finished": "Finished",
    "failed": "Stopped for good",
    "recovering": "Recovering",
}


def run_table(runs: Sequence[RunSummary]) -> list[RunSummary]:
    """The runs, newest first; returns the selected ones.

    Streamlit knows a selection by row number. With other runs in the rows it begins anew, or the
    tick of a deleted run would go to its successor, with the deletion's popover still open.
    """
    rows = [
        {
            "Started": _started(run),
            "Experiment": _name(run, runs),
            "State": STATE_WORDS[run.state],
            "Steps": run.step,
            "Arms": "; ".join(f"{a.name}: {arm_summary(a)}" for a in run.config.arms),
            "Cross-entropy, nats": ", ".join(
                f"{name} {loss:.3f}" for name, loss in run.last_cross_entropy.items()
            ),
        }
        for run in runs
    ]
    event = st.dataframe(
        rows,
        key=f"runs_{_digest(runs)}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        width="stretch",
    )
    return [runs[i] for i in event.selection.rows if i < len(runs)]


def _digest(runs: Sequence[RunSummary]) -> str:
    return hashlib.sha256(" ".join(run.run_id for run in runs).encode()).hexdigest()[:12]


def _started(run: RunSummary) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.created_unix_s))


def _name(run: RunSummary, runs: Sequence[RunSummary]) -> str:
    """Its experiment; a fork's has the same as the run that it comes from, which is told."""
    if run.origin is None:
        return experiment_of(run.config)
    source = [f" from {_started(each)}" for each in runs if each.run_id == run.origin.run_id]
    return f"{experiment_of(run.config)}, forked at step {run.origin.step:,}" + "".join(source)


def _said(
    numbered: Mapping[str, RunSummary],
    runs: Sequence[RunSummary],
    departed: Mapping[str, tuple[int, str]],
) -> str:
    """What the numbers mean that name the lines, which have no room for more."""
    lines = []
    for number, run in numbered.items():
        done = f"step {run.step:,}" if run.step else "no step done, so nothing to draw"
        if number in departed:
            step, older = departed[number]
            done += f", drawn from step {step:,} on: before, it is {older}"
        lines.append(f"{number}: {_name(run, runs)}; started {_started(run)}; {done}")
    return "\n".join(lines)


def downloads(run: RunSummary) -> None:
    """Open the run in the lab, or take its config, history and charts as files."""
    status = engine().latest(run.run_id, watching=False)
    fields = LabState.fields_of(status.again)
    with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
        query = to_query(named(LabState(run=run.run_id, **fields)))
        st.page_link(
            LAB, label="Open in the lab", icon=":material/open_in_new:", query_params=query
        )
        for label, (name, make) in _files(run).items():
            st.download_button(label, make, f"moeviz-{name}", key=f"take_{name}", on_click="ignore")
        if status.checkpoints:
            st.download_button(
                "Weights, safetensors",
                lambda: engine().checkpoint(run.run_id, status.checkpoints[-1]),
                f"moeviz-step-{status.checkpoints[-1]}.safetensors",
                key="take_weights", on_click="ignore",
            )  # fmt: skip


def _files(run: RunSummary) -> dict[str, tuple[str, Callable[[], str]]]:
    """Each file's name and what makes it: on a click, for a long run's take seconds to make."""

    def history() -> Mapping[str, RunHistory]:
        return engine().history(run.run_id)

    def marks() -> tuple[KnobMark, ...]:
        return engine().latest(run.run_id, watching=False).marks

    return {
        "Config, JSON": ("config.json", lambda: json.dumps(run.config.to_json(), indent=1)),
        "History, JSON": ("history.json", lambda: history_json(run.config, marks(), history())),
        "History, CSV": ("history.csv", lambda: history_csv(history())),
        "Charts, HTML": (
            "charts.html",
            lambda: to_html(run_charts(run_charts_info(history(), marks()))),
        ),
    }


def with_deletion(runs: Sequence[RunSummary]) -> None:
    """Delete the selected runs, after a second click."""
    noun = "this run" if len(runs) == 1 else f"these {len(runs)} runs"
    with st.popover(f"Delete {noun}", icon=":material/delete:"):
        st.markdown("History and checkpoints are removed for good.")
        st.button(
            f"Delete {noun} for good", key="delete", type="primary", on_click=_delete,
            args=([run.run_id for run in runs],),
        )  # fmt: skip


@action
def _delete(run_ids: Sequence[str]) -> None:
    refused: list[EngineError] = []
    for run_id in run_ids:
        try:
            engine().delete(run_id)
        except EngineError as error:
            refused.append(error)
    if refused and len(refused) < len(run_ids):
        done = f"{len(run_ids) - len(refused)} of {len(run_ids)} runs are deleted"
        raise DoneInPart(f"{done}: {refused[0]}")
    if refused:
        raise refused[0]


def comparison(chosen: Sequence[RunSummary], runs: Sequence[RunSummary]) -> None:
    """Every arm of the chosen ones of these runs on the same axes."""
    if len(chosen) > MAX_COMPARED:
        st.markdown(f"Compare at most {MAX_COMPARED} runs; the first {MAX_COMPARED} are drawn.")
    left, right = st.columns(2)
    labels = {name: metric.label for name, metric in METRICS.items()}
    metric = left.selectbox(
        "Balance measure",
        list(labels),
        format_func=labels.__getitem__,
        key="m",
        help="One of the lab's measures, for all selected runs.",
    )
    layers = max(arm.model.n_layers for run in chosen for arm in run.config.arms)
    layer = right.selectbox(
        "Layer", range(layers), key="l", help=f"Layers 0 to {layers - 1}, as the models count them."
    )
    numbered = {str(n): run for n, run in enumerate(chosen[:MAX_COMPARED], 1)}
    histories = {n: engine().history(run.run_id) for n, run in numbered.items() if run.step}
    departed = departures(numbered, runs, histories)
    st.text(_said(numbered, runs, departed))
    if histories:
        begin = {number: step for number, (step, _) in departed.items()}
        figure = run_charts(compared_runs(histories, metric=metric, layer=layer, begin=begin))
        live_charts(figure, key="compared")
