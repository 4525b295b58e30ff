"""The knobs of the cost pages beside the sliders: one table for widgets and address.

Knows bounds and labels, and the tooltips beside it; nothing of widgets or of the closed forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.accounting.flops import MASKINGS
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.memory import TRAINING_STATES, USUAL_EXPERT_RANKS
from moeviz.accounting.precision import FORMATS, PRECISIONS
from moeviz.accounting.sketch import SKETCH_KNOBS
from moeviz.analysis.cost.decoding_speed import MOST_SEQUENCES
from moeviz.config import Knob
from moeviz.texts import fill_all, strings

TRAINING_STATE_NAMES: Mapping[str, str] = dict(
    zip(("18", "16", "16-fp32"), TRAINING_STATES, strict=True)
)
"""What the address calls the training states."""

MAX_CONTEXT = 10_000_000

_HELP: Mapping[str, str] = fill_all(strings(__file__), usual=str(USUAL_EXPERT_RANKS))


def _knob(name: str, kind: Any, default: Any, label: str, **more: Any) -> Knob:
    return Knob(name, kind, default, label, _HELP[name], **more)


def _ranks(name: str, default: int, label: str, low: int = 1) -> Knob:
    return _knob(name, "int", default, label, low=low, high=1_000_000, steps="doubling")


def _own_figure(name: str, label: str, high: float) -> Knob:
    return _knob(name, "optional_float", None, label, low=1e-3, high=high,
                 none_means="data sheet", steps="1-2-5")  # fmt: skip


def _host_figure(name: str, default: float, label: str, high: float) -> Knob:
    return _knob(name, "float", default, label, low=1e-3, high=high, steps="1-2-5")


_KNOBS = (
    _knob("vary", "choice", "split", "Vary", choices=("split", "top_k", "experts")),
    _knob("value", "int", 0, "Value", low=0, high=65_536),
    _ranks("ranks", 64, "Ranks"),
    _ranks("ep", 0, "Expert parallel EP", low=0),
    _ranks("tp", 1, "Tensor parallel TP"),
    _ranks("pp", 1, "Pipeline parallel PP"),
    _knob("optimizer", "choice", "shared", "Optimizer state", choices=("shared", "whole")),
    _knob("keeps", "choice", "18", "Bytes per parameter", choices=tuple(TRAINING_STATE_NAMES)),
    _knob("context", "int", 4096, "Context length S", low=1, high=MAX_CONTEXT),
    _knob("masking", "choice", "causal", "Attention pairs", choices=tuple(MASKINGS)),
    _knob("tokens", "float", 15.0, "Training tokens, 10¹²", low=1e-6, high=1e5, steps="1-2-5"),
    _knob("routed", "int", 8192, "Tokens routed together T", low=1, high=10**9, steps="doubling"),
    _knob("link", "float", 50.0, "Link speed, GB/s", low=1e-3, high=1e6, steps="1-2-5"),
    _knob("capacity", "float", 1.25, "Capacity factor", low=0.01, high=100, step=0.25),
    _knob("precision", "choice", "bf16", "Weight format", choices=tuple(PRECISIONS)),
    _knob("cache", "choice", "bf16", "KV cache format", choices=tuple(FORMATS)),
    _knob("batch", "int", 1, "Batch size B", low=1, high=MOST_SEQUENCES),
    _knob("hardware", "choice", "H100 SXM", "Accelerator type", choices=tuple(HARDWARE)),
    _knob("devices", "int", 1, "Accelerators", low=1, high=100_000, steps="doubling"),
    _own_figure("peak", "Peak, TFLOP/s", 1e6),
    _own_figure("bandwidth", "Bandwidth, GB/s", 1e7),
    _own_figure("memory", "Memory, GB", 1e6),
    _knob("beside", "choice", "RTX 4090", "Accelerator type beside it", choices=tuple(HARDWARE)),
    _knob("small", "choice", "RTX 4090", "Smaller accelerator", choices=tuple(HARDWARE)),
    _own_figure("small_memory", "Its memory, GB", 1e6),
    _own_figure("small_bandwidth", "Its bandwidth, GB/s", 1e7),
    _host_figure("host_memory", 96.0, "Host memory, GB", 1e7),
    _host_figure("host_bandwidth", 89.6, "Host bandwidth, GB/s", 1e7),
    _host_figure("host_link", 31.5, "Link, GB/s", 1e6),
)
COUNT_KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in _KNOBS}
"""By name, which is also the name in the address."""

COUNT_LABELS: Mapping[str, str] = {
    name: knob.label for name, knob in {**SKETCH_KNOBS, **COUNT_KNOBS}.items()
}
"""Labels that a refusal uses for its fields: of the sliders, and of these knobs."""
