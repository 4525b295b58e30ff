"""Files with a text model inside count as transformers builds it in the model around it."""

from __future__ import annotations

import contextlib
from itertools import product
from typing import Any

import pytest

from moeviz.accounting.config_json import read_config
from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.families.text_inside import TextInside
from moeviz.accounting.meaning import meanings
from moeviz.accounting.parameters import parameter_count
from moeviz.config import ConfigError
from moeviz.model.from_transformers import build, tensor_sizes, text_tensors
from tests.small_files import COMMON, SMALL

pytestmark = pytest.mark.slow

WRAPPERS = {name: reader for name, reader in FAMILIES.items() if isinstance(reader, TextInside)}
WITH_CLASS = {name: reader for name, reader in WRAPPERS.items() if meanings()[name].from_class}
OWN: dict[str, dict[str, Any]] = {
    "kimi_k3_text": COMMON | {
        "q_lora_rank": 12, "kv_lora_rank": 10, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4,
        "v_head_dim": 6,
        "num_experts": 8, "num_experts_per_token": 2, "moe_intermediate_size": 20,
        "num_shared_experts": 1, "routed_expert_hidden_size": 12, "latent_moe_use_norm": True,
        "attn_res_block_size": 2, "mla_use_output_gate": True, "first_k_dense_replace": 1,
        "linear_attn_config": {
            "kda_layers": [1, 2, 4], "full_attn_layers": [3], "num_heads": 2, "head_dim": 8,
            "short_conv_kernel_size": 4, "use_full_rank_gate": True,
        },
    },
}  # fmt: skip
"""Of text models whose class comes with their files."""
AROUND: dict[str, dict[str, Any]] = {"muse_spark": {"audio_config": {"out_hidden_size": 32}}}
UNBUILDABLE = ("qwen3_omni_moe",)
"""Whose talker transformers cannot build from its own defaults; its thinker is built alone."""


def file_of(name: str, reader: TextInside, text: dict[str, Any], **more: Any) -> dict[str, Any]:
    inner: dict[str, Any] = text
    for each in reversed(reader.path[1:]):
        inner = {each: inner}
    return {"model_type": name, reader.path[0]: inner, **AROUND.get(name, {}), **more}


def text_total(file: dict[str, Any]) -> int:
    """Of the text model, as transformers builds the whole."""
    model = build(file)
    text = text_tensors(model)
    return sum(size for tensor, size in tensor_sizes(model).items() if tensor in text)


@pytest.mark.parametrize("name", sorted(WITH_CLASS.keys() - set(UNBUILDABLE)))
def test_a_text_model_inside_counts_as_in_the_class_around_it(name: str):
    reader = WRAPPERS[name]
    for text_type in reader.readers:
        for outer, inner in product((False, True), repeat=2):
            text = SMALL[text_type] | {"tie_word_embeddings": inner}
            file = file_of(name, reader, text, tie_word_embeddings=outer)
            try:
                found = parameter_count(read_config(file).architecture).total
            except ConfigError as error:
                assert "tie_word_embeddings" in error.field  # noqa: PT017
                continue
            assert found == text_total(file), (text_type, outer, inner)


JUNK: tuple[Any, ...] = (
    None, -1, 0, 2**60, 1.5, "7", True, [], {}, [[]], float("nan"), [1, 2], {"a": 1},
    {"0": {"a": 1}},
)  # fmt: skip


@pytest.mark.parametrize("name", [*SMALL, *WRAPPERS])
def test_any_value_in_any_field_is_counted_or_refused(name: str):
    """Never another error, also of fields that the file leaves out, and of the text model's."""
    reader = FAMILIES[name]
    name_inside = next(iter(reader.readers)) if isinstance(reader, TextInside) else name
    file, meaning = (SMALL | OWN)[name_inside], meanings()[name_inside]
    whole = file_of(name, reader, file) if isinstance(reader, TextInside) else file
    assert parameter_count(read_config(whole).architecture).total > 0
    for field in {*file, *meaning.defaults, *meaning.forms, *meaning.names}:
        for value in JUNK:
            changed = {**file, field: value}
            if isinstance(reader, TextInside):
                changed = file_of(name, reader, changed)
            with contextlib.suppress(ConfigError):
                assert parameter_count(read_config(changed).architecture).total > 0


@pytest.mark.parametrize("name", WITH_CLASS)
def test_a_name_inside_that_its_class_does_not_read_is_listed_with_its_object(name: str):
    reader = WRAPPERS[name]
    text = SMALL[next(iter(reader.readers))] | {"n_new_experts": 3}
    unread = read_config(file_of(name, reader, text, n_towers=1)).reading.unread
    assert {"n_towers", ".".join((*reader.path, "n_new_experts"))} <= set(unread)
