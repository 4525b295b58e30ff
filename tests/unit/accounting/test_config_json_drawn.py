"""Configuration files as transformers writes them, read and counted, against its own classes."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.config_json import read_config, read_config_json
from moeviz.accounting.kv_cache import elements_per_token
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.parts import GroupedQueryAttention, LatentAttention
from moeviz.config import ConfigError
from tests import drawn_configs as drawn
from tests.released_configs import RELEASED

pytestmark = pytest.mark.slow

FAMILIES = {
    "Mixtral": drawn.everywhere(),
    "Olmoe": drawn.everywhere(drawn.DIVIDES, "num_experts"),
    "GraniteMoe": drawn.everywhere(),
    "GraniteMoeShared": drawn.granite_shared(),
    "Phimoe": drawn.everywhere(),
    "MiniMaxM2": drawn.everywhere(drawn.FREE),
    "Dbrx": drawn.dbrx(),
    "DeepseekV2": drawn.deepseek_v2(),
    "DeepseekV3": drawn.latent(),
    "Mistral4": drawn.latent(),
    "AXK1": drawn.latent("mlp_layer_types", queries=False),
    "Glm4MoeLite": drawn.latent("mlp_layer_types"),
    "Qwen2Moe": drawn.qwen(),
    "Qwen3Moe": drawn.qwen(),
    "Mellum": drawn.mellum(),
    "Glm4Moe": drawn.dense_first(),
    "SolarOpen": drawn.solar_open(),
    "Dots1": drawn.dots1(),
    "ExaoneMoe": drawn.exaone(),
    "HYV3": drawn.hy_v3(),
    "Afmoe": drawn.afmoe(),
    "Ernie4_5_Moe": drawn.ernie(),
    "HunYuanMoEV1": drawn.hunyuan(),
    "Llama4": drawn.llama4(),
    "GptOss": drawn.gpt_oss(),
}
COMPONENT_OF = {
    "self_attn.": "attention",
    ".attn.": "attention",
    "shared_": "shared_experts",
    ".experts.": "routed_experts",
    "router": "router",
    ".gate.": "router",
    "correction_bias": "router",
    "expert_bias": "router",
    "norm": "norms",
    "lm_head": "lm_head",
    "embed_tokens": "embedding",
    "wte": "embedding",
    ".mlp.": "dense_ffn",
    "feed_forward": "dense_ffn",
}
"""By the first of these that a tensor's name contains."""
N = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
K = ("num_experts_per_tok", "moe_topk", "moe_k", "moe_top_k")


def config_class(name: str) -> Any:
    return getattr(transformers, "Llama4TextConfig" if name == "Llama4" else f"{name}Config")


def one_of(fields: drawn.Fields, names: tuple[str, ...]) -> Any:
    inner = fields.get("ffn_config", fields)
    return next(inner[name] for name in names if name in inner)


def stored_tensors(name: str, config: Any, kind: str = "ForCausalLM") -> dict[str, torch.Tensor]:
    """All that a checkpoint has: parameters, tied ones once, and correction biases."""
    with torch.device("meta"):
        model = getattr(transformers, f"{name}{kind}")(config)
    biases = {n: b for n, b in model.named_buffers() if n.endswith("e_score_correction_bias")}
    return dict(model.named_parameters()) | biases


