"""Since when a model trains without the load balancing that it had."""

from __future__ import annotations

import pytest

from moeviz.analysis.switched_off import off_since
from moeviz.config import ArmConfig
from moeviz.records import KnobMark

ON, OFF = {"balancer": "switch"}, {"balancer": "none"}


@pytest.mark.parametrize(
    ("balancer", "marks", "since"),
    [
        ("none", [], None),  # it never had any
        ("switch", [KnobMark(301, "A", OFF), KnobMark(302, "A", ON)], None),
        ("none", [KnobMark(301, "A", OFF)], 300),
        ("none", [KnobMark(101, "A", OFF), KnobMark(201, "A", ON), KnobMark(301, "A", OFF)], 300),
        ("none", [KnobMark(301, "A", OFF), KnobMark(400, "A", {"learning_rate": 0.1})], 300),
        ("none", [KnobMark(301, "B", OFF)], None),  # of the other model
    ],
)
def test_it_is_the_last_step_with_load_balancing(balancer, marks, since):
    assert off_since(ArmConfig.of("A", {"balancer": balancer}), marks) == since


def test_a_dense_model_has_none_to_switch_off():
    dense = ArmConfig.of("A", {"balancer": "none", "dense_width": 64})
    assert off_since(dense, [KnobMark(301, "A", OFF)]) is None
