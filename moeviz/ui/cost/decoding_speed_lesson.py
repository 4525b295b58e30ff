"""What to try on the page of speed, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.accounting.decode import Serving, compute_bound_batch, decode_step, dense_equivalent
from moeviz.accounting.distinct import distinct_experts
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count
from moeviz.texts import Experiment
from moeviz.ui.cost.knobs import COUNT_KNOBS

_SIZES = SKETCHES["mixtral-8x7b"][1]
_MIXTRAL, _N, _K = _SIZES.architecture(), _SIZES.n_experts, _SIZES.top_k
_COUNTED = parameter_count(_MIXTRAL)
_MET, _STORED = count(_COUNTED.active["minus_input_embedding"]), count(_COUNTED.total)
_FEW, _MANY = 16, 2048
_READ = distinct_experts(_N, _K, _FEW)
"""Of a layer's experts, at a few sequences."""

_PAGE = Serving(
    _MIXTRAL, HARDWARE[COUNT_KNOBS["hardware"].default], context=COUNT_KNOBS["context"].default
)
_AS_DENSE = count(dense_equivalent(_PAGE, decode_step(_PAGE, _FEW)))
_SHORT = 128
"""Context of the experiment in which arithmetic decides."""


def turning_batch(context: int) -> int | None:
    """From which on arithmetic decides, of Mixtral on the page's own accelerator."""
    hardware = HARDWARE[COUNT_KNOBS["hardware"].default]
    return compute_bound_batch(Serving(_MIXTRAL, hardware, context=context))


_TURNING = turning_batch(_SHORT) or 0

SPEED_EXPERIMENTS = (
    Experiment(
        "One sequence",
        "B = 1: only the chosen experts are read. Mixtral costs like the dense model of "
        f"{_MET} that its active parameters name.",
        {"batch": "1"},
    ),
    Experiment(
        f"{_FEW} sequences",
        f"B = {_FEW}: together they have chosen {_READ:.1f} of {_N} experts, so nearly everything "
        f"is read, and the step is as slow as a dense model of {_AS_DENSE}, of {_STORED} that are "
        "stored.",
        {"batch": str(_FEW)},
    ),
    Experiment(
        "Enough to be bound by arithmetic",
        f"B = {_MANY:,} at a context of {_SHORT}: weights are read once for many tokens. From B = "
        f"{_TURNING:,} on operations decide, and it costs {_MET} again. Lengthen the context: the "
        "caches take that away.",
        {"batch": str(_MANY), "context": str(_SHORT)},
    ),
)
SPEED_WHERE = (
    "A roofline: time = max(bytes / bandwidth, operations / peak), from the data sheets' peaks. A "
    "step reads all weights but the routed experts once, each *distinct* expert that somebody in "
    "the batch has chosen once, and the cache of every sequence. Expected of even, independent "
    "routing, N·(1 − (1 − k/N)ᴮ) of N experts are distinct. It is a bound from below: nobody "
    "reaches the peaks, nothing overlaps perfectly, and several accelerators must talk. The "
    "running model's own number comes from its worker, on a held-out batch, when you ask; "
    "its steps are then counted with it, beside even routing's."
)
SPEED_SOURCES = (
    ("moeviz.accounting.decode", "decode_step"),
    ("moeviz.accounting.distinct", "distinct_experts"),
    ("moeviz.accounting.decode", "dense_equivalent"),
    ("moeviz.training.decoding", "distinct_experts"),
)
SPEED_QUESTION = (
    f"Does a mixture with {_MET} active of {_STORED} decode as fast as a dense model of {_MET}?"
)
SPEED_ANSWER = (
    "At batch 1, nearly: decoding waits for memory, and only k experts a layer are read. From a "
    "few sequences on, no: each chooses its own experts, the distinct ones grow as N·(1 − (1 − "
    f"k/N)ᴮ), and at {_FEW} sequences of top-{_K} of {_N} nearly all are read, {_READ:.1f}, while "
    f"each serves few tokens: it then costs like a dense {_AS_DENSE}. Only where the batch is so "
    f"large that arithmetic decides does it cost like {_MET} again: at a context of {_SHORT} and "
    f"16 bits on one {COUNT_KNOBS['hardware'].default} from {_TURNING:,} sequences on, "
    f"{_TURNING * _K // _N} tokens an expert; at {COUNT_KNOBS['context'].default:,} at no batch, "
    "since the cache of one more sequence takes longer to read than its token to compute. That is "
    "why mixtures are served in large batches spread over many accelerators, and why small caches "
    "matter to them. Skewed routing touches fewer experts, but crowds them."
)
