"""A browser's runs in a list, and what can be done with them.

Knows nothing of how runs are kept.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from moeviz.analysis.arms import arm_summary
from moeviz.analysis.export import config_json, history_csv, history_json
from moeviz.analysis.metrics import METRICS
from moeviz.analysis.run_charts import changes_by_hand, compared_runs, run_charts_info
from moeviz.engine.protocol import EngineError, RunSummary
from moeviz.figures.run_charts import run_charts
from moeviz.figures.theme.html import to_html
from moeviz.records import KnobMark, RunHistory
from moeviz.texts import page_texts, say_from
from moeviz.ui.components.run_charts import run_charts as live_charts
from moeviz.ui.runs.forks import departures
from moeviz.ui.shared.lab_address import to_query
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.presets import named
from moeviz.ui.shared.run_names import run_title
from moeviz.ui.shared.session import engine
from moeviz.ui.shared.session_state import DoneInPart, action

MAX_COMPARED = 6
TEXTS = page_texts(__file__)

say = say_from(__file__)


def run_table(runs: Sequence[RunSummary], on_select: Callable[[], None]) -> list[RunSummary]:
    """The runs, newest first; returns the selected ones.

    Streamlit knows a selection by row number. With other runs in the rows it begins anew, or the
    tick of a deleted run would go to its successor, with the deletion's popover still open.
    """
    cells = [
        {
            "started": at_time(run.created_unix_s),
            "title": "; ".join([_title(run, runs), *_changed(run)]),
            "state": say(f"state.{run.state}"),
            "step": run.step,
            "models": "; ".join(f"{a.name}: {arm_summary(a)}" for a in run.config.arms),
            "cross_entropy": ", ".join(
                f"{name} {loss:.3f}" for name, loss in run.last_cross_entropy.items()
            ),
        }
        for run in runs
    ]
    event = st.dataframe(
        [{say(f"column.{name}"): cell for name, cell in row.items()} for row in cells],
        key=f"runs_{_digest(runs)}",
        column_config={
            say(f"column.{name}"): st.column_config.Column(help=say(f"column_help.{name}"))
            for name in cells[0]
        },
        on_select=on_select,
        selection_mode="multi-row",
        hide_index=True,
        width="stretch",
    )
    return [runs[i] for i in event.selection.rows if i < len(runs)]


def _digest(runs: Sequence[RunSummary]) -> str:
    return hashlib.sha256(" ".join(run.run_id for run in runs).encode()).hexdigest()[:12]


def at_time(unix_s: float) -> str:
    """Date and time where the server is."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(unix_s))


def _title(run: RunSummary, runs: Sequence[RunSummary]) -> str:
    """What the run is; a fork is what its source is, so it names that."""
    title = run_title(run.config)
    if run.origin is None:
        return title
    step = f"{run.origin.step:,}"
    for each in runs:
        if each.run_id == run.origin.run_id:
            return say("forked_from", title=title, step=step, started=at_time(each.created_unix_s))
    return say("forked", title=title, step=step)


def _changed(run: RunSummary) -> list[str]:
    """The last change by hand, and how many there were; nothing where there was none."""
    changes = changes_by_hand(run.marks, run.config.arms)
    if not changes:
        return []
    last = say("changed.last", change=changes[-1].label, step=f"{changes[-1].step:,}")
    return [last if len(changes) == 1 else say("changed.often", count=len(changes), last=last)]


def _said(
    numbered: Mapping[str, RunSummary],
    runs: Sequence[RunSummary],
    departed: Mapping[str, tuple[int, str]],
) -> str:
    """What the numbers mean that name the lines: a line's end has no space for more."""
    return "\n".join(
        say(
            "compare.run",
            number=number,
            title=_title(run, runs),
            started=at_time(run.created_unix_s),
            progress=_progress(run, departed.get(number)),
        )
        for number, run in numbered.items()
    )


def _progress(run: RunSummary, departed: tuple[int, str] | None) -> str:
    if not run.step:
        return say("compare.no_step")
    if departed is None:
        return say("compare.step", step=f"{run.step:,}")
    since, older = departed
    shared = {"from": f"{since:,}", "older": older}
    return say("compare.shared", step=f"{run.step:,}", **shared)


