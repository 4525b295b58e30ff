"""What can be asked about a subject of the pages that count: one table for widgets and address.

Knows bounds, labels and help; nothing of widgets or of what is computed from the values.
"""

from __future__ import annotations

from collections.abc import Mapping

from moeviz.accounting.flops import MASKINGS
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.memory import TRAINING_STATES, USUAL_EXPERT_RANKS
from moeviz.accounting.precision import FORMATS, PRECISIONS
from moeviz.accounting.sketch import SKETCH_KNOBS
from moeviz.config import Knob

TRAINING_STATE_NAMES: Mapping[str, str] = dict(
    zip(("18", "16", "16-fp32"), TRAINING_STATES, strict=True)
)
"""What the address calls the training states."""

MAX_CONTEXT = 10_000_000

_KNOBS = (
    Knob(
        "dial", "choice", "chosen", "Dial", "What is turned, everything else kept.",
        choices=("chosen", "experts", "split"),
    ),
    Knob(
        "turn", "int", 0, "Stands at", "Where the dial stands; 0: as the model is.",
        low=0, high=65_536,
    ),
    Knob(
        "ranks", "int", 64, "Ranks", "Accelerators that train together.", low=1, high=1_000_000,
        steps="doubling",
    ),
    Knob(
        "ep", "int", 0, "EP", "Expert parallelism: ranks that share out a layer's experts. 0: as "
        f"many, up to {USUAL_EXPERT_RANKS}, as divide experts and ranks.",
        low=0, high=1_000_000, steps="doubling",
    ),
    Knob(
        "tp", "int", 1, "TP", "Tensor parallelism: ranks that share each other matrix.",
        low=1, high=1_000_000, steps="doubling",
    ),
    Knob(
        "pp", "int", 1, "PP", "Pipeline parallelism: ranks that share out the layers.",
        low=1, high=1_000_000, steps="doubling",
    ),
    Knob(
        "optimizer", "choice", "shared", "Optimizer", "Whether replicas share out master weights "
        "and moments.", choices=("shared", "whole"),
    ),
    Knob(
        "keeps", "choice", "18", "Bytes a parameter", "What training keeps for each parameter.",
        choices=tuple(TRAINING_STATE_NAMES),
    ),
    Knob(
        "context", "int", 4096, "Context", "S, tokens of a sequence that attention sees.",
        low=1, high=MAX_CONTEXT,
    ),
    Knob(
        "masking", "choice", "causal", "Pairs counted", "Which pairs of positions attention's "
        "products are counted for.", choices=tuple(MASKINGS),
    ),
    Knob(
        "tokens", "float", 15.0, "Training tokens, in 10¹²", "D, all tokens of a training.",
        low=1e-6, high=1e5, steps="1-2-5",
    ),
    Knob(
        "routed", "int", 8192, "Tokens routed together", "T, whose k choices each share the "
        "experts' seats.", low=1, high=10**9, steps="doubling",
    ),
    Knob(
        "link", "float", 50.0, "Link, GB/s", "What one rank sends a second, one way: 50 through a "
        "network port of 400 Gb/s, 450 through the NVLink of an H100.", low=1e-3, high=1e6,
        steps="1-2-5",
    ),
    Knob(
        "capacity", "float", 1.25, "Capacity factor", "Seats of an expert as a multiple of its "
        "fair share k·T/N.", low=0.01, high=100, step=0.25,
    ),
    Knob(
        "precision", "choice", "bf16", "Weights as", "The format of the weights, scales included.",
        choices=tuple(PRECISIONS),
    ),
    Knob(
        "cache", "choice", "bf16", "Cache as", "The format of keys and values.",
        choices=tuple(FORMATS),
    ),
    Knob(
        "batch", "int", 1, "Batch B", "Sequences decoded, or held, together.", low=1, high=65_536
    ),
    Knob(
        "hardware", "choice", "H100 SXM", "Accelerator", "Its data sheet's peaks; each can be "
        "replaced below.", choices=tuple(HARDWARE),
    ),
    Knob("devices", "int", 1, "How many", "Accelerators used as one.", low=1, high=100_000,
        steps="doubling"),
    Knob(
        "peak", "optional_float", None, "Peak, TFLOP/s", "Of one accelerator, in 16-bit products; "
        "empty: the data sheet's.", low=1e-3, high=1e6, none_means="data sheet",
        steps="1-2-5",
    ),
    Knob(
        "bandwidth", "optional_float", None, "Bandwidth, GB/s", "Of one accelerator's memory; "
        "empty: the data sheet's.", low=1e-3, high=1e7, none_means="data sheet",
        steps="1-2-5",
    ),
    Knob(
        "memory", "optional_float", None, "Memory, GB", "Of one accelerator; empty: the data "
        "sheet's.", low=1e-3, high=1e6, none_means="data sheet",
        steps="1-2-5",
    ),
)  # fmt: skip
COUNT_KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in _KNOBS}
"""The name is the address's, too."""

COUNT_LABELS: Mapping[str, str] = {
    name: knob.label for name, knob in {**SKETCH_KNOBS, **COUNT_KNOBS}.items()
}
"""What the pages call a field of a refusal: a slider's, or one of these."""
