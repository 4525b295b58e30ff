"""What README counts and bounds is what the code has."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.released import released_models
from moeviz.analysis.experiments import EXPERIMENTS
from moeviz.analysis.stage_scenes import SCENES
from moeviz.config import DROP_POLICIES
from moeviz.data.domains import DOMAINS
from moeviz.engine.housekeeping import CLEAR_FIRST_S
from moeviz.engine.limits import Limits
from moeviz.routing.balancers import BALANCERS, StepRouting
from moeviz.routing.routers import ROUTERS
from moeviz.training.conventions import made_up_routing
from moeviz.ui.shared.navigation import PAGES
from tests import oracles
from tests.shown import ROOT

README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@pytest.mark.parametrize(
    ("count", "what"),
    [
        (len(FAMILIES), "values of `model_type` have a reader"),
        (len(released_models()), "models, printed figures"),
        (len(EXPERIMENTS), "experiments; the page checks"),
        (len(ROUTERS), "routers"),
        (len(DROP_POLICIES), "drop policies"),
        (len(SCENES), "scenes: " + ", ".join(SCENES)),
        (len(DOMAINS), "domains of text"),
        (len([page for page in PAGES if page.section == "Cost"]), "pages of closed forms"),
    ],
)
def test_what_is_counted_is_there_so_often(count, what):
    said = NUMBERS[count] if count < len(NUMBERS) else str(count)
    assert f"{said} {what}" in README or f"{said.capitalize()} {what}" in README


def test_unused_runs_are_deleted_after_time_of_serving():
    helps = {each.name: each.metadata["help"] for each in dataclasses.fields(Limits)}
    assert helps["untrained_run_hours"].startswith("Hours of serving")
    assert helps["unseen_run_days"].startswith("Days of serving")
    assert CLEAR_FIRST_S == 3600
    assert (
        "deleted, but never within an hour of a start. Only the time that a server runs" in README
    )
    assert "after `MOEVIZ_UNTRAINED_RUN_HOURS` hours" in README
    assert "after `MOEVIZ_UNSEEN_RUN_DAYS` days" in README


def test_the_new_balancer_of_the_readme_is_what_its_oracle_says(monkeypatch: pytest.MonkeyPatch):
    """Both as the diff adds them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    diff = text.partition("```diff\n")[2].partition("```")[0]
    files = {
        name.partition("\n")[0]: "\n".join(line[1:] for line in name.split("\n")[1:])
        for name in diff.split("+++ ")[1:]
    }
    monkeypatch.setattr(BALANCERS, "_choices", dict(BALANCERS))
    exec(files["moeviz/routing/balancers/max_load.py"], {})
    oracle = dict(vars(oracles))
    exec(files["tests/oracles.py"], oracle)
    logits = torch.randn(2, 20, 5, generator=torch.Generator().manual_seed(0))
    layers = [made_up_routing(each, each.topk(2, dim=-1).indices) for each in logits]
    ours = BALANCERS["max_load"].loss(StepRouting(tuple(layers), 1), {}).item()
    theirs = sum(
        oracle["busiest_loss"](each.router_probs.tolist(), each.chosen_index.tolist())
        for each in layers
    )
    assert ours == pytest.approx(theirs, rel=1e-5)