def downloads(run: RunSummary) -> None:
    """Open the run in the lab, or take its config, history and charts as files."""
    status = engine().latest(run.run_id, watching=False)
    fields = LabState.fields_of(status.again)
    with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
        query = to_query(named(LabState(run=run.run_id, **fields)))
        st.page_link(LAB, label=say("open"), icon=":material/open_in_new:", query_params=query)
        for label, (name, make) in _files(run).items():
            st.download_button(
                say(f"file.{label}"), make, f"moeviz-{name}", key=f"take_{name}", on_click="ignore"
            )
        if status.checkpoints:
            step = status.checkpoints[-1]
            st.download_button(
                say("file.weights", step=f"{step:,}"),
                lambda: engine().checkpoint(run.run_id, step),
                f"moeviz-step-{step}.safetensors",
                key="take_weights", on_click="ignore", help=say("file.weights_help"),
            )  # fmt: skip


def _files(run: RunSummary) -> dict[str, tuple[str, Callable[[], str]]]:
    """By label, each file's name and what makes it: on a click, since a long run takes seconds."""

    def history() -> Mapping[str, RunHistory]:
        return engine().history(run.run_id)

    def marks() -> tuple[KnobMark, ...]:
        return engine().latest(run.run_id, watching=False).marks

    return {
        "config": ("config.json", lambda: config_json(run.config)),
        "history_json": ("history.json", lambda: history_json(run.config, marks(), history())),
        "history_csv": ("history.csv", lambda: history_csv(history())),
        "charts": (
            "charts.html",
            lambda: to_html(run_charts(run_charts_info(history(), marks()))),
        ),
    }


def with_deletion(runs: Sequence[RunSummary]) -> None:
    """Delete the selected runs, after a second click."""
    one = len(runs) == 1
    what = say("delete.one") if one else say("delete.several", count=len(runs))
    with st.popover(say("delete.label", what=what), icon=":material/delete:"):
        st.markdown(say("delete.words"))
        st.button(
            say("delete.confirm", what=what), key="delete", type="primary", on_click=delete,
            args=([run.run_id for run in runs],),
        )  # fmt: skip


@action
def delete(run_ids: Sequence[str]) -> None:
    """The callback that deletes these runs, as far as they can be deleted."""
    refused: list[EngineError] = []
    for run_id in run_ids:
        try:
            engine().delete(run_id)
        except EngineError as error:
            refused.append(error)
    if refused and len(refused) < len(run_ids):
        done, count = len(run_ids) - len(refused), len(run_ids)
        raise DoneInPart(say("delete.in_part", done=done, count=count, why=refused[0]))
    if refused:
        raise refused[0]


def comparison(chosen: Sequence[RunSummary], runs: Sequence[RunSummary]) -> None:
    """Every arm of the chosen ones of these runs on the same axes."""
    if len(chosen) > MAX_COMPARED:
        st.markdown(say("compare.most", most=MAX_COMPARED))
    left, right = st.columns(2)
    labels = {name: metric.label for name, metric in METRICS.items()}
    metric = left.selectbox(
        say("compare.metric"),
        list(labels),
        format_func=labels.__getitem__,
        key="m",
        help=say("compare.metric_help"),
    )
    layers = max(arm.model.n_layers for run in chosen for arm in run.config.arms)
    layer = right.selectbox(
        say("compare.layer"),
        range(layers),
        key="l",
        help=say("compare.layer_help", last=layers - 1),
    )
    numbered = {str(n): run for n, run in enumerate(chosen[:MAX_COMPARED], 1)}
    histories = {n: engine().history(run.run_id) for n, run in numbered.items() if run.step}
    departed = departures(numbered, runs, histories)
    st.text(_said(numbered, runs, departed))
    if histories:
        begin = {number: step for number, (step, _) in departed.items()}
        figure = run_charts(compared_runs(histories, metric=metric, layer=layer, begin=begin))
        live_charts(figure, key="compared")
