"""A file built by transformers in another process, beside the closed form."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from moeviz.accounting.config_json import read_config
from moeviz.accounting.parameters import parameter_count
from moeviz.analysis.cost import with_transformers
from moeviz.analysis.cost.with_transformers import (
    Built,
    NotBuilt,
    build,
    checked_words,
    differences,
)
from tests.small_files import SMALL

MIXTRAL = read_config(SMALL["mixtral"]).architecture
EQUAL = parameter_count(MIXTRAL).components


def built(components: dict[Any, int], class_name: str = "MixtralForCausalLM") -> Built:
    return Built("5.23.0", class_name, components, 0)


def test_equal_components_are_said_to_be():
    assert differences(MIXTRAL, built(EQUAL)) == {}
    (said,) = checked_words(MIXTRAL, built(EQUAL))
    assert "MixtralForCausalLM" in said
    assert said.endswith("equal, component by component.")


def test_a_component_that_differs_is_said_with_both_numbers():
    other = built({**EQUAL, "attention": EQUAL["attention"] + 7})
    assert differences(MIXTRAL, other) == {
        "attention": (EQUAL["attention"], EQUAL["attention"] + 7)
    }
    (said,) = checked_words(MIXTRAL, other)
    assert said.startswith(f"attention: {EQUAL['attention']:,} counted here, ")
    assert said.endswith("a difference of +7.")


def test_a_head_that_stands_elsewhere_is_no_difference():
    body = built({name: n for name, n in EQUAL.items() if name != "lm_head"}, "MixtralModel")
    assert differences(MIXTRAL, body) == {}
    assert any("head is not checked" in said for said in checked_words(MIXTRAL, body))
    assert differences(MIXTRAL, built(body.components)) == {"lm_head": (EQUAL["lm_head"], 0)}


@pytest.mark.slow
def test_a_file_is_built_in_another_process_whatever_it_says_of_code_and_formats():
    harmful = {
        "auto_map": {"AutoConfig": "evil.Config"}, "attn_implementation": "flash_attention_2",
        "dtype": "load", "quantization_config": {"quant_method": "fp8"},
    }  # fmt: skip
    found = build(SMALL["mixtral"] | harmful)
    assert found.class_name == "MixtralForCausalLM"
    assert found.components == {name: n for name, n in EQUAL.items() if n}


@pytest.mark.slow
def test_what_transformers_refuses_or_does_not_know_is_said():
    with pytest.raises(NotBuilt, match="no class for model_type 'deepseek'"):
        build({"model_type": "deepseek"})
    with pytest.raises(NotBuilt, match="hidden_size"):
        build({"model_type": "mixtral", "hidden_size": "wide"})


def test_the_process_is_told_to_download_nothing(monkeypatch: pytest.MonkeyPatch):
    given: dict[str, Any] = {}

    def answering(*_: Any, **how: Any) -> subprocess.CompletedProcess[str]:
        given.update(how)
        return subprocess.CompletedProcess("python", 0, '{"refused": "as the test says"}')

    monkeypatch.setattr(subprocess, "run", answering)
    with pytest.raises(NotBuilt, match="as the test says"):
        build({"model_type": "gemma2"})
    assert given["env"]["HF_HUB_OFFLINE"] == "1"
    assert given["timeout"] == with_transformers.SECONDS


def test_a_process_that_is_ended_leaves_no_answer(monkeypatch: pytest.MonkeyPatch):
    ended = subprocess.CompletedProcess("python", -9, "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(NotBuilt, match="ended without an answer"):
        build({"model_type": "gemma2"})


def test_what_cannot_run_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(with_transformers, "is_installed", lambda: False)
    with pytest.raises(NotBuilt, match=r"pip install 'moeviz\[transformers\]'"):
        build(SMALL["mixtral"])
    monkeypatch.undo()

    def endless(*_: Any, **__: Any) -> None:
        raise subprocess.TimeoutExpired("python", with_transformers.SECONDS)

    monkeypatch.setattr(subprocess, "run", endless)
    with pytest.raises(NotBuilt, match="took longer than 120 s"):
        build(SMALL["mixtral"])
