"""The registry of released models equals what was counted elsewhere, entry by entry."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moeviz.accounting.config_json import FAMILIES
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import ACTIVE_CONVENTIONS
from moeviz.accounting.released import released_model, released_models
from moeviz.config import ConfigError
from tests.meta_models import meta_model

COUNTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "released_counts.json").read_text("utf-8")
)
"""By name: total, components, active, from transformers' classes built without memory, or from
papers; total None where nobody had counted before."""

OURS = {
    "norm": "norms",
    "norm_qk": "attention",
    "shared_expert_gate": "shared_experts",
    "expert_output_bias": "routed_experts",
    "attention_and_mamba": "attention",
}
"""Components as they were named there, where the names differ."""

ELSEWHERE = {
    # Scales and shifts of two residuals, four vectors each.
    "ZAYA1-8B": {"attention": -40 * 8192, "dense_ffn": -40 * 8192},
    # The gate of the residual after attention, and the norm after all experts of a layer.
    "Muse-Spark-Open-816B-A42B(text)": {"attention": -62 * 8192, "routed_experts": -62 * 4096},
}
"""Tensors that went by their names to a component there; here "other" has them."""

ALWAYS_MET = {"Muse-Spark-Open-816B-A42B(text)": 62 * 4096 * 248 // 256}
"""The norm after the experts is one a layer; there 8 of 256 were counted as met."""

NORMS_OF_KEYS = {"Hunyuan-Large": 64 * 2 * 80}
"""On queries and keys: two a layer, 80 wide, which were not counted there."""

INDEX_KEYS = {"DeepSeek-V3.2": 61 * 128, "GLM-5": 78 * 128}
"""An indexer keeps a key a position, which was not counted there."""

LATENT_INSTEAD = {"Kimi-Linear-48B-A3B": 29_114_880 - 39_514_272}
"""One layer more of latent attention in place of delta attention: the class's defaults, which were
counted there, have 6 of 27, the released file has 7."""

IN_CHECKPOINT = {"Kimi-Linear-48B-A3B": 49_122_681_728}
"""`metadata.total_parameters` of its safetensors index."""

MODELS = {model.name: model for model in released_models()}


each = pytest.mark.parametrize("name", MODELS)
each_counted = pytest.mark.parametrize("name", [n for n in MODELS if COUNTED[n]["total"]])


def test_the_registry_holds_the_models_that_were_counted_each_once() -> None:
    assert len(MODELS) == len(released_models()) == 72
    assert MODELS.keys() == COUNTED.keys()


@each_counted
def test_total_components_and_active_equal_those_counted_elsewhere(name: str) -> None:
    count, there = MODELS[name].count(), COUNTED[name]
    differs = NORMS_OF_KEYS.get(name, 0) + LATENT_INSTEAD.get(name, 0)
    assert count.total == IN_CHECKPOINT.get(name, there["total"] + differs)
    assert count.components == components_there(name)
    if there["active"] is None:
        assert count.active == {}
    else:
        more = ALWAYS_MET.get(name, 0) + differs
        assert count.active == {kind: met + more for kind, met in there["active"].items()}


def components_there(name: str) -> dict[str, int]:
    """Under our names; what is grouped otherwise by the tables above."""
    found: dict[str, int] = {}
    for component, parameters in COUNTED[name]["components"].items():
        ours = OURS.get(component, component)
        found[ours] = found.get(ours, 0) + parameters
    if name in NORMS_OF_KEYS | LATENT_INSTEAD:
        found["attention"] += NORMS_OF_KEYS.get(name, 0) + LATENT_INSTEAD.get(name, 0)
    moved = ELSEWHERE.get(name, {})
    for component, change in moved.items():
        found[component] += change
    if "routed_experts" in moved:
        found["norms"] -= moved["routed_experts"]
    others = sum(change for component, change in moved.items() if component != "routed_experts")
    found["other"] = found.get("other", 0) - others
    return {component: parameters for component, parameters in found.items() if parameters}


@pytest.mark.parametrize(
    "name", [n for n in MODELS if not COUNTED[n]["total"] or n in IN_CHECKPOINT]
)
def test_a_model_that_was_not_counted_elsewhere_equals_its_class(name: str) -> None:
    config = MODELS[name].config
    assert config is not None
    sizes = {field: value for field, value in config.items() if field != "model_type"}
    assert MODELS[name].count().total == meta_model(config["model_type"], sizes).total


@each_counted
def test_what_is_kept_for_each_position_equals_what_was_counted_elsewhere(name: str) -> None:
    architecture = MODELS[name].architecture()
    there = COUNTED[name]["kv_cache_elements_per_token"]
    if architecture is None or there is None:
        pytest.skip("no layers, or not counted there")
    assert elements_per_token(architecture) == there + INDEX_KEYS.get(name, 0)


@each
def test_what_differs_from_print_by_more_than_a_hundredth_is_explained(name: str) -> None:
    model = MODELS[name]
    deviation, there = model.total_deviation(), COUNTED[name].get("total_deviation_percent")
    if model.published.total_billions is None:
        assert deviation is None
        return
    assert deviation is not None
    if there is not None and name not in LATENT_INSTEAD:
        assert round(100 * deviation, 2) == pytest.approx(there, abs=1e-9)
    active = model.active_deviation() or 0
    assert abs(deviation) < 0.07
    assert abs(active) < 0.12
    if abs(deviation) > 0.01 or abs(active) > 0.01:
        assert model.deviation


@each
def test_a_convention_that_is_not_stated_prints_so_or_is_the_closest_one(name: str) -> None:
    model = MODELS[name]
    if model.convention is None:
        assert not model.convention_stated
        return
    printed = model.published.active_billions
    assert printed is not None
    active = model.count().active
    away = {kind: abs(active[kind] - printed * 1e9) for kind in ACTIVE_CONVENTIONS}
    half_a_digit = 10.0 ** -len(str(float(printed)).split(".")[1].rstrip("0")) * 1e9 / 2
    if not model.convention_stated:
        assert away[model.convention] == min(away.values()) or away[model.convention] < half_a_digit


@each
def test_an_entry_has_sources_and_plain_sentences(name: str) -> None:
    model = MODELS[name]
    assert 2017 < model.year < 2027
    assert model.sources
    assert all(source.name and "://" not in source.name for source in model.sources)
    urls = [source.url for source in model.sources if source.url is not None]
    assert all(re.fullmatch(r"https://[\w./:-]+", url) for url in urls)
    assert (model.config is None) != (model.counts is None)
    for sentence in (model.router, model.balancing, model.deviation, model.note):
        assert not re.search(r"[<>`*_\[\]#|\\]|://", sentence)
        assert sentence == "" or sentence.endswith(".")
    assert model.router
    assert model.balancing


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("DeepSeek-V4-Flash", 284_332_240_471),
        ("MiniMax-M3(text)", 426_174_572_928),
        ("Inkling", 947_025_564_226),
    ],
)
def test_a_released_file_counts_instead_of_the_classs_defaults(name: str, total: int) -> None:
    assert MODELS[name].count().total == total


def test_sizes_that_are_the_classs_own_defaults_are_said_to_be() -> None:
    assert MODELS["Laguna-XS.2"].of_class_defaults
    assert not MODELS["DeepSeek-V4-Flash"].of_class_defaults
    assert not MODELS["Mixtral-8x7B"].of_class_defaults


def test_a_name_that_is_not_in_the_registry_is_refused() -> None:
    assert released_model("Mixtral-8x7B").organisation == "Mistral AI"
    with pytest.raises(ConfigError, match="GPT-4"):
        released_model("GPT-4")


def test_a_family_without_a_reader_is_named_not_guessed() -> None:
    families = {m.config["model_type"] for m in MODELS.values() if m.config is not None}
    assert families <= FAMILIES.keys()
