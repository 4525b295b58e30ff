"""Configuration files as they are published, and one-field variants of them, counted exactly."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moeviz.accounting.config_json import read_config, read_config_json
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import parameter_count
from moeviz.config import ConfigError
from tests.released_configs import RELEASED

FOLDER = Path(__file__).parents[2] / "fixtures" / "public_configs"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
BULKY = "mixtral-quantization_config-over-1MB"


def text_of(name: str) -> str:
    """The file; of the one that is over a megabyte the list of layers is made here."""
    text = (FOLDER / f"{name}.json").read_text("utf-8")
    if name != BULKY:
        return text
    values = json.loads(text)
    (one,) = values["quantization_config"]["ignore"]
    values["quantization_config"]["ignore"] = [f"{one}.{n}" for n in range(40_000)]
    return json.dumps(values)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_public_file_is_counted_exactly(name: str):
    architecture = read_config_json(text_of(name)).architecture
    found, expected = parameter_count(architecture), EXPECTED[name]
    assert found.total == expected["total"]
    assert found.active["all"] == expected["active_all"]
    assert elements_per_token(architecture) == expected["kv_cache_elements_per_token"]


def test_the_bulky_file_is_over_a_megabyte():
    assert len(text_of(BULKY)) > 1_000_000


FURTHER: dict[str, dict[str, Any]] = json.loads(
    (FOLDER.parent / "further_configs.json").read_text("utf-8")
)["files"]


@pytest.mark.parametrize("name", FURTHER)
def test_a_further_public_file_has_what_transformers_builds_from_it(name: str):
    """Of repositories that the registry has no entry for."""
    found = parameter_count(read_config(FURTHER[name]["config"]).architecture)
    assert found.total == FURTHER[name]["total"]
    assert found.active["all"] == FURTHER[name]["active_all"]
    assert {name: n for name, n in found.components.items() if n} == FURTHER[name]["components"]


FOUND: dict[str, dict[str, Any]] = json.loads(
    (FOLDER.parent / "found_configs.json").read_text("utf-8")
)["files"]


@pytest.mark.parametrize("name", [name for name in FOUND if "total" in FOUND[name]])
def test_a_file_found_in_public_has_what_its_second_witness_says(name: str):
    found = parameter_count(read_config(FOUND[name]["config"]).architecture)
    assert found.total == FOUND[name]["total"]


@pytest.mark.parametrize("name", [name for name in FOUND if "refused" in FOUND[name]])
def test_a_file_found_in_public_is_refused_where_it_describes_no_known_model(name: str):
    with pytest.raises(ConfigError, match=re.escape(FOUND[name]["refused"])):
        read_config(FOUND[name]["config"])


def test_the_files_found_are_of_ten_repositories_and_of_families_that_differ():
    assert len({each["repository"] for each in FOUND.values()}) >= 10
    assert len({each["config"]["model_type"] for each in FOUND.values()}) >= 10
    released = [each["config"] for each in RELEASED.values()]
    assert all(each["config"] not in released for each in FOUND.values())
