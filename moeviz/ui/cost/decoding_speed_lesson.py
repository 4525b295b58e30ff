"""The figures in the prose of the page Decoding speed, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.accounting.decode import Serving, compute_bound_batch, decode_step, dense_equivalent
from moeviz.accounting.distinct import distinct_experts
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count
from moeviz.texts import page_texts
from moeviz.ui.cost.knobs import COUNT_KNOBS

_NAME, _SIZES = SKETCHES["mixtral-8x7b"]
_MIXTRAL = _SIZES.architecture()
_COUNTED = parameter_count(_MIXTRAL)
_HARDWARE, _CONTEXT = COUNT_KNOBS["hardware"].default, COUNT_KNOBS["context"].default
_FEW, _MANY = 16, 2048
_SHORT = 128
"""The context of the experiment with a compute-bound batch."""


def turning_batch(context: int) -> int | None:
    """The smallest compute-bound batch size of Mixtral on the page's default accelerator."""
    return compute_bound_batch(Serving(_MIXTRAL, HARDWARE[_HARDWARE], context=context))


_TURNING = turning_batch(_SHORT) or 0
_PAGE = Serving(_MIXTRAL, HARDWARE[_HARDWARE], context=_CONTEXT)

TEXTS = page_texts(
    __file__,
    mixtral=_NAME,
    active=count(_COUNTED.active["minus_input_embedding"]),
    total=count(_COUNTED.total),
    experts=str(_SIZES.n_experts),
    k=str(_SIZES.top_k),
    few=str(_FEW),
    read=f"{distinct_experts(_SIZES.n_experts, _SIZES.top_k, _FEW):.1f}",
    as_dense=count(dense_equivalent(_PAGE, decode_step(_PAGE, _FEW))),
    many=str(_MANY),
    short=str(_SHORT),
    turning=f"{_TURNING:,}",
    tokens=f"{_TURNING * _SIZES.top_k / _SIZES.n_experts:.0f}",
    hardware=_HARDWARE,
    context=f"{_CONTEXT:,}",
)
SOURCES = (
    ("moeviz.accounting.decode", "decode_step"),
    ("moeviz.accounting.distinct", "distinct_experts"),
    ("moeviz.accounting.decode", "dense_equivalent"),
    ("moeviz.training.decoding", "distinct_experts"),
)
