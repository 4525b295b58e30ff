"""The stage and the strips draw a plan in the colours that experts have everywhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from moeviz.analysis.routing_stage import stage_plan
from moeviz.analysis.saturation_strips import strips_plan
from moeviz.figures.theme.palette import expert_colours
from moeviz.ui.components.route_strips import route_strips
from moeviz.ui.components.routing_stage import routing_stage
from tests.made_up_traces import made_up_trace, routes_of


@pytest.fixture
def sent(monkeypatch):
    """What the browser is sent."""
    data: dict[str, Any] = {}

    def mount(**arguments):
        data.update(arguments["data"])
        return SimpleNamespace(token=None, expert=None, scene=None, step=None)

    for name in ("route_strips", "routing_stage"):
        monkeypatch.setattr(f"moeviz.ui.components.{name}._mount", mount)
    return data


@pytest.mark.parametrize("n_experts", [2, 8, 64])
def test_every_expert_of_the_stage_has_its_colour(sent, n_experts: int):
    plan = stage_plan(made_up_trace(5, n_experts), 0)
    routing_stage(plan, key="stage")
    assert sent["plan"] == {**plan, "colours": list(expert_colours(n_experts))}


def test_an_empty_stage_stays_empty(sent):
    routing_stage(None, key="stage")
    assert sent["plan"] is None


@pytest.mark.parametrize("n_steps", [0, 1])
def test_every_expert_of_the_strips_has_its_colour(sent, n_steps: int):
    routes = [routes_of(20, np.array([[[7], [0]]]))][:n_steps]
    plan = strips_plan(("a", "b"), routes, 0, 8)
    route_strips(plan, key="strips", step=20, token=None, on_choose=lambda: None)
    assert sent["plan"] == {**plan, "colours": list(expert_colours(8))}
