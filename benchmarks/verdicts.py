"""How often a healthy and a collapsed run have their word, and how often it flips.

    .venv/bin/python benchmarks/verdicts.py [--seeds 10] [--balanced UP_TO UNTIL]

The borders of `moeviz.analysis.verdict` rest on this: the lab's defaults with α = 0.01 and
without load balancing, at E = 8 and E = 16 (k = 1). Prints a line a run, then a table of medians.
Takes about half a minute a seed. With --balanced, by other borders of MaxVio.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch

from moeviz.analysis.verdict import (
    BALANCED_UNTIL,
    BALANCED_UP_TO,
    COLLAPSED_BELOW,
    COLLAPSED_UNTIL,
    VERDICTS,
    Verdict,
    verdict_column,
)
from moeviz.config import ArmConfig, RunConfig
from moeviz.records import RunHistory
from moeviz.training.lockstep import LockstepTrainer

STEPS, FROM = 600, 300

_KNOBS: dict[str, tuple[Verdict, dict[str, object]]] = {
    "α = 0.01": ("balanced", {"balancer": "switch", "aux_coefficient": 0.01}),
    "no load balancing": ("collapsed", {"balancer": "none"}),
}
RUNS = {
    f"{words}, E = {experts}": (word, ArmConfig.of("A", {**knobs, "n_experts": experts}))
    for words, (word, knobs) in _KNOBS.items()
    for experts in (8, 16)
}
"""By what they are: the word that is expected, and the model."""


@dataclasses.dataclass(frozen=True)
class Share:
    """Of the steps after FROM: the share that had the word, and how often the word changed.

    `ever`: whether the model had the word at any step.
    """

    share: float
    flips: int
    ever: bool


Borders = tuple[float, float]
USUAL: Borders = (BALANCED_UP_TO, BALANCED_UNTIL)


def share_of(verdict: Verdict, history: RunHistory, balanced: Borders = USUAL) -> Share:
    """Of the model's word, the worst of its layers'."""
    layers = verdict_column(history, balanced)
    model = np.array([min(row, key=VERDICTS.index) for row in layers.tolist()])
    late = model[history["step"] > FROM]
    flips = int((late[1:] != late[:-1]).sum())
    return Share(float((late == verdict).mean()), flips, bool((model == verdict).any()))


def run(arm: ArmConfig, seed: int) -> RunHistory:
    """Train one model for STEPS steps."""
    seeded = dataclasses.replace(arm, train=dataclasses.replace(arm.train, seed=seed))
    trainer = LockstepTrainer(RunConfig((seeded,)))
    return RunHistory.of([trainer.step()[arm.name] for _ in range(STEPS)])


def row(name: str, verdict: Verdict, shares: list[Share]) -> str:
    """A line of the table."""
    words = [each.share for each in shares]
    flips = [each.flips for each in shares]
    return (
        f"| {name} | {verdict} | {statistics.median(words):.0%} ({min(words):.0%} to "
        f"{max(words):.0%}) | {statistics.median(flips):g} (at most {max(flips)}) | "
        f"{sum(each.ever for each in shares)} of {len(shares)} |"
    )


def main() -> None:
    """Run every model on every seed, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument(
        "--balanced", type=float, nargs=2, default=USUAL, metavar=("UP_TO", "UNTIL")
    )
    options = parser.parse_args()
    seeds, (up_to, until) = options.seeds, options.balanced
    torch.set_num_threads(1)
    rows = []
    for name, (verdict, arm) in RUNS.items():
        shares = []
        for seed in range(seeds):
            shares.append(share_of(verdict, run(arm, seed), (up_to, until)))
            print(f"{name}, seed {seed}: {shares[-1]}", flush=True)
        rows.append(row(name, verdict, shares))
    print(f"\nCollapsed below h = {COLLAPSED_BELOW:g}, until above {COLLAPSED_UNTIL:g}; ", end="")
    print(f"balanced up to MaxVio {up_to:g}, until {until:g}.\n")
    print(f"| Model | word | share of steps after {FROM} | changes of the word | seeds with it |")
    print("|---|---|---|---|---|", *rows, sep="\n")


if __name__ == "__main__":
    main()
