"""Do the lab's phenomena happen, and on how many seeds? Real runs with the lab's defaults.

    .venv/bin/python benchmarks/phenomena.py [--seeds 10] [--markdown]

Prints one line a seed and experiment, then the table of the README. Takes about a minute a seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from moeviz.config import ArmConfig, RunConfig, ScheduledChange
from moeviz.records import WINDOW_STEPS, RunHistory
from moeviz.training.lockstep import LockstepTrainer

SWITCH_ON = ScheduledChange(300, {"aux_coefficient": 0.02})
EXPERIMENTS: dict[str, tuple[dict[str, object], tuple[ScheduledChange, ...]]] = {
    "none": ({"method": "none"}, ()),
    "α = 0.01": ({"method": "switch_loss", "aux_coefficient": 0.01}, ()),
    "α = 0.02 from step 300": ({"method": "switch_loss", "aux_coefficient": 0.0}, (SWITCH_ON,)),
    "α = 1": ({"method": "switch_loss", "aux_coefficient": 1.0}, ()),
    "bias u = 0.003": ({"method": "loss_free_bias", "bias_update_rate": 0.003}, ()),
    "none, capacity 1": ({"method": "none", "capacity_factor": 1.0}, ()),
    "none, k = 2": ({"method": "none", "top_k": 2}, ()),
}
STEPS = 600


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one run of STEPS steps showed."""

    lowest: float
    largest_share: float
    most_dead: int
    at_300: float
    at_end: float
    dropped: float
    processed: float
    loss: float


def outcome(history: RunHistory) -> Outcome:
    """The figures that the claims are judged by; collapse is looked for in the first 100 steps."""
    early = slice(WINDOW_STEPS - 1, 100)
    entropy = history["normalised_entropy"].min(axis=1)
    return Outcome(
        lowest=float(entropy[early].min()),
        largest_share=float(history["window_load"][early].max()),
        most_dead=int(history["dead_experts"][early].max()),
        at_300=float(entropy[299]),
        at_end=float(entropy[-1]),
        dropped=float(history["dropped_fraction"][-1].max()),
        processed=float(
            history["window_processed_load"][-1].max() * history["window_load"].shape[-1]
        ),
        loss=float(history["cross_entropy"][-100:].mean()),
    )


def run(knobs: dict[str, object], schedule: tuple[ScheduledChange, ...], seed: int) -> Outcome:
    """Train one arm of the lab."""
    trainer = LockstepTrainer(RunConfig((ArmConfig.of("A", {**knobs, "seed": seed}, schedule),)))
    return outcome(RunHistory.of([trainer.step()["A"] for _ in range(STEPS)]))


CLAIMS = (
    ("Left alone, a layer falls below 0.6 within 100 steps", lambda o: o["none"].lowest < 0.6),
    ("… one expert takes more than half of a layer", lambda o: o["none"].largest_share > 0.5),
    ("… and is still below 0.8 at step 600", lambda o: o["none"].at_end < 0.8),
    ("α = 0.01: every layer at 0.95 or more at step 600", lambda o: o["α = 0.01"].at_end >= 0.95),
    ("… with a lower loss than left alone", lambda o: o["α = 0.01"].loss < o["none"].loss),
    (
        "α = 0.02 switched on at step 300: 0.95 or more by step 600",
        lambda o: o["α = 0.02 from step 300"].at_end >= 0.95,
    ),
    ("α = 1: 0.98 or more", lambda o: o["α = 1"].at_end >= 0.98),
    ("… with a higher loss than α = 0.01", lambda o: o["α = 1"].loss > o["α = 0.01"].loss),
    ("Bias u = 0.003: 0.98 or more", lambda o: o["bias u = 0.003"].at_end >= 0.98),
    (
        "Capacity 1, nothing balances: no expert computes more than its share",
        lambda o: o["none, capacity 1"].processed <= 1.01,
    ),
    ("… and 20 % or more of a layer is dropped", lambda o: o["none, capacity 1"].dropped >= 0.2),
    (
        "k = 2: more even than k = 1 at step 600",
        lambda o: o["none, k = 2"].at_end > o["none"].at_end,
    ),
    ("… and at step 300", lambda o: o["none, k = 2"].at_300 > o["none"].at_300),
)


def main() -> None:
    """Run every experiment on every seed and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    held = [0] * len(CLAIMS)
    for seed in range(seeds):
        outcomes = {}
        for name, (knobs, schedule) in EXPERIMENTS.items():
            outcomes[name] = run(knobs, schedule, seed)
            rounded = {k: round(v, 3) for k, v in dataclasses.asdict(outcomes[name]).items()}
            print(f"seed {seed}  {name:24s} {rounded}", flush=True)
        held = [n + bool(claim(outcomes)) for n, (_, claim) in zip(held, CLAIMS, strict=True)]
    print(f"\n| Claim | seeds of {seeds} |\n|---|---|")
    for (words, _), count in zip(CLAIMS, held, strict=True):
        print(f"| {words} | {count} |")


if __name__ == "__main__":
    main()
