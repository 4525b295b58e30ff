"""The browser's reading of a number, `knob_numbers.js`, and `Knob.parse` agree on a table of texts.

The same table is read by `tests/js/knob_numbers_test.js`.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from moeviz.config import ConfigError, Knob
from moeviz.ui.components.number_field import described

TABLE = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "knob_texts.json").read_text(encoding="utf-8")
)
NAMES = {
    "multipleOf": "multiple_of",
    "noneMeans": "none_means",
    "fromNone": "from_none",
}
UNBOUNDED = {"low": -math.inf, "high": math.inf}


def knob_of(told: dict) -> Knob:
    """The knob that a description in the browser's names is of."""
    fields = {NAMES.get(name, name): value for name, value in told.items()}
    fields |= {name: bound for name, bound in UNBOUNDED.items() if fields[name] is None}
    del fields["called"], fields["bound"]
    return Knob(**{**fields, "help": ""}, default=None)


KNOBS = {told["name"]: knob_of(told) for told in TABLE["knobs"]}


@pytest.mark.parametrize("told", TABLE["knobs"], ids=lambda told: told["name"])
def test_a_knob_is_described_to_the_browser_as_the_table_has_it(told):
    assert described(KNOBS[told["name"]]) == told


@pytest.mark.parametrize("case", TABLE["cases"])
def test_a_text_is_read_or_refused_as_the_table_says(case):
    knob = KNOBS[case["knob"]]
    text = case.get("before", "") + case["text"] * case.get("times", 1)
    if "got" in case:
        with pytest.raises(ConfigError) as refusal:
            knob.parse(text)
        told = str(refusal.value.by_names({knob.name: knob.label}))
        assert told == f"{knob.label} must be {knob.bound}, got {case['got']}"
    else:
        assert repr(knob.parse(text)) == repr(case["value"])
