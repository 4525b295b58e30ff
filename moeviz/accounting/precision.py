"""Bytes of weights by number format, scales included, and mixed by component.

Only matrices are quantised; biases, gains and, unless a format says so, vocabulary tables and
routers stay as they are. Knows nothing of hardware or of how a kernel computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from moeviz.accounting.bounds import positive
from moeviz.accounting.terms import Exact, Term, total
from moeviz.accounting.weights import COMPONENTS, Component, Weights
from moeviz.config import ConfigError


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a weight is stored.

    Attributes:
        bits: of one weight, its share of scales and zero points included.
        meaning: where the bits come from. source: who defines it.
    """

    name: str
    bits: Fraction
    meaning: str
    source: str

    def __post_init__(self) -> None:
        positive("bits", self.bits)


def _format(name: str, bits: int | Fraction, meaning: str, source: str) -> NumberFormat:
    return NumberFormat(name, Fraction(bits), meaning, source)


_OCP = "OCP Microscaling Formats v1.0"
FORMATS: dict[str, NumberFormat] = {
    each.name: each
    for each in (
        _format("fp32", 32, "32 bits", "IEEE 754"),
        _format("bf16", 16, "16 bits, the exponent of fp32", "bfloat16"),
        _format("fp16", 16, "16 bits", "IEEE 754"),
        _format(
            "fp8",
            8 + Fraction(32, 128 * 128),
            "8 bits, a 32-bit scale per block of 128 × 128",
            "DeepSeek-V3, arXiv:2412.19437, section 3.3.2",
        ),
        _format(
            "int8", 8, "8 bits; the scale per row is not counted", "LLM.int8(), arXiv:2208.07339"
        ),
        _format("mxfp8", 8 + Fraction(8, 32), "8 bits, an 8-bit scale per 32 weights", _OCP),
        _format("mxfp4", 4 + Fraction(8, 32), "4 bits, an 8-bit scale per 32 weights", _OCP),
        _format(
            "nvfp4", 4 + Fraction(8, 16), "4 bits, an 8-bit scale per 16 weights", "NVIDIA NVFP4"
        ),
        _format(
            "int4",
            4 + Fraction(16 + 4, 128),
            "4 bits, a 16-bit scale and a 4-bit zero point per 128 weights",
            "GPTQ, arXiv:2210.17323, and AWQ, arXiv:2306.00978, groups of 128",
        ),
        _format(
            "nf4",
            4 + Fraction(8, 64) + Fraction(32, 64 * 256),
            "4 bits, an 8-bit scale per 64 weights, a 32-bit scale per 256 scales",
            "QLoRA, arXiv:2305.14314, section 3, with double quantisation",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Precision:
    """Which format each weight of a model has.

    Attributes:
        vectors: of biases, gains and all else that is no matrix.
        matrices: of matrices. components: of the matrices of single components, instead.
    """

    name: str
    vectors: NumberFormat
    matrices: NumberFormat
    components: Mapping[Component, NumberFormat] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.components:
            if each not in COMPONENTS:
                raise ConfigError("component", each, "one of " + ", ".join(COMPONENTS))

    def of(self, weights: Weights) -> NumberFormat:
        """The format of these."""
        if len(weights.shape) < 2:
            return self.vectors
        return self.components.get(weights.component, self.matrices)

    def bytes_of(self, weights: Iterable[Weights]) -> Fraction:
        """Σ parameters·bits / 8."""
        return sum((each.parameters * self.of(each).bits / 8 for each in weights), Fraction(0))


_KEPT: tuple[Component, ...] = ("embedding", "router", "lm_head", "norms", "other")
_BF16 = FORMATS["bf16"]


def _quantised(name: str) -> Precision:
    return Precision(name, _BF16, FORMATS[name], dict.fromkeys(_KEPT, _BF16))


PRECISIONS: dict[str, Precision] = {
    **{name: Precision(name, FORMATS[name], FORMATS[name]) for name in ("fp32", "bf16", "fp16")},
    **{
        name: _quantised(name) for name in ("fp8", "int8", "mxfp8", "mxfp4", "nvfp4", "int4", "nf4")
    },
    "gpt-oss": Precision("gpt-oss", _BF16, _BF16, {"routed_experts": FORMATS["mxfp4"]}),
}
"""Whole models. Below 16 bits the matrices of layers alone are quantised, routers excepted;
"gpt-oss" quantises nothing but the routed experts' matrices."""


def weight_bytes(weights: Iterable[Weights], precision: Precision) -> tuple[Term, ...]:
    """parameters·bits / 8, a term for each line of weights."""
    return tuple(
        Term(
            each.component,
            f"{each.role} ({precision.of(each).name})",
            (
                *each.named_sizes,
                ("copies", each.copies),
                ("bytes per weight", precision.of(each).bits / 8),
            ),
        )
        for each in weights
    )


def total_bytes(weights: Iterable[Weights], precision: Precision) -> Exact:
    """Σ of `weight_bytes`: what the weights of a checkpoint take."""
    return total(weight_bytes(weights, precision))
