"""An exported run says all that was recorded, and parses back to it."""

from __future__ import annotations

import csv
import io
import json
import math
import re

import numpy as np
import pytest

from moeviz.analysis.export import config_json, history_csv, history_json
from moeviz.config import ArmConfig, RunConfig
from moeviz.records import COLUMNS, WINDOW_STEPS, KnobMark, RunHistory
from tests.snapshots import history

SHAPES = {"A": (2, 3), "B": (1, 4), "Dense, equal active FLOPs": (2, 0)}


@pytest.fixture
def histories() -> dict[str, RunHistory]:
    return {
        name: history(steps, np.full((layers, experts), 1 / max(experts, 1)), cross_entropy=1 / 3)
        for steps, (name, (layers, experts)) in zip((3, 2, 3), SHAPES.items(), strict=True)
    }


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_number_comes_back_from_csv(histories):
    rows = rows_of(history_csv(histories))
    assert [row["model"] for row in rows] == ["A"] * 3 + ["B"] * 2 + [[*SHAPES][2]] * 3
    for name, original in histories.items():
        mine = [row for row in rows if row["model"] == name]
        for column in COLUMNS:
            for where in np.ndindex(original[column].shape):
                cell = column + "".join(f"[{i}]" for i in where[1:])
                text, value = mine[where[0]][cell], original[column][where]
                assert text == "" if math.isnan(value) else np.float32(text) == np.float32(value)


def test_csv_leaves_empty_what_a_model_does_not_have(histories):
    first = {row["model"]: row for row in rows_of(history_csv(histories))}
    assert first["A"]["window_load[0][3]"] == ""
    assert first["B"]["window_load[1][0]"] == ""
    assert first["B"]["window_load[0][3]"] == "0.25"
    dense = first["Dense, equal active FLOPs"]
    assert dense["normalised_entropy[1]"] == dense["window_load[0][0]"] == ""


def test_each_layers_word_after_each_step_is_exported():
    load = [[0.97, 0.01, 0.01, 0.01], [0.25] * 4]
    run = {"A": history(WINDOW_STEPS, load)}
    told = json.loads(history_json(RunConfig((ArmConfig("A"),)), (), run))["models"]["A"]["verdict"]
    rows = rows_of(history_csv(run))
    expected = [["early", "early"]] * (WINDOW_STEPS - 1) + [["collapsed", "balanced"]]
    assert told == [[row["verdict[0]"], row["verdict[1]"]] for row in rows] == expected


def test_csv_names_each_column_once(histories):
    header = next(csv.reader(io.StringIO(history_csv(histories))))
    assert len(set(header)) == len(header)
    assert header[:2] == ["model", "step"]


def test_no_history_is_a_header_alone():
    assert rows_of(history_csv({"A": RunHistory.of([])})) == []
    assert rows_of(history_csv({})) == []


def test_json_has_config_marks_and_columns_and_no_nan(histories):
    config = RunConfig((ArmConfig("A"), ArmConfig("B")))
    marks = (KnobMark(2, "B", {"capacity_factor": None}),)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    data = json.loads(history_json(config, marks, histories), parse_constant=refuse)
    assert RunConfig.from_json({"arms": data["config"].pop("models")}) == config
    assert data["config"] == {}
    assert data["marks"] == [{"step": 2, "model": "B", "knobs": {"capacity_factor": None}}]
    for name, original in histories.items():
        for column in COLUMNS:
            back = np.array(data["models"][name][column], dtype=np.float32)
            np.testing.assert_array_equal(back, original[column].astype(np.float32))


def test_an_infinite_value_is_null_in_json():
    broken = {"A": history(1, cross_entropy=math.inf)}
    data = json.loads(history_json(RunConfig((ArmConfig("A"),)), (), broken))
    assert data["models"]["A"]["cross_entropy"] == [None]


def test_a_configuration_is_that_of_each_model():
    config = RunConfig((ArmConfig("A"), ArmConfig("B")))
    data = json.loads(config_json(config))
    assert RunConfig.from_json({"arms": data.pop("models")}) == config
    assert data == {}


def test_an_exported_file_says_model_and_never_arm(histories):
    config = RunConfig(tuple(ArmConfig(name) for name in "AB"))
    marks = (KnobMark(2, "B", {"top_k": 2}),)
    for text in (
        config_json(config),
        history_json(config, marks, histories),
        history_csv(histories),
    ):
        assert "model" in text
        assert not re.search(r"(?i)\barms?\b", text)
