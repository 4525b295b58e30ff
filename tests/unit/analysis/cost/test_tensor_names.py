"""Tensors of transformers by component."""

from __future__ import annotations

from moeviz.analysis.cost.tensor_names import by_component

SHARED = {"model.layers.0.shared_mlp.input_linear.weight": 6}


def test_what_is_named_shared_beside_no_routed_expert_is_a_dense_feed_forward():
    assert by_component(SHARED) == {"dense_ffn": 6}
    experts = {"model.layers.0.mlp.experts.gate_up_proj": 12}
    assert by_component(SHARED | experts) == {"routed_experts": 12, "shared_experts": 6}
