"""The tests' stand-in for the browser writes the address as the browser's own code does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pages.live import parameters_of

CASES = Path(__file__).parents[1] / "js" / "fixtures" / "addresses.json"


@pytest.mark.parametrize(
    "case", json.loads(CASES.read_text("utf-8")), ids=lambda case: case["what"]
)
def test_the_stand_in_writes_the_address_as_run_control_js_does(case):
    assert parameters_of(case["state"], case["address"], case["moved"]) == case["parameters"]
