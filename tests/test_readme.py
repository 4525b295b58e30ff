"""What README counts and bounds is what the code has."""

from __future__ import annotations

import dataclasses

import pytest

from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.released import released_models
from moeviz.analysis.experiments import EXPERIMENTS
from moeviz.analysis.stage_scenes import SCENES
from moeviz.config import DROP_POLICIES
from moeviz.data.domains import DOMAINS
from moeviz.engine.housekeeping import CLEAR_FIRST_S
from moeviz.engine.limits import Limits
from moeviz.routing.rules import ROUTING_RULES
from moeviz.ui.shared.navigation import PAGES
from tests.shown import ROOT

README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@pytest.mark.parametrize(
    ("count", "what"),
    [
        (len(FAMILIES), "values of `model_type` have a reader"),
        (len(released_models()), "models, printed figures"),
        (len(EXPERIMENTS), "experiments; the page checks"),
        (len(ROUTING_RULES), "routing rules"),
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
