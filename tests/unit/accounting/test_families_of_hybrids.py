"""Readers of hybrids and odd ones count what transformers' classes hold, for drawn sizes."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from huggingface_hub.errors import StrictDataclassError
from transformers import AutoModel, AutoModelForImageTextToText

from moeviz.accounting.config_json import read_config
from moeviz.accounting.parameters import parameter_count
from moeviz.config import ConfigError
from tests.drawn_hybrids import HYBRIDS, Draw, dense_gemma4, longcat
from tests.meta_models import MetaModel, as_file, filled_config, meta_model

SEEDS = range(4)
drawn = pytest.mark.parametrize("seed", SEEDS)
of_each_family = pytest.mark.parametrize("model_type", HYBRIDS)


@drawn
@of_each_family
def test_a_drawn_model_stores_and_meets_what_its_class_does(model_type: str, seed: int) -> None:
    family, draw = HYBRIDS[model_type], Draw(f"{model_type} {seed}")
    model = meta_model(model_type, family.draw(draw), AutoModel if family.body else None)
    count = parameter_count(read_config(model.config).architecture)
    assert count.total == model.total
    assert count.components["embedding"] == table(model)
    share = Fraction(1 if family.top_1 else draw.top_k, draw.n_experts)
    assert count.active["all"] == model.active(family.routed, share)
    head = model.of(lambda name: "lm_head" in name)
    assert count.components.get("lm_head", 0) == head


def table(model: MetaModel) -> int:
    """Of the input embedding, by whatever name."""
    names = ("embed_tokens.weight", "embeddings.weight", "shared.weight")
    return model.of(lambda name: name.endswith(names))


@drawn
@pytest.mark.parametrize(
    "model_type",
    [
        "bailing_hybrid", "beam", "deepseek_v32", "gemma4_text", "glm_moe_dsa", "inkling_text",
        "laguna", "mimo_v2_flash", "minimax_m3_vl_text", "muse_spark_text", "qwen3_5_moe_text",
        "qwen3_5_text", "qwen3_next", "zaya",
    ],
)  # fmt: skip
def test_kinds_of_layers_that_a_file_leaves_out_are_those_its_class_fills_in(
    model_type: str, seed: int
) -> None:
    family, draw = HYBRIDS[model_type], Draw(f"{model_type} {seed}")
    lists = ("layer_types", "mlp_layer_types", "indexer_types", "num_attention_heads_per_layer")
    sizes = {name: v for name, v in family.draw(draw).items() if name not in lists}
    sizes["num_hidden_layers"] = 17
    filled = as_file(filled_config(model_type, sizes))
    left_out = {name: value for name, value in filled.items() if name not in lists}
    assert read_config(left_out).architecture == read_config(filled).architecture


OUTER = {
    "gemma4": "gemma4_text",
    "minimax_m3_vl": "minimax_m3_vl_text",
    "mistral_large4": "mistral_large4_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
    "qwen3_5": "qwen3_5_text",
}


@drawn
@pytest.mark.parametrize("model_type", OUTER)
def test_a_text_model_inside_counts_as_in_the_class_around_it(model_type: str, seed: int) -> None:
    draw = Draw(f"{model_type} {seed}")
    text = HYBRIDS[OUTER[model_type]].draw(draw)
    tied = draw.flag()
    text["tie_word_embeddings"] = tied and model_type == "gemma4"
    sizes = {"text_config": text, "tie_word_embeddings": tied}
    whole = meta_model(model_type, sizes, auto=AutoModelForImageTextToText)
    count = parameter_count(read_config(whole.config).architecture)
    assert count.total == whole.of(lambda name: "language_model" in name or "lm_head" in name)


@drawn
def test_a_dense_gemma_stores_what_its_class_does(seed: int) -> None:
    """Keys of layers that use another's are neither stored nor cached."""
    sizes = dense_gemma4(Draw(f"dense {seed}"))
    model = meta_model("gemma4_text", sizes)
    read = read_config(model.config).architecture
    count = parameter_count(read)
    assert count.total == model.total == count.active["all"]
    assert count.components["embedding"] == model.of(lambda name: "embed_tokens" in name)
    owners = sum(stack.n_layers for stack in read.stacks if stack.parts[0].keeps_keys)
    assert owners == 5 - sizes["num_kv_shared_layers"]


