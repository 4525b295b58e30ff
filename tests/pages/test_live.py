"""What a page shows of a run while it trains."""

from __future__ import annotations

import pytest

from moeviz.config import ArmConfig
from moeviz.engine.protocol import RunStatus
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.live import TICK_S, bars_of, live_panel, status_line


@pytest.mark.parametrize(
    ("knobs", "share"),
    [
        ({"n_experts": 64, "batch_size": 1, "context_length": 8}, 1 / 8),  # 1 of 8, not 1/64
        ({"n_experts": 8, "batch_size": 2, "context_length": 32, "top_k": 2}, 1 / 8),
        ({"n_experts": 3, "batch_size": 1, "context_length": 16, "top_k": 2}, 11 / 32),
        ({"n_experts": 8, "capacity_factor": None}, None),
    ],
)
def test_the_line_across_the_bars_is_the_capacity_that_the_model_has(knobs, share):
    arm = ArmConfig.of("A", {"capacity_factor": 1.0, **knobs})
    (bars,) = bars_of(None, (arm,))
    assert bars["capacity_share"] == share


@pytest.mark.parametrize(
    ("state", "obeyed", "ticks"),
    [("running", True, True), ("paused", False, True), ("paused", True, False)],
)
def test_a_panel_ticks_until_no_step_is_to_come(monkeypatch, state, obeyed, ticks):
    config = LabState().run_config()
    status = RunStatus("run", state, config, config, 9, {}, {}, obeyed=obeyed)
    every: list[float | None] = []
    monkeypatch.setattr("moeviz.ui.shared.live.run_status", lambda run_id: status)

    def fragment(run_every: float | None):
        every.append(run_every)
        return lambda panel: panel

    monkeypatch.setattr("streamlit.fragment", fragment)
    live_panel("run", lambda status: None)
    assert every == [TICK_S if ticks else None]


def line(state: str, step: int, **more) -> str:
    config = LabState().run_config()
    status = RunStatus(
        "run", state, config, config, step, **{"latest": {}, "tokens_per_s": {}, **more}
    )
    return status_line(status)


def test_no_rate_is_named_before_there_is_one():
    assert line("running", 1) == line("running", 1, tokens_per_s={"A": 0.0, "B": 0.2})
    assert line("running", 1) == "Training  ·  step 1"
    assert line("running", 9, tokens_per_s={"A": 500.0, "B": 700.0}).endswith("1,200 tokens/s")


def test_a_step_that_the_reason_names_is_named_once():
    assert line("paused", 28, reason="reached step 28") == "Paused: reached step 28"
    assert line("finished", 9, reason="reached step 9, the most").endswith("9, the most")
    assert line("paused", 9, reason="loss 5.4 at step 9: arm A").endswith("9: arm A")
    assert line("paused", 28, reason="reached step 2").endswith("  ·  step 28")
    assert line("paused", 128, reason="reached step 28").endswith("  ·  step 128")


def test_what_befell_the_worker_is_in_the_line_that_stands_first():
    assert line("running", 9, notice="the worker was restarted").endswith("worker was restarted")
