"""The process that builds a file's model: what of it is text, and what it may use."""

from __future__ import annotations

import io
import json
import os
import resource
import sys

import pytest

from moeviz.analysis.cost.tensor_names import by_component
from moeviz.model import from_transformers
from moeviz.model.from_transformers import (
    CPU_SECONDS,
    DATA_BYTES,
    Unbuildable,
    build,
    main,
    sizes,
    tensor_sizes,
    text_tensors,
)
from tests.meta_models import as_file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("around", "text"),
    [
        ("janus", "llama"),
        ("granite_speech", "granite"),
        ("deepseek_vl", "llama"),
        ("idefics3", "llama"),
    ],
)
def test_the_text_model_is_what_its_own_class_builds(around: str, text: str):
    file = {"model_type": around}
    model = build(file)
    given = as_file(model.config.get_text_config()) | {"model_type": text}
    given["tie_word_embeddings"] = model.config.tie_word_embeddings
    every, chosen = tensor_sizes(model), text_tensors(model)
    found = by_component({name: size for name, size in every.items() if name in chosen})
    assert found == by_component(sizes(given))
    assert sum(found.values()) < sum(every.values())


@pytest.mark.slow
def test_a_model_of_text_alone_is_text_from_end_to_end():
    for file in ({"model_type": "mixtral"}, {"model_type": "t5"}):
        model = build(file)
        assert tensor_sizes(model).keys() <= text_tensors(model)


@pytest.mark.parametrize("inside", [False, True])
def test_a_file_with_millions_of_layers_is_refused_before_it_is_built(inside: bool):
    deep = {"model_type": "deepseek_v32", "num_hidden_layers": 300_000_000}
    file = {"model_type": "janus", "text_config": deep} if inside else deep
    with pytest.raises(Unbuildable, match="num_hidden_layers must be at most 10,000, got 300,000"):
        build(file)


def test_the_process_bounds_its_time_and_its_memory_before_it_builds(monkeypatch, capsys):
    limits: dict[int, tuple[int, int]] = {}

    def refused(_: object) -> None:
        assert limits[resource.RLIMIT_CPU] == (CPU_SECONDS, CPU_SECONDS)
        assert limits[resource.RLIMIT_DATA] == (DATA_BYTES, DATA_BYTES)
        raise Unbuildable("as the test says")

    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setattr(sys, "stdin", io.StringIO("{}"))
    monkeypatch.setattr(from_transformers, "build", refused)
    assert main() == 0
    assert json.loads(capsys.readouterr().out) == {"refused": "as the test says"}


def test_a_model_that_needs_too_much_memory_is_refused_in_words(monkeypatch):
    def too_large(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(from_transformers, "_configuration", too_large)
    with pytest.raises(Unbuildable, match="needs more than 2 GiB to be built"):
        build({"model_type": "mamba"})
