"""A configuration file as transformers builds it: every tensor's size, without its memory.

    python -m moeviz.model.from_transformers < config.json
    # {"sizes": {name: parameters}, "text": [names of the text model's], …}

Runs in a process of its own: it imports torch and transformers. Nothing in the file is executed
and nothing is downloaded; code that comes with a file is not run.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import resource
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

STORED_BUFFERS = ("e_score_correction_bias", "expert_bias")
"""Buffers that are stored with the weights and take part in the choice of experts."""

HEADS = ("ForCausalLM", "ForConditionalGeneration", "Model")
"""Ends of the names of classes to build, the first that there is."""


LEFT_OUT = (
    "quantization_config", "auto_map", "dtype", "torch_dtype", "attn_implementation",
    "_attn_implementation", "experts_implementation", "name_or_path", "_name_or_path",
)  # fmt: skip
CPU_SECONDS = 110
DATA_BYTES = 2 * 2**30
"""A model of ten thousand modules takes 0.4 GB, torch and transformers among them."""

MAX_LAYERS = 10_000
LAYERS = re.compile(r"\w*(layers|depth)")


class Unbuildable(ValueError):
    """transformers has no class for the file, or its class refuses it."""


def sizes(file: Mapping[str, Any]) -> dict[str, int]:
    """Parameters of each tensor of the file's model by its name, tied ones once.

    Raises:
        Unbuildable: with the reason.
    """
    return tensor_sizes(build(file))


def build(file: Mapping[str, Any]) -> Any:
    """The file's model on torch's meta device: shapes without numbers.

    Raises:
        Unbuildable: with the reason.
    """
    import torch

    _check_layers(file)
    try:
        config = _configuration(file)
        with torch.device("meta"):
            model = _model_class(config)._from_config(config)
        if getattr(config, "tie_word_embeddings", False):
            model.tie_weights()
    except Unbuildable:
        raise
    except MemoryError:
        raise Unbuildable(f"it needs more than {DATA_BYTES / 2**30:.0f} GiB to be built") from None
    except Exception as error:  # the classes raise whatever their own code comes to
        said = " ".join(line.strip() for line in str(error).splitlines()[:2])
        raise Unbuildable(f"{type(error).__name__}: {said}") from error
    return model


def _check_layers(values: Mapping[str, Any], within: str = "") -> None:
    """Classes make a list with an entry a layer before anything else."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            _check_layers(value, f"{within}{name}.")
        elif LAYERS.fullmatch(name) and isinstance(value, int) and value > MAX_LAYERS:
            raise Unbuildable(f"{within}{name} must be at most {MAX_LAYERS:,}, got {value:,}")


def text_tensors(model: Any) -> set[str]:
    """Names of the tensors of the model that its class calls the text model, and of its head.

    A tensor belongs to the innermost model around it, as its class's configuration tells.
    """
    from transformers import PreTrainedModel

    text = type(model.config.get_text_config())
    models = {
        name: type(each.config) is text
        for name, each in model.named_modules()
        if isinstance(each, PreTrainedModel)
    }
    head = model.get_output_embeddings()
    heads = set() if head is None else {id(tensor) for tensor in head.parameters()}
    named = (*model.named_parameters(), *model.named_buffers())
    return {name for name, it in named if id(it) in heads or models[_innermost(name, models)]}


def _innermost(tensor: str, models: Mapping[str, bool]) -> str:
    parts = tensor.split(".")
    prefixes = (".".join(parts[:end]) for end in range(len(parts), -1, -1))
    return next(prefix for prefix in prefixes if prefix in models)


def tensor_sizes(model: Any) -> dict[str, int]:
    """Parameters of each tensor of a model by its name, tied ones once."""
    named = {id(tensor): (name, tensor.numel()) for name, tensor in model.named_parameters()}
    stored = (each for each in model.named_buffers() if each[0].endswith(STORED_BUFFERS))
    return dict(named.values()) | {name: tensor.numel() for name, tensor in stored}


def _configuration(file: Mapping[str, Any]) -> Any:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    fields = _plain(file)
    model_type = fields.pop("model_type", None)
    if model_type not in CONFIG_MAPPING:
        raise Unbuildable(f"transformers has no class for model_type {model_type!r}")
    return CONFIG_MAPPING[model_type](**fields)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what names code, kernels or number formats, here and in every object inside."""
    return {
        name: _plain(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if name not in LEFT_OUT
    }


def _model_class(config: Any) -> Any:
    """Of the module beside the configuration's: the class for it, with a head where one has."""
    found = list(_classes(config))
    for end in HEADS:
        for each in found:
            if each.__name__.endswith(end):
                return each
    raise Unbuildable(f"transformers has no model for {type(config).__name__}")


def _classes(config: Any) -> Iterator[Any]:
    from transformers import PreTrainedModel

    module = import_module(_beside(type(config)))
    for _, each in inspect.getmembers(module, inspect.isclass):
        if issubclass(each, PreTrainedModel) and each.config_class is type(config):
            yield each


def _beside(config_class: type) -> str:
    return config_class.__module__.replace(".configuration_", ".modeling_")


def unread(file: Mapping[str, Any], config: Any, within: str = "") -> Iterator[str]:
    """Names in the file that neither the configuration's class nor its model mentions anywhere."""
    from transformers import PreTrainedConfig

    bases = [each for each in type(config).__mro__ if issubclass(each, PreTrainedConfig)]
    code = [each.__module__ for each in bases] + [_beside(type(config))]
    read = set(re.findall(r"\w+", "".join(inspect.getsource(sys.modules[name]) for name in code)))
    for name, value in file.items():
        inner = getattr(config, name, None)
        if isinstance(value, Mapping) and isinstance(inner, PreTrainedConfig):
            yield from unread(value, inner, f"{within}{name}.")
        elif name not in read and name not in LEFT_OUT:
            yield within + name


def main() -> int:
    """Reads a file from standard input, writes one JSON object."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
    file = json.load(sys.stdin)
    answer: dict[str, Any]
    try:
        model = build(file)
        answer = {"sizes": tensor_sizes(model), "class": type(model).__name__}
        answer["text"] = sorted(text_tensors(model) & answer["sizes"].keys())
        answer["version"] = import_module("transformers").__version__
        answer["unread"] = list(unread(file, model.config))
    except Unbuildable as error:
        answer = {"refused": str(error)}
    print(json.dumps(answer), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
