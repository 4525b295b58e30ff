"""The lab's pictures over time, and whether a preset's promises have come true on this run."""

from __future__ import annotations

import streamlit as st

from moeviz.analysis.experiments import verdicts as judged
from moeviz.analysis.run_charts import run_charts_info
from moeviz.data.domains import domain_names
from moeviz.engine.protocol import RunStatus
from moeviz.figures.run_charts import run_charts as run_charts_figure
from moeviz.records import RunHistory
from moeviz.ui.components.run_charts import run_charts
from moeviz.ui.shared.lab_state import LabState, same_experiment
from moeviz.ui.shared.live import sentences
from moeviz.ui.shared.presets import BY_NAME
from moeviz.ui.shared.session import engine

_SIGNS = {
    "seen": ":material/check_circle:",
    "not yet": ":material/hourglass_empty:",
    "did not happen": ":material/cancel:",
    "not judged": ":material/block:",
}


def charts(status: RunStatus | None, state: LabState) -> None:
    """Cross-entropy, the chosen balance measure and the load over time, one axis of steps."""
    config = status.config if status else state.run_config()
    none_yet = {arm.name: RunHistory.of([]) for arm in config.arms}
    histories = engine().history(status.run_id) if status else none_yet
    info = run_charts_info(
        histories,
        status.marks if status else (),
        metric=state.metric,
        layer=state.layer,
        domains=domain_names(config.arms[0].train.user_text) if state.by_domain else (),
    )
    run_charts(run_charts_figure(info), key="charts")


def happening(status: RunStatus | None) -> None:
    """A sentence an arm."""
    with st.container(key="happening"):
        for sentence in sentences(status):
            st.text(sentence)


def verdicts(state: LabState, status: RunStatus | None) -> None:
    """What the preset promises, each with what the run has shown so far."""
    preset = BY_NAME.get(state.preset)
    if preset is None:
        return
    changed = "" if same_experiment(state, preset.state) else " You have changed its controls."
    st.markdown(f"**{preset.title}.** {preset.story}{changed}")
    config = status.config if status else state.run_config()
    none_yet = {arm.name: RunHistory.of([]) for arm in config.arms}
    histories = engine().history(status.run_id) if status else none_yet
    for each in judged(state.preset, histories):
        st.markdown(
            f"{_SIGNS[each['outcome']]} {each['claim']}: **{each['outcome']}** ({each['evidence']})"
        )


_NUMBERS = {
    "normalised_entropy": "entropy",
    "max_violation": "MaxVio",
    "load_cv": "CV",
    "max_over_mean": "max ÷ mean",
    "dead_experts": "dead",
    "dropped_fraction": "dropped",
    "load_balancing_loss": "balance loss",
    "router_z_loss": "z-loss",
}


def numbers(status: RunStatus | None) -> None:
    """Every measure of every arm's routed layers now, as a table; what each arm minimises."""
    if status is None or not status.latest:
        return
    rows = []
    for name, snapshot in status.latest.items():
        routed_layers, n_experts = snapshot.window_load.shape
        for layer in range(routed_layers if n_experts else 0):
            cells = [f"{getattr(snapshot, column)[layer]:.3g}" for column in _NUMBERS]
            rows.append(f"| {name}, {layer} | " + " | ".join(cells) + " |")
    head = f"| arm, layer | {' | '.join(_NUMBERS.values())} |\n|---{'|---:' * len(_NUMBERS)}|\n"
    st.markdown(head + "\n".join(rows))
    st.markdown(_losses(status))


def _losses(status: RunStatus) -> str:
    """What each arm adds to its cross-entropy, and its speed once there is one."""
    lines = []
    for name, s in status.latest.items():
        rate = round(status.tokens_per_s.get(name, 0))
        lines.append(
            f"{name}, in this step: cross-entropy {s.cross_entropy:.3f} + auxiliary "
            f"{s.auxiliary_loss:.4f} (scaled)" + (f", {rate:,} tokens/s" if rate else "")
        )
    return "  \n".join(lines)
