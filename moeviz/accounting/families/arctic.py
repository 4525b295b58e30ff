"""Snowflake Arctic: a dense feed-forward runs beside the experts of a layer.

Source: vLLM's vllm/model_executor/models/arctic.py.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    Layer,
    decoder,
    dense,
    grouped_query,
    mixture,
)
from moeviz.accounting.families.layers import count_layers
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import DenseFeedForward
from moeviz.accounting.weights import vector


def arctic(fields: Fields) -> Architecture:
    """`model_type` "arctic". Not tied where not stated.

    Each `moe_layer_frequency`-th layer has experts and, with `use_residual`, beside them a dense
    feed-forward as wide as the model, with a norm of its own.
    """
    attention = grouped_query(fields)
    step = fields.size("moe_layer_frequency", high=MAX_LAYERS)
    mixed = mixture(fields, width="intermediate_size", experts=("num_local_experts",))
    sparse: Layer = (attention, mixed)
    if fields.flag("use_residual"):
        norm = vector("norms", "norm of the dense feed-forward", attention.d_model)
        beside = DenseFeedForward(attention.d_model, attention.d_model)
        sparse = (attention, replace(mixed, extra=(norm,)), beside)
    plain: Layer = (attention, dense(fields))
    layers = [sparse if (layer + 1) % step == 0 else plain for layer in range(count_layers(fields))]
    return decoder(fields, layers)
