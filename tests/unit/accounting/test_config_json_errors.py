"""A file that cannot be counted is refused by field, value and bound."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from moeviz.accounting.config_json import read_config, read_config_json
from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.meaning import Overruled
from moeviz.accounting.parameters import parameter_count
from moeviz.config import ConfigError
from tests.released_configs import RELEASED, config_of
from tests.small_files import SMALL

MIXTRAL, QWEN, V3, GLM = "Mixtral-8x7B", "Qwen3-30B-A3B", "DeepSeek-V3", "GLM-4.5"
LLAMA, GPT, ERNIE, DBRX = "Llama-4-Scout", "gpt-oss-120b", "ERNIE-4.5-300B-A47B", "DBRX"
STEPS = "a whole number from 1 to 10,000"
WHOLE = "a whole number from 1 to 1,099,511,627,776"

CASES: list[tuple[str, str, Any, str]] = [
    # What is no size.
    (MIXTRAL, "hidden_size", None, WHOLE),
    (MIXTRAL, "hidden_size", "4096", WHOLE),
    (MIXTRAL, "hidden_size", 4096.0, WHOLE),
    (MIXTRAL, "hidden_size", True, WHOLE),
    (MIXTRAL, "hidden_size", [4096], WHOLE),
    (MIXTRAL, "hidden_size", {"size": 4096}, WHOLE),
    (MIXTRAL, "hidden_size", float("nan"), WHOLE),
    (MIXTRAL, "hidden_size", float("inf"), WHOLE),
    (MIXTRAL, "hidden_size", 10**30, WHOLE),
    (MIXTRAL, "vocab_size", 0, WHOLE),
    (MIXTRAL, "vocab_size", -1, WHOLE),
    (MIXTRAL, "intermediate_size", "", WHOLE),
    (MIXTRAL, "num_hidden_layers", 10_001, "from 1 to 10,000"),
    (MIXTRAL, "num_hidden_layers", 0, "from 1 to 10,000"),
    (MIXTRAL, "sliding_window", 0, WHOLE),
    (MIXTRAL, "tie_word_embeddings", "yes", "true or false"),
    (MIXTRAL, "tie_word_embeddings", 1, "true or false"),
    (MIXTRAL, "max_position_embeddings", -1, WHOLE),
    # What no model can be.
    (MIXTRAL, "num_experts_per_tok", 9, "from 1 to 8"),
    (MIXTRAL, "num_experts_per_tok", 0, "from 1 to 8"),
    (MIXTRAL, "num_key_value_heads", 33, "from 1 to 32"),
    (MIXTRAL, "num_key_value_heads", 12, "a divisor of 32 heads"),
    (MIXTRAL, "hidden_size", 4097, "a multiple of 32, the number of heads, or head_dim must be"),
    (MIXTRAL, "head_dim", -128, WHOLE),
    ("OLMoE-1B-7B", "head_dim", 64, "hidden_size / num_attention_heads"),
    (V3, "n_group", 7, "a divisor of 256 experts"),
    (V3, "n_group", 257, "from 1 to 256"),
    (V3, "topk_group", 9, "from 1 to 8"),
    (V3, "first_k_dense_replace", 62, "from 0 to 61"),
    (V3, "first_k_dense_replace", -1, "from 0 to 61"),
    (V3, "n_shared_experts", -1, "from 0 to 10,000"),
    (V3, "q_lora_rank", 0, WHOLE),
    ("DeepSeek-V2", "topk_method", "noaux_tc", "one of greedy, group_limited_greedy"),
    ("A.X-K1", "q_lora_rank", None, WHOLE),
    (QWEN, "mlp_only_layers", [48], "a list of layers from 0 to 47"),
    (QWEN, "mlp_only_layers", [-1], "a list of whole numbers from 0"),
    (QWEN, "mlp_only_layers", "all", "a list of whole numbers from 0"),
    (QWEN, "mlp_only_layers", [True], "a list of whole numbers from 0"),
    (QWEN, "decoder_sparse_step", 0, "from 1 to 10,000"),
    (LLAMA, "moe_layers", [48], "a list of layers from 0 to 47"),
    (LLAMA, "layer_types", ["full_attention"], "a list of 48 words"),
    (LLAMA, "layer_types", ["sliding_attention"] * 48, "chunked_attention, full_attention"),
    (LLAMA, "attention_chunk_size", None, WHOLE),
    (LLAMA, "head_dim", None, WHOLE),
    (GPT, "layer_types", [1] * 36, "a list of 36 words"),
    (GPT, "sliding_window", None, WHOLE),
    ("A.X-K1", "mlp_layer_types", ["dense"] * 60, "a list of 61 words"),
    ("A.X-K1", "mlp_layer_types", ["moe"] * 61, "one of dense, sparse"),
    (ERNIE, "moe_layer_end_index", 54, "from -1 to 53"),
    (ERNIE, "moe_layer_start_index", 55, "from 0 to 54"),
    (ERNIE, "moe_num_experts", [64, 64], WHOLE),
    (DBRX, "attn_config", 3, "an object with fields of its own"),
    (DBRX, "ffn_config", [], "an object with fields of its own"),
    (DBRX, "tie_word_embeddings", True, "false"),
    (DBRX, "n_heads", 2**41, WHOLE),
    ("Hunyuan-A13B", "moe_topk", [8] * 31, "a list of 32 whole numbers"),
    ("Hunyuan-A13B", "moe_topk", [65] * 32, "from 1 to 64"),
    ("Ling-lite", "use_bias", True, "false"),
    ("Ling-lite", "use_bias", None, "true or false"),
    ("Ling-lite", "multi_gate", True, "false"),
    ("Hy3-preview", "num_shared_experts", 0, "from 1 to 10,000"),
    ("K-EXAONE-236B-A23B", "sliding_window", None, WHOLE),
    ("Grok-1", "tie_word_embeddings", ..., "true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "value", "bound"), CASES, ids=lambda x: str(x)[:30])
def test_a_field_that_cannot_be_is_named_with_its_value_and_bound(
    name: str, field: str, value: Any, bound: str
):
    read_config(config_of(name))
    with pytest.raises(ConfigError) as refused:
        read_config(config_of(name, **{field: value}))
    said = str(refused.value)
    assert refused.value.field == field
    got = "null" if value is None else repr(value)
    assert (f"{field} is missing" if value is ... else f"got {got}"[:60]) in said
    assert bound in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("field", "inner", "value", "bound"),
    [
        ("attn_config", "kv_n_heads", 9, "a divisor of 48 heads"),
        ("attn_config", "kv_n_heads", None, "from 1 to 48"),
        ("ffn_config", "moe_top_k", 17, "from 1 to 16"),
        ("ffn_config", "ffn_hidden_size", 1.5, WHOLE),
    ],
)
def test_a_field_inside_an_object_is_named_with_it(field: str, inner: str, value: Any, bound: str):
    within = config_of(DBRX)[field] | {inner: value}
    with pytest.raises(ConfigError) as refused:
        read_config(config_of(DBRX, **{field: within}))
    assert refused.value.field == f"{field}.{inner}"
    assert bound in str(refused.value)


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        (QWEN, {"decoder_sparse_step": None},
         f"decoder_sparse_step must be {STEPS}, or left out: then it is 1, "),
        (QWEN, {"tie_word_embeddings": None},
         "tie_word_embeddings must be true or false, or left out: then it is false, "),
        (DBRX, {"ffn_config": {"moe_num_experts": 16, "moe_top_k": 4, "ffn_hidden_size": None}},
         f"ffn_config.ffn_hidden_size must be {WHOLE}, or left out: then it is 3584, "),
        ("Kimi-K2", {"model_type": "kimi_k2", "moe_layer_freq": None},
         "moe_layer_freq must be stated, or left out: then it is 1, "),
    ],
)  # fmt: skip
def test_null_is_not_called_missing_and_what_absence_means_is_said(
    name: str, changed: dict[str, Any], said: str
):
    with pytest.raises(ConfigError) as refused:
        read_config(config_of(name, **changed))
    assert str(refused.value) == said + "got null"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [(MIXTRAL, "num_key_value_heads", 32), ("Solar-Open-100B", "head_dim", 64)],
)
def test_null_that_only_older_classes_accept_is_counted_as_they_did_and_said(
    name: str, field: str, value: int
):
    read = read_config(config_of(name, **{field: None}))
    assert read.architecture == read_config(config_of(name, **{field: value})).architecture
    assert read.reading.defaults[field] == value


def test_a_text_model_that_is_wrong_is_named_within_its_file():
    for text in (None, "llama", config_of(LLAMA, num_local_experts=0), config_of(V3)):
        with pytest.raises(ConfigError) as refused:
            read_config({"model_type": "llama4", "text_config": text})
        assert refused.value.field.startswith("text_config")


def test_a_head_outside_the_text_model_is_tied_as_the_outer_class_takes_it():
    kimi = {"model_type": "kimi_k25", "text_config": config_of("Kimi-K2", model_type="kimi_k2")}
    assert read_config(kimi).architecture.tied
    assert read_config(kimi).reading.defaults["tie_word_embeddings"] is True
    read = read_config(kimi | {"tie_word_embeddings": False}).architecture
    assert parameter_count(read).total == RELEASED["Kimi-K2"]["total"]


def test_a_dense_text_model_is_read_and_another_is_refused():
    dense = read_config({"model_type": "mistral3", "text_config": {"model_type": "mistral"}})
    assert "A dense model" in dense.notes[0]
    with pytest.raises(ConfigError, match=r"text_config\.model_type must be one of mistral, min"):
        read_config({"model_type": "mistral3", "text_config": {"model_type": "gpt2"}})


@pytest.mark.parametrize("name", ["max_position_embeddings", "max_seq_len"])
def test_the_longest_context_is_the_text_models(name: str):
    scout = config_of(LLAMA, **{"max_position_embeddings": ..., name: 77})
    assert read_config(scout).longest == 77
    assert read_config({"model_type": "llama4", "text_config": scout}).longest == 77
    none = {"max_position_embeddings": ..., "max_seq_len": ...}
    assert read_config(config_of(LLAMA, **none)).longest is None


def test_of_two_names_of_one_size_the_one_counts_that_its_class_lets_count():
    read = read_config(config_of(QWEN, num_experts=64))
    assert read.architecture == read_config(config_of(QWEN)).architecture
    assert read.reading.overruled == [Overruled("num_experts", 64, "num_local_experts")]
    assert read_config(config_of(QWEN, num_experts=128)).reading.overruled == []
    read = read_config(config_of(V3, num_local_experts=64))
    assert read.architecture == read_config(config_of(V3, n_routed_experts=64)).architecture
    assert read.reading.overruled == [Overruled("n_routed_experts", 256, "num_local_experts")]


def test_where_no_class_decides_two_names_of_one_size_must_agree():
    with pytest.raises(ConfigError, match="n_routed_experts must be 64 as num_experts is, got 8"):
        read_config(config_of("Ling-lite", n_routed_experts=8))
    read_config(config_of("Ling-lite", n_routed_experts=64))


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        (V3, "topk_method", "greedy"),
        (V3, "moe_layer_freq", 2),
        ("Hunyuan-A13B", "use_cla", True),
        ("Hunyuan-A13B", "moe_intermediate_size", [1] * 32),
        ("Solar-Open-100B", "first_k_dense_replace", 1),
        (MIXTRAL, "attention_bias", True),
    ],
)
def test_a_field_that_its_class_does_not_read_changes_nothing_and_is_listed(
    name: str, field: str, value: Any
):
    read = read_config(config_of(name, **{field: value}))
    assert read.architecture == read_config(config_of(name)).architecture
    assert field in read.reading.unread


@pytest.mark.parametrize("name", ["DeepSeekMoE-16B", "Ling-lite", "Snowflake-Arctic", "Grok-1"])
def test_a_field_of_which_nothing_is_known_is_refused_where_no_class_reads_the_file(name: str):
    with pytest.raises(ConfigError, match="n_new_experts must be absent, because"):
        read_config(config_of(name, n_new_experts=3))
    assert read_config(config_of(name, n_new_experts=None, attention_dropout=0.1))


def test_a_field_inside_an_object_is_listed_where_its_class_does_not_read_it():
    objects = ("attn_config", "ffn_config")
    inside = {name: config_of(DBRX)[name] | {"moe_num_expert": 4} for name in objects}
    read = read_config(config_of(DBRX, **inside))
    assert read.architecture == read_config(config_of(DBRX)).architecture
    listed = set(read.reading.unread) - set(read_config(config_of(DBRX)).reading.unread)
    assert listed == {f"{name}.moe_num_expert" for name in objects}


def test_a_field_inside_an_object_that_its_class_takes_as_it_is_is_listed_where_unknown():
    older = {"num_heads": 4, "head_dim": 8, "short_conv_kernel_size": 3, "full_attn_layers": [4]}
    file = {k: v for k, v in SMALL["kimi_linear"].items() if not k.startswith("linear_")}
    read = read_config(file | {"linear_attn_config": older | {"n_heads": 4}})
    assert read.reading.unread == ["linear_attn_config.n_heads"]


def test_sizes_of_single_layers_are_refused_where_they_are_not_read():
    with pytest.raises(ConfigError, match="per_layer_config must be absent"):
        read_config(config_of(MIXTRAL, per_layer_config={"0": {"intermediate_size": 7}}))
    read_config(config_of(MIXTRAL, per_layer_config={}))


@pytest.mark.parametrize("model_type", ["deepseek_v3", "glm_moe_dsa", "kimi_linear"])
def test_more_dense_layers_than_layers_are_refused_in_every_family(model_type: str):
    listed = ("mlp_layer_types", "first_k_dense_replace")
    file = {name: value for name, value in SMALL[model_type].items() if name not in listed}
    n_layers = file["num_hidden_layers"]
    assert read_config(file | {"first_k_dense_replace": n_layers})
    with pytest.raises(ConfigError, match=rf"first_k_dense_replace.* from 0 to {n_layers}"):
        read_config(file | {"first_k_dense_replace": n_layers + 1})


def test_groups_without_room_for_the_chosen_are_refused():
    """Eight experts from one group of 32 fit, from one of four do not."""
    read_config(config_of(V3, topk_group=1))
    with pytest.raises(
        ConfigError, match="topk_group must be at least 2, so that its groups hold 8 experts"
    ):
        read_config(config_of(V3, n_group=64, topk_group=1))


@pytest.mark.parametrize("fields", [{}, {"model_type": None}, {"model_type": ["mixtral"]}])
def test_a_file_without_a_family_says_where_they_are_listed(fields: dict[str, Any]):
    tokenizer = {"tokenizer_class": "LlamaTokenizer", "model_max_length": 10**30}
    with pytest.raises(ConfigError) as refused:
        read_config(tokenizer | fields)
    assert refused.value.field == "model_type"
    assert refused.value.bound == f"one of the {len(FAMILIES)} that moeviz reads"
    assert str(refused.value).endswith("Your config.json lists them under How this is computed.")


@pytest.mark.parametrize("family", ["lama", "MIXTRAL", "mixtral ", "", "gpt2", "__class__"])
def test_an_unknown_family_is_named(family: str):
    with pytest.raises(ConfigError) as refused:
        read_config(config_of(MIXTRAL, model_type=family))
    assert repr(family) in str(refused.value)


def nested(levels: int) -> str:
    """A file with this many objects inside each other, itself among them."""
    inner = '{"a":' * (levels - 1) + "0" + "}" * (levels - 1)
    return json.dumps(config_of(MIXTRAL))[:-1] + f', "junk": {inner}}}'


NESTED = nested(600)
"""Fewer levels than Python's parser of JSON takes."""


