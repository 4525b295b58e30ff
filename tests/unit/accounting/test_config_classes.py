"""The table of configuration classes, against the classes: names, defaults, what is unread."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

import pytest

from moeviz.accounting.config_json import read_config
from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.meaning import NULL, meanings
from moeviz.accounting.parameters import parameter_count
from moeviz.analysis.cost.tensor_names import by_component
from moeviz.config import ConfigError
from moeviz.model.from_transformers import sizes
from tests import config_classes
from tests.small_files import PLAIN, SMALL, total_of

pytestmark = pytest.mark.slow

UNCOUNTED = "zero_expert_num"
"""The class makes projections for experts that return their input; released weights have none."""

RUNS_BY = {
    "num_experts_per_tok", "moe_k", "top_k_experts", "sliding_window", "attention_chunk_size",
}  # fmt: skip
"""A class builds a model without one of these, which then cannot run."""

of_each_family = pytest.mark.parametrize("model_type", SMALL)


def test_the_table_is_what_the_classes_say():
    assert config_classes.PATH.read_text("utf-8") == config_classes.written(config_classes.table())


def test_every_family_has_a_table_and_every_text_family_with_a_class_a_small_file():
    assert set(FAMILIES) <= set(meanings())
    texts = {name for name, it in meanings().items() if it.from_class and not it.inside}
    assert texts <= set(SMALL)


def total(file: Mapping[str, Any]) -> int | None:
    """None where the file is refused."""
    try:
        return parameter_count(read_config(file).architecture).total
    except ConfigError:
        return None


@of_each_family
def test_a_small_file_counts_as_its_class_builds_it(model_type: str):
    assert total(SMALL[model_type]) == total_of(SMALL[model_type])


@of_each_family
def test_a_field_under_each_of_its_other_names_means_the_same(model_type: str):
    file = SMALL[model_type]
    for other, field in other_names(model_type):
        if field in file:
            renamed = {other if name == field else name: it for name, it in file.items()}
            found = total(renamed)
            assert found == (found and total_of(renamed)), other
            if found is not None and field in read_config(renamed).reading.asked:
                assert read_config(renamed).reading.renamed[other] == field


@of_each_family
def test_two_names_that_disagree_are_resolved_as_the_class_resolves_them(model_type: str):
    """Any two names of one field, in both orders."""
    file = SMALL[model_type]
    alike: dict[str, list[str]] = {}
    for other, field in other_names(model_type):
        alike.setdefault(field, [field]).append(other)
    for field, names in alike.items():
        value = file.get(field)
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        rest = {name: each for name, each in file.items() if name != field}
        for one, other in permutations(names, 2):
            both = {**rest, one: value, other: 2 * value}
            found, built = total(both), total_of(both)
            if found is not None and built is not None:
                assert found == built, (one, other, field)
                read = read_config(both).reading
                if field in read.asked:
                    (lost,) = read.overruled
                    assert {lost.name, lost.by} == {one, other}


@of_each_family
def test_a_field_that_is_left_out_means_the_classs_default_and_is_said(model_type: str):
    file, defaults = SMALL[model_type], meanings()[model_type].defaults
    for field in [name for name in file if name in defaults if name != UNCOUNTED]:
        without = {name: value for name, value in file.items() if name != field}
        found = total(without)
        if found is None:
            assert field in RUNS_BY or not is_missing(without) or total_of(without) is None, field
            continue
        assert found == (total_of(without) or found), field
        if found != total(file):
            assert any(name.split(".")[0] == field for name in said(without)) or (
                defaults[field] is None
            ), field


@of_each_family
def test_null_means_what_the_class_makes_of_it(model_type: str):
    file, defaults = SMALL[model_type], meanings()[model_type].defaults
    for field in [name for name in file if name in defaults if name != UNCOUNTED]:
        nothing = {**file, field: None}
        found, built = total(nothing), total_of(nothing)
        if found is None:
            assert field in RUNS_BY or not is_missing(nothing) or built is None, field
        elif built is not None:
            assert found == built, field


def is_missing(file: Mapping[str, Any]) -> bool:
    """Whether a field is what the refusal of this file asks for."""
    with pytest.raises(ConfigError) as refused:
        read_config(file)
    return refused.value.value in (None, NULL)


def said(file: Mapping[str, Any]) -> set[str]:
    return set(read_config(file).reading.defaults)


@of_each_family
def test_a_field_that_moves_the_classs_count_moves_ours(model_type: str):
    """No field that a count depends on is read past, and none that it does not moves it."""
    file, defaults = SMALL[model_type], meanings()[model_type].defaults
    for field, value in defaults.items():
        if field == UNCOUNTED:
            continue
        for changed in changes(file.get(field, value)):
            other = {**file, field: changed}
            found, built = total(other), total_of(other)
            if found is not None and built is not None:
                assert found == built, (field, changed)


@of_each_family
def test_a_name_that_the_class_does_not_read_changes_nothing_and_is_listed(model_type: str):
    file = SMALL[model_type]
    read = read_config({**file, "n_new_experts": 3})
    assert read.reading.unread == [*read_config(file).reading.unread, "n_new_experts"]
    assert parameter_count(read.architecture).total == total(file)


@of_each_family
def test_each_component_is_that_of_the_classs_tensors_by_their_names(model_type: str):
    file = SMALL[model_type]
    counted = parameter_count(read_config(file).architecture).components
    built = by_component(sizes(file))
    body = {} if "lm_head" in built else {"lm_head": counted.get("lm_head", 0)}
    assert {name: n for name, n in counted.items() if n} == {
        name: n for name, n in {**built, **body}.items() if n
    }


@pytest.mark.parametrize("model_type", PLAIN)
def test_what_a_token_uses_is_everything_but_the_experts_that_it_is_not_sent_to(model_type: str):
    file = SMALL[model_type]
    architecture = read_config(file).architecture
    mixture = next((stack.mixture for stack in architecture.stacks if stack.mixture), None)
    count = parameter_count(architecture)
    if mixture is None:
        assert count.active["all"] == count.total
        return
    tensors = sizes(file)
    images = sum(size for name, size in tensors.items() if "vision_moe" in name)
    experts = (n for n in tensors if ".experts." in n and "vision_moe" not in n)
    routed = sum(tensors[name] for name in experts)
    idle = routed // mixture.n_experts * (mixture.n_experts - mixture.top_k)
    assert count.active["all"] == count.total - idle - images


def other_names(model_type: str) -> Iterator[tuple[str, str]]:
    meaning = meanings()[model_type]
    yield from (*meaning.names.items(), *meaning.weaker_names.items())
    yield from meaning.plain_names.items()


def changes(value: Any) -> Iterator[Any]:
    """Values near this one that a class may accept."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, 2 * value)
    elif value is None:
        yield from (True, 2)


def test_small_files_are_small():
    assert len(json.dumps(SMALL)) < 200_000
