"""Models of transformers on the meta device: their tensors by name and size, without memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

CHOICE_BIASES = ("e_score_correction_bias", "expert_bias")
"""Buffers that are stored with the weights and take part in the choice of experts."""


@dataclass(frozen=True)
class MetaModel:
    """Sizes of a model's tensors, tied ones once, and its configuration as its file has it."""

    config: dict[str, Any]
    sizes: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.sizes.values())

    def of(self, chosen: Callable[[str], bool]) -> int:
        """Parameters of the tensors whose names are so."""
        return sum(size for name, size in self.sizes.items() if chosen(name))

    def active(self, routed: Callable[[str], bool], share: Fraction) -> int:
        """Everything but routed experts, and of those a share."""
        met = self.of(routed) * share
        assert met.denominator == 1
        return self.total - self.of(routed) + met.numerator


def filled_config(model_type: str, sizes: Mapping[str, Any]) -> Any:
    """The configuration of these sizes, with all else as its class fills it in."""
    few_words = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    return CONFIG_MAPPING[model_type](**{**few_words, **sizes})


def as_file(config: Any) -> dict[str, Any]:
    """A configuration as its file has it."""
    return json.loads(json.dumps(config.to_dict(), default=str))


def meta_model(model_type: str, sizes: Mapping[str, Any], auto: Any = None) -> MetaModel:
    """A model of these sizes as its class makes it; of configurations alike it is made once.

    Args:
        auto: transformers' class to make it with, where it is not one that predicts the next token.
    """
    config = filled_config(model_type, sizes)
    kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    saved = as_file(config)
    key = (model_type, auto or kind, json.dumps(saved, sort_keys=True))
    if key not in _MADE:
        _MADE[key] = MetaModel(saved, _sizes_of(config, auto or kind))
    return _MADE[key]


_MADE: dict[tuple[str, Any, str], MetaModel] = {}


def _sizes_of(config: Any, kind: Any) -> dict[str, int]:
    with torch.device("meta"):
        model = kind.from_config(config)
    if getattr(config, "tie_word_embeddings", False):
        model.tie_weights()
    named = {id(tensor): (name, tensor.numel()) for name, tensor in model.named_parameters()}
    found = dict(named.values())
    for name, tensor in model.named_buffers():
        if name.endswith(CHOICE_BIASES):
            found[name] = tensor.numel()
    return found
