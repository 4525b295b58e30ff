"""Training tokens/s of the lab's whole model against a dense model with the same FLOPs.

    .venv/bin/python benchmarks/model_rate.py

Whole training steps: batch, forward, backward, optimiser, measurements. The two are timed in turn,
a few steps each, in CPU time of this process, so that other work on the machine affects both and is
not counted; printed is the median of the ratios, with quartiles. One torch thread, as in the
worker, so that on an idle machine CPU time is time.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from moeviz.config import ArmConfig, dense_baseline
from moeviz.training.arm import ArmTrainer

CASES = {
    "the lab's default: N = 8, k = 1": {},
    "N = 8, k = 2": {"top_k": 2},
    "N = 64, k = 1": {"n_experts": 64},
    "N = 64, k = 2": {"n_experts": 64, "top_k": 2},
}
ROUNDS, STEPS = 25, 4


def seconds(trainer: ArmTrainer) -> float:
    """CPU time of STEPS training steps."""
    start = time.process_time()
    for _ in range(STEPS):
        trainer.step()
    return time.process_time() - start


def main() -> None:
    """Print one row a case."""
    torch.set_num_threads(1)
    print("| model | MoE, tokens/s | dense, tokens/s | MoE ÷ dense (quartiles) |")
    print("|---|---|---|---|")
    for words, knobs in CASES.items():
        arm = ArmConfig.of("A", knobs)
        moe, dense = ArmTrainer(arm), ArmTrainer(dense_baseline(arm, "active", "dense"))
        seconds(moe), seconds(dense)
        pairs = [(seconds(moe), seconds(dense)) for _ in range(ROUNDS)]
        low, middle, high = statistics.quantiles([d / m for m, d in pairs], n=4)
        tokens = STEPS * moe.tokens_per_step
        rates = [tokens / statistics.median(column) for column in zip(*pairs, strict=True)]
        print(
            f"| {words} | {rates[0]:,.0f} | {rates[1]:,.0f} "
            f"| {middle:.2f} ({low:.2f} to {high:.2f}) |",
            flush=True,
        )


if __name__ == "__main__":
    main()