def test_a_hundred_objects_inside_each_other_are_read_and_one_more_is_refused():
    assert read_config_json(nested(100)).reading.unread == ["junk"]
    with pytest.raises(ConfigError, match="at most 100 objects"):
        read_config_json(nested(101))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("<!doctype html>", "JSON"),
        ("\ufeff{}", "JSON"),
        ("[" * 100_000, "at most 100 objects and lists inside each other"),
        (NESTED, "at most 100 objects and lists inside each other"),
        ('{"hidden_size": ' + "9" * 5000 + "}", "JSON"),
        ("[]", "object"),
        ("null", "object"),
        ("3", "object"),
        ('"mixtral"', "object"),
        (
            '{"a": "' + "x" * 1_000_001 + '"}',
            "1,000,000 bytes beside quantization_config, got 1,000,010 bytes",
        ),
        (
            '{"a": "' + "ü" * 600_000 + '"}',
            "1,000,000 bytes beside quantization_config, got 1,200,009 bytes",
        ),
        (" " * 8_000_001, "8,000,000 bytes, got 8,000,001 bytes"),
        ("ü" * 5_000_000, "8,000,000 bytes, got 10,000,000 bytes"),
        ('"\ud800"', "object"),
    ],
    ids=lambda text: text[:20].encode("ascii", "replace").decode(),
)
def test_what_is_no_configuration_is_refused_in_one_line(text: str, word: str):
    with pytest.raises(ConfigError) as refused:
        read_config_json(text)
    assert word in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_broken_json_is_refused_with_its_line_and_what_stands_there():
    with pytest.raises(ConfigError) as refused:
        read_config_json('{"model_type": "mixtral",\n "hidden_size": 4096\n "vocab_size": 1}')
    said = str(refused.value)
    assert said.startswith("config.json must be JSON: line 3, column 2: ")
    assert said.endswith(""""hidden_size": 4096 "vocab_siz'""")


@pytest.mark.parametrize("name", RELEASED)
@pytest.mark.parametrize("value", [-1, 0, 2**60, 1.5, "7", True, [], {}, [[]], float("nan")])
def test_any_value_in_any_field_is_counted_or_refused(name: str, value: Any):
    """Never another error, never a count that is no number of weights."""
    for field in config_of(name):
        with contextlib.suppress(ConfigError):
            read = read_config(config_of(name, **{field: value}))
            assert parameter_count(read.architecture).total > 0


def test_a_file_of_many_layers_is_read_at_once():
    deep = config_of(V3, num_hidden_layers=10_000)
    assert read_config_json(json.dumps(deep)).architecture.n_layers == 10_000