@drawn
def test_experts_that_return_their_input_store_nothing(seed: int) -> None:
    """The class makes gate and up projections for them; released weights have none."""
    draw = Draw(f"longcat_flash {seed}")
    sizes = longcat(draw)
    model = meta_model("longcat_flash", sizes)
    count = parameter_count(read_config(model.config).architecture)
    width = sizes["hidden_size"] * sizes["expert_ffn_hidden_size"]
    unused = 2 * width * sizes["zero_expert_num"] * draw.layers
    assert count.total == model.total - unused
    expert = 3 * width * draw.layers
    idle = draw.n_experts - draw.top_k
    assert count.active["all"] == count.total - expert * idle


@pytest.mark.parametrize("model_type", ["bailing_hybrid", "inkling_text", "nemotron_h"])
def test_tied_tables_that_the_class_does_not_tie_are_refused(model_type: str) -> None:
    sizes = HYBRIDS[model_type].draw(Draw(f"{model_type} 0"))
    values = {"model_type": model_type, **sizes, "tie_word_embeddings": True}
    with pytest.raises(ConfigError, match=r"^tie_word_embeddings must be false"):
        read_config(values)


def test_layers_without_a_kind_are_refused_where_the_class_fills_none_in() -> None:
    sizes = HYBRIDS["lfm2_moe"].draw(Draw("lfm2_moe 0"))
    del sizes["layer_types"]
    with pytest.raises(ConfigError, match=r"^layer_types is missing: it must be"):
        read_config({"model_type": "lfm2_moe", **sizes})


def test_nemotrons_pattern_means_its_list_of_blocks() -> None:
    values = {"model_type": "nemotron_h", **HYBRIDS["nemotron_h"].draw(Draw("0"))}
    kinds = ["linear_attention", "moe", "full_attention", "mlp", "moe"]
    by_name = read_config({**values, "layers_block_type": kinds})
    del values["layers_block_type"]
    by_letters = read_config({**values, "hybrid_override_pattern": "ME*-E"})
    assert by_letters.architecture == by_name.architecture
    assert by_letters.reading.renamed == {"hybrid_override_pattern": "layers_block_type"}
    with pytest.raises(ConfigError, match="hybrid_override_pattern must be a text of the letters"):
        read_config({**values, "hybrid_override_pattern": "MX"})


def test_kimis_own_file_lists_linear_layers_by_number_from_one() -> None:
    values = {"model_type": "kimi_linear", **HYBRIDS["kimi_linear"].draw(Draw("0"))}
    layers = values["num_hidden_layers"]
    values["layer_types"] = ["linear_attention"] * (layers - 1) + ["full_attention"]
    by_name = read_config(values)
    own = {
        "kda_layers": list(range(1, layers)),
        "full_attn_layers": [layers],
        "num_heads": values.pop("linear_num_heads"),
        "head_dim": values.pop("linear_head_dim"),
        "short_conv_kernel_size": values.pop("linear_conv_kernel_dim"),
    }
    del values["layer_types"]
    released = read_config({**values, "linear_attn_config": own})
    assert released.architecture == by_name.architecture
    assert released.reading.renamed["linear_attn_config.kda_layers"] == "layer_types"


def test_a_jamba_with_one_expert_is_dense_whatever_its_experts_per_token() -> None:
    values = {"model_type": "jamba", **HYBRIDS["jamba"].draw(Draw("0")), "num_experts": 1}
    model = meta_model("jamba", {**values, "num_experts_per_tok": 2})
    count = parameter_count(read_config(model.config).architecture)
    assert count.total == model.total
    assert not {"router", "routed_experts"} & set(count.components)


@of_each_family
def test_a_field_that_a_file_leaves_out_is_refused_or_means_what_its_class_takes(
    model_type: str,
) -> None:
    family, draw = HYBRIDS[model_type], Draw(f"{model_type} 1")
    auto = AutoModel if family.body else None
    whole = meta_model(model_type, family.draw(draw), auto).config
    compared = 0
    for name in set(whole) - {"model_type"}:
        left = {other: value for other, value in whole.items() if other != name}
        # Refused here, or by its class.
        with contextlib.suppress(ConfigError, ValueError, StrictDataclassError):
            counted = parameter_count(read_config(left).architecture).total
            assert counted == meta_model(model_type, left, auto).total, name
            compared += 1
    assert compared > 10