def components_of(tensors: dict[str, torch.Tensor]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, tensor in tensors.items():
        key = next(part for part in COMPONENT_OF if part in name)
        found[COMPONENT_OF[key]] += tensor.numel()
    return {name: count for name, count in found.items() if count}


def active_of(tensors: dict[str, torch.Tensor], n_experts: int, top_k: list[int] | int) -> int:
    """Each layer's experts times its k / N, and all else."""
    found = 0
    for name, tensor in tensors.items():
        if ".experts." in name:
            layer = int(next(part for part in name.split(".") if part.isdigit()))
            k = top_k[layer] if isinstance(top_k, list) else top_k
            assert tensor.numel() % n_experts == 0
            found += tensor.numel() // n_experts * k
        else:
            found += tensor.numel()
    return found


def cached_of(tensors: dict[str, torch.Tensor], d_model: int) -> int:
    """Outputs of all that projects keys and values, or what both are projected from."""
    rows = {"k_proj.weight": 0, "v_proj.weight": 0, "kv_a_proj_with_mqa.weight": 0}
    fused = {"Wqkv.weight": d_model}
    return sum(
        tensor.shape[0] - spared
        for name, tensor in tensors.items()
        for end, spared in (rows | fused).items()
        if name.endswith(end)
    )


def windows_of(config: Any) -> Counter[int | None]:
    """How many layers have which window, from what the class made of its arguments."""
    kinds = getattr(config, "layer_types", None)
    window = getattr(config, "sliding_window", None)
    if config.model_type in ("mixtral", "phimoe", "qwen3_moe"):
        return Counter([window] * config.num_hidden_layers)
    if kinds is None:
        return Counter([None] * config.num_hidden_layers)
    if config.model_type == "llama4_text":
        window = config.attention_chunk_size
    return Counter(None if kind == "full_attention" else window for kind in kinds)


def our_windows(architecture: Architecture) -> Counter[int | None]:
    found: Counter[int | None] = Counter()
    for stack in architecture.stacks:
        for part in stack.parts:
            if isinstance(part, GroupedQueryAttention | LatentAttention):
                found[part.window] += stack.n_layers
    return found


FILLED_IN = ("layer_types", "mlp_layer_types", "moe_layers", "no_rope_layers")


def without_what_a_class_fills_in(file: drawn.Fields, given: drawn.Fields, cls: Any) -> Any:
    """The file as older versions write it: lists only where given, no flag that is the default."""
    tied = getattr(cls, "tie_word_embeddings", False)
    left = {name: value for name, value in file.items() if name not in FILLED_IN}
    if left.get("tie_word_embeddings") == tied:
        del left["tie_word_embeddings"]
    return left | {name: given[name] for name in FILLED_IN if name in given}


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=15)
@given(data=st.data())
def test_a_drawn_configuration_counts_as_its_class_builds_it(name: str, data: st.DataObject):
    fields = data.draw(FAMILIES[name])
    config = config_class(name)(**fields)
    tensors = stored_tensors(name, config)
    for only_differences in (True, False):
        text = config.to_json_string(use_diff=only_differences)
        architecture = read_config_json(text).architecture
        count = parameter_count(architecture)
        assert {k: v for k, v in count.components.items() if v} == components_of(tensors)
        assert count.total == sum(tensor.numel() for tensor in tensors.values())
        assert count.active["all"] == active_of(tensors, one_of(fields, N), one_of(fields, K))
        assert elements_per_token(architecture) == cached_of(tensors, config.hidden_size)
        assert our_windows(architecture) == windows_of(config)
        older = without_what_a_class_fills_in(json.loads(text), fields, config_class(name))
        assert read_config(older).architecture == architecture


def text_tensors(name: str, config: Any) -> dict[str, torch.Tensor]:
    """Of a model that sees images, all that is not for images."""
    towers = ("vision", "projector")
    found = stored_tensors(name, config, "ForConditionalGeneration")
    return {key: tensor for key, tensor in found.items() if not any(t in key for t in towers)}


TOWER = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize(
    ("name", "inner", "texts"),
    [
        ("Llama4", "llama4_text", drawn.llama4()),
        ("Kimi_K25", "deepseek_v3", drawn.latent()),
        ("Mistral3", "mistral4", drawn.latent()),
    ],
)
@settings(max_examples=10)
@given(data=st.data())
def test_of_a_file_with_images_the_text_model_is_read_and_the_tower_named(
    name: str, inner: str, texts: st.SearchStrategy[drawn.Fields], data: st.DataObject
):
    tower = TOWER | ({"intermediate_size": 32} if name == "Llama4" else {})
    config = getattr(transformers, f"{name}Config")(
        text_config=data.draw(texts) | {"model_type": inner},
        vision_config=tower,
        tie_word_embeddings=data.draw(st.booleans()),
    )
    read = read_config_json(config.to_json_string())
    assert parameter_count(read.architecture).components == components_of(
        text_tensors(name, config)
    )
    assert "vision tower" in read.notes[0]


