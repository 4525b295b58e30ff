"""What a training step really calls, beside what a page says that the running model calls."""

from __future__ import annotations

import functools
import re
import sys
from types import FrameType
from typing import Any

from moeviz.config import ArmConfig, RunConfig
from moeviz.training.lockstep import LockstepTrainer

TINY = {
    "n_experts": 4, "d_model": 16, "d_expert": 16, "n_heads": 2, "batch_size": 4,
    "context_length": 16, "top_k": 2, "capacity_factor": 1.0, "balancer": "switch",
}  # fmt: skip

_LIVE = re.compile(r"`([\w.]+)`, as the running model calls it")
_COMPUTED = re.compile(r"`([\w.]+)`, which computes these numbers")


@functools.cache
def called_in_a_training_step() -> frozenset[str]:
    """Functions and methods of moeviz that one step calls, and the classes of these methods."""
    trainer = LockstepTrainer(RunConfig((ArmConfig.of("A", TINY),)))
    called: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("moeviz."):
            called.add(f"{module}.{frame.f_code.co_qualname}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        trainer.step()
    finally:
        sys.setprofile(before)
    return frozenset(called | {name.rpartition(".")[0] for name in called})


def sources_said_live(texts: list[str]) -> set[str]:
    """The sources that a page shows as called by the running model."""
    return set(_LIVE.findall("\n".join(texts)))


def sources_said_computed(texts: list[str]) -> set[str]:
    """The sources that a page shows as computing its numbers."""
    return set(_COMPUTED.findall("\n".join(texts)))
