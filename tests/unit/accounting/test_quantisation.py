"""The number format of published quantised files."""

from __future__ import annotations

from typing import Any

import pytest

from moeviz.accounting.quantisation import weights_as


@pytest.mark.parametrize(
    ("quantisation", "name"),
    [
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, "int4"),
        ({"quant_method": "awq", "bits": 4}, "int4"),
        ({"quant_method": "gptq", "bits": 3}, None),
        ({"quant_method": "mxfp4", "modules_to_not_convert": ["layers.0.self_attn"]}, "gpt-oss"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
        ({"quant_method": "bitsandbytes", "bnb_4bit_quant_type": "nf4"}, "nf4"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "modelopt"}, None),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int"}}},
            },
            "int4",
        ),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {
                    "group_0": {"weights": {"num_bits": 4, "type": "float", "group_size": 16}},
                    "group_1": {"weights": {"num_bits": 8, "type": "float"}},
                },
            },
            None,
        ),
        (
            {
                "quant_method": "compressed-tensors", "ignore": ["lm_head", "re:.*self_attn.*"],
                "config_groups": {
                    "group_0": {"weights": {"num_bits": 4, "type": "float", "group_size": 32}},
                },
            },
            "gpt-oss",
        ),
        ({"quant_method": "compressed-tensors", "config_groups": []}, None),
        ({"quant_method": ["fp8"]}, None),
        ({"quant_method": "gptq", "bits": [4]}, None),
        ({"quant_method": "modelopt", "quant_algo": {}}, None),
        ({}, None),
        (None, None),
    ],
)  # fmt: skip
def test_a_quantised_file_names_its_number_format(quantisation: Any, name: str | None):
    assert weights_as(quantisation) == name
