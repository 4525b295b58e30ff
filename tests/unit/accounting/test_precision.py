"""Bytes of weights against the formats' own block layouts and against published checkpoints."""

from __future__ import annotations

import pytest
from hypothesis import given

from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.precision import (
    FORMATS,
    PRECISIONS,
    NumberFormat,
    Precision,
    total_bytes,
    weight_bytes,
)
from moeviz.accounting.terms import by_component, total
from moeviz.accounting.weights import matrix, vector
from moeviz.config import ConfigError
from tests.architectures import GPT_OSS_20B, GPT_OSS_120B, MIXTRAL_8X7B, architectures

BLOCKS = {
    "mxfp4": (32, 32 // 2 + 1),
    "mxfp8": (32, 32 + 1),
    "nvfp4": (16, 16 // 2 + 1),
    "int4": (2 * 128, 2 * (128 // 2 + 2) + 1),
    "nf4": (64 * 256, 256 * (64 // 2 + 1) + 4),
    "fp8": (128 * 128, 128 * 128 + 4),
}
"""Weights of a block of each format, and its bytes: numbers, scales, zero points."""


@pytest.mark.parametrize("name", BLOCKS)
def test_bits_are_those_of_a_whole_block(name):
    weights, stored = BLOCKS[name]
    assert FORMATS[name].bits * weights == 8 * stored


@pytest.mark.parametrize(("model", "gibibytes"), [(GPT_OSS_120B, 60.8), (GPT_OSS_20B, 12.8)])
def test_gpt_oss_takes_what_its_card_says_of_the_checkpoint(model, gibibytes):
    """Routed experts' matrices in mxfp4, all else, their biases too, in bf16."""
    stored = total_bytes(model.weights(), PRECISIONS["gpt-oss"])
    assert float(stored) / 2**30 == pytest.approx(gibibytes, abs=0.05)


@given(architectures())
def test_whole_formats_are_bytes_times_parameters(architecture):
    count = parameter_count(architecture).total
    for name, size in (("fp32", 4), ("bf16", 2), ("fp16", 2)):
        assert total_bytes(architecture.weights(), PRECISIONS[name]) == size * count


@given(architectures())
def test_a_term_for_each_line_and_no_byte_outside_them(architecture):
    for precision in PRECISIONS.values():
        terms = weight_bytes(architecture.weights(), precision)
        assert len(terms) == len(architecture.weights())
        assert total(terms) == precision.bytes_of(architecture.weights())


def test_quantising_leaves_tables_routers_and_gains_in_16_bits():
    wide, narrow = (
        by_component(weight_bytes(MIXTRAL_8X7B.weights(), PRECISIONS[name]))
        for name in ("bf16", "int4")
    )
    for same in ("embedding", "lm_head", "router", "norms"):
        assert wide[same] == narrow[same]
    for smaller in ("attention", "routed_experts"):
        assert narrow[smaller] * 16 == wide[smaller] * FORMATS["int4"].bits


def test_biases_of_a_quantised_matrix_are_not_quantised():
    precision = PRECISIONS["mxfp4"]
    assert precision.of(matrix("attention", "query projection", 32, 32)).name == "mxfp4"
    assert precision.of(vector("attention", "bias", 32)).name == "bf16"


def test_nonsense_is_refused_by_name():
    with pytest.raises(ConfigError, match="bits must be"):
        NumberFormat("none", 0, "", "")
    with pytest.raises(ConfigError, match="component must be one of embedding"):
        Precision("mine", FORMATS["bf16"], FORMATS["bf16"], {"experts": FORMATS["mxfp4"]})