@given(drawn.latent(queries=False), st.integers(1, 3))
@settings(max_examples=20)
def test_older_fields_of_which_layers_have_experts_mean_what_the_class_makes_of_them(
    fields: drawn.Fields, every: int
):
    older = {"first_k_dense_replace": fields["first_k_dense_replace"], "moe_layer_freq": every}
    file = json.loads(transformers.AXK1Config(**fields | older).to_json_string())
    listed = read_config(file).architecture
    assert file.pop("mlp_layer_types")
    assert read_config(file | older).architecture == listed


@given(drawn.latent())
@settings(max_examples=10)
def test_kimi_is_read_as_deepseek(fields: drawn.Fields):
    file = json.loads(transformers.DeepseekV3Config(**fields).to_json_string())
    kimi = read_config_json(json.dumps(file | {"model_type": "kimi_k2"}))
    assert kimi.architecture == read_config_json(json.dumps(file)).architecture


def total_of(name: str, file: drawn.Fields) -> int | None:
    """As the class builds the file; None where it cannot."""
    try:
        tensors = stored_tensors(name, config_class(name)(**file))
    except Exception:  # the classes raise whatever their own code comes to
        return None
    return sum(tensor.numel() for tensor in tensors.values())


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=2)
@given(data=st.data())
def test_a_field_that_a_file_leaves_out_is_refused_or_means_what_the_class_takes(
    name: str, data: st.DataObject
):
    fields = data.draw(FAMILIES[name])
    whole = json.loads(config_class(name)(**fields).to_json_string(use_diff=False))
    for left_out in set(fields) - set(drawn.NO_TOKENS):
        file = {field: value for field, value in whole.items() if field != left_out}
        with contextlib.suppress(ConfigError):
            counted = parameter_count(read_config(file).architecture).total
            assert counted == (total_of(name, file) or counted), left_out


SAY_TOO_LITTLE = {
    "DeepseekV2": "num_experts_per_tok",
    "Dots1": "n_routed_experts",
    "Glm4Moe": "hidden_size",
    "HunYuanMoEV1": "head_dim",
}
"""Classes whose own defaults lack a size or a number that heads divide, and which."""


@pytest.mark.parametrize("name", sorted(set(FAMILIES) - {"Dbrx"}))
def test_a_classs_own_defaults_count_as_it_builds_them(name: str):
    """Whether or not they are a release; DBRX's class cannot be built from its own."""
    config = config_class(name)()
    text = config.to_json_string()
    if name in SAY_TOO_LITTLE:
        with pytest.raises(ConfigError) as refused:
            read_config_json(text)
        assert refused.value.field == SAY_TOO_LITTLE[name]
    else:
        count = parameter_count(read_config_json(text).architecture)
        assert count.components == components_of(stored_tensors(name, config))


@pytest.mark.parametrize(
    ("name", "release", "same"),
    [
        ("Olmoe", "OLMoE-1B-7B", False),
        ("GraniteMoe", "Granite-3.0-1B-A400M", False),
        ("ExaoneMoe", "K-EXAONE-236B-A23B", False),
        ("Mixtral", "Mixtral-8x7B", True),
        ("DeepseekV3", "DeepSeek-V3", True),
        ("Qwen2Moe", "Qwen1.5-MoE-A2.7B", True),
        ("GptOss", "gpt-oss-120b", True),
        ("Llama4", "Llama-4-Scout", True),
        ("MiniMaxM2", "MiniMax-M2", True),
        ("Ernie4_5_Moe", "ERNIE-4.5-21B-A3B", True),
        ("Glm4MoeLite", "GLM-4.7-Flash", True),
    ],
)
def test_a_classs_defaults_are_no_release_unless_they_are(name: str, release: str, same: bool):
    defaults = parameter_count(read_config_json(config_class(name)().to_json_string()).architecture)
    assert (defaults.total == RELEASED[release]["total"]) == same


def test_glms_defaults_are_air_without_its_biases():
    file = transformers.Glm4MoeConfig(head_dim=128).to_json_string()
    biases = 46 * (96 + 2 * 8) * 128
    total = parameter_count(read_config_json(file).architecture).total
    assert total == RELEASED["GLM-4.5-Air"]["total"] - biases


def test_olmoes_defaults_are_twice_the_release():
    defaults = read_config_json(transformers.OlmoeConfig().to_json_string())
    assert round(parameter_count(defaults.architecture).total / 1e9, 2) == 13.36
