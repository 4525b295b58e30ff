"""Snowflake Arctic: a dense feed-forward runs beside the experts of a layer.

Source: Snowflake's modeling_arctic.py, as optimum-habana has it, and vLLM's
vllm/model_executor/models/arctic.py.
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

SNOWFLAKES, VLLMS = "parallel_attn_mlp_res", "use_residual"


def arctic(fields: Fields) -> Architecture:
    """`model_type` "arctic". Not tied where not stated.

    Each `moe_layer_frequency`-th layer has experts and may have, beside them, a dense feed-forward
    as wide as the model, with a norm of its own: with `parallel_attn_mlp_res` in Snowflake's code,
    with `use_residual` in vLLM's. One of the two must be stated, and both must agree.
    """
    attention = replace(grouped_query(fields), window=fields.optional_size("sliding_window"))
    step = fields.size("moe_layer_frequency", high=MAX_LAYERS)
    mixed = mixture(fields, width="intermediate_size", experts=("num_local_experts",))
    sparse: Layer = (attention, mixed)
    if _has_dense_beside(fields):
        norm = vector("norms", "norm of the dense feed-forward", attention.d_model)
        beside = DenseFeedForward(attention.d_model, attention.d_model)
        sparse = (attention, replace(mixed, extra=(norm,)), beside)
    plain: Layer = (attention, dense(fields))
    layers = [sparse if (layer + 1) % step == 0 else plain for layer in range(count_layers(fields))]
    return decoder(fields, layers)


def _has_dense_beside(fields: Fields) -> bool:
    said = {name: fields.flag(name) for name in (SNOWFLAKES, VLLMS) if fields.states(name)}
    if not said:
        return fields.flag(SNOWFLAKES)
    if len(set(said.values())) > 1:
        wanted = "true" if said[SNOWFLAKES] else "false"
        raise fields.refuse(VLLMS, f"{wanted} as {SNOWFLAKES} is")
    return said.popitem()[1]
