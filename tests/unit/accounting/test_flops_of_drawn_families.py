"""Operations of drawn configurations of every family against torch's count of its own class."""

from __future__ import annotations

import json

import pytest
import torch
import transformers
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from moeviz.accounting.config_json import read_config_json
from moeviz.accounting.flops import forward_flops
from moeviz.accounting.sparsity import with_top_k
from tests.unit.accounting.test_config_json_drawn import FAMILIES, config_class

pytestmark = pytest.mark.slow

CONTEXT, SEQUENCES = 5, 2
RUNNABLE = sorted(FAMILIES.keys() - {"Dbrx"})
"""transformers' Dbrx has no rotary base where the configuration states none, and does not run."""


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize("name", RUNNABLE)
@settings(max_examples=10, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_a_forward_pass_is_torchs_count_to_the_unit(name: str, data: st.DataObject):
    fields = data.draw(FAMILIES[name])
    if "kv_lora_rank" in fields:  # nothing else can be run: rotations are views as complex numbers
        fields["num_key_value_heads"] = fields["num_attention_heads"]
        fields |= {key: 2 * fields[key] for key in ("kv_lora_rank", "qk_nope_head_dim")}
    # two scores a group are summed, so a group of one expert cannot be run
    experts = fields.get("n_routed_experts", fields.get("num_experts", 2))
    assume(experts // (fields.get("n_group") or 1) >= 2)
    assume(name != "Phimoe" or fields["num_experts_per_tok"] == 2)  # takes two whatever k says
    config = config_class(name)(**fields)
    architecture = read_config_json(json.dumps(config.to_dict(), default=str)).architecture
    if name == "Llama4" and any(stack.mixture for stack in architecture.stacks):
        architecture = with_top_k(architecture, fields["num_local_experts"])  # runs all, × 0
    expected = forward_flops(architecture, CONTEXT, "full", SEQUENCES)
    assert expected.total == counted(name, config)


def counted(name: str, config: transformers.PreTrainedConfig) -> int:
    """Torch's count; attention and experts as plain matrix products."""
    config._attn_implementation = config._experts_implementation = "eager"
    model = getattr(transformers, f"{name}ForCausalLM")(config)
    with torch.no_grad():
        for seed, each in enumerate(model.parameters()):
            each.normal_(0, 0.05, generator=torch.Generator().manual_seed(seed))
    tokens = torch.arange(SEQUENCES * CONTEXT).view(SEQUENCES, CONTEXT) % config.vocab_size
    with FlopCounterMode(display=False) as counter:
        model(tokens, use_cache=False)
    return int(counter.get_total_flops())
