"""Do the lab's phenomena happen, and on how many seeds? Real runs with the lab's defaults.

    .venv/bin/python benchmarks/phenomena.py [--seeds 10]

Prints one line a seed and experiment, then the README's table: on how many seeds each claim holds,
and medians over the seeds. Takes about a minute a seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
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


Outcomes = Mapping[str, Outcome]
"""One seed's outcomes, by the name of the experiment."""

LEFT_ALONE, BALANCED, RESCUED, TOO_STRONG, LOSS_FREE, CAPPED, TOP_2 = EXPERIMENTS


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim, when it holds for a seed, and the figures whose medians over the seeds are shown.

    Attributes:
        figures: each a number of one seed's outcomes.
        shown: what the medians are formatted into, in that order.
    """

    words: str
    holds: Callable[[Outcomes], bool]
    figures: tuple[Callable[[Outcomes], float], ...]
    shown: str

    def row(self, seeds: Sequence[Outcomes]) -> str:
        """Its line of the table."""
        medians = [statistics.median(map(figure, seeds)) for figure in self.figures]
        count = sum(map(self.holds, seeds))
        return f"| {self.words} | {count} | {self.shown.format(*medians)} |"


CLAIMS = (
    Claim(
        "Left alone (α = 0, k = 1, dropless), a layer falls below entropy 0.6 within 100 steps",
        lambda o: o[LEFT_ALONE].lowest < 0.6,
        (lambda o: o[LEFT_ALONE].lowest,),
        "{:.2f} at its lowest",
    ),
    Claim(
        "… one expert takes more than half of a layer",
        lambda o: o[LEFT_ALONE].largest_share > 0.5,
        (lambda o: 100 * o[LEFT_ALONE].largest_share,),
        "{:.0f} %",
    ),
    Claim(
        "… and the layer is still below 0.8 at step 600",
        lambda o: o[LEFT_ALONE].at_end < 0.8,
        (lambda o: o[LEFT_ALONE].at_end,),
        "{:.2f}",
    ),
    Claim(
        "α = 0.01: every layer at 0.95 or more at step 600",
        lambda o: o[BALANCED].at_end >= 0.95,
        (lambda o: o[BALANCED].at_end,),
        "{:.3f}",
    ),
    Claim(
        "… with a lower loss than left alone",
        lambda o: o[BALANCED].loss < o[LEFT_ALONE].loss,
        (lambda o: o[BALANCED].loss, lambda o: o[LEFT_ALONE].loss),
        "{:.3f} against {:.3f} nats",
    ),
    Claim(
        "α = 0.02 switched on at step 300: 0.95 or more by step 600",
        lambda o: o[RESCUED].at_end >= 0.95,
        (lambda o: o[RESCUED].at_300, lambda o: o[RESCUED].at_end),
        "{:.2f} at step 300, {:.3f} at 600",
    ),
    Claim(
        "α = 1: 0.98 or more",
        lambda o: o[TOO_STRONG].at_end >= 0.98,
        (lambda o: o[TOO_STRONG].at_end,),
        "{:.3f}",
    ),
    Claim(
        "… with a higher loss than α = 0.01",
        lambda o: o[TOO_STRONG].loss > o[BALANCED].loss,
        (lambda o: o[TOO_STRONG].loss, lambda o: o[BALANCED].loss),
        "{:.3f} against {:.3f} nats",
    ),
    Claim(
        "Bias u = 0.003: 0.98 or more",
        lambda o: o[LOSS_FREE].at_end >= 0.98,
        (lambda o: o[LOSS_FREE].at_end,),
        "{:.3f}",
    ),
    Claim(
        "Capacity 1, nothing balances: no expert computes more than its share",
        lambda o: o[CAPPED].processed <= 1.01,
        (lambda o: o[CAPPED].processed,),
        "{:.2f} of it",
    ),
    Claim(
        "… and 20 % or more of a layer is dropped",
        lambda o: o[CAPPED].dropped >= 0.2,
        (lambda o: 100 * o[CAPPED].dropped,),
        "{:.0f} %",
    ),
    Claim(
        "k = 2: more even than k = 1 at step 600",
        lambda o: o[TOP_2].at_end > o[LEFT_ALONE].at_end,
        (lambda o: o[TOP_2].at_end, lambda o: o[LEFT_ALONE].at_end),
        "{:.2f} against {:.2f}",
    ),
)


def main() -> None:
    """Run every experiment on every seed, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    measured: list[Outcomes] = []
    for seed in range(seeds):
        outcomes = {}
        for name, (knobs, schedule) in EXPERIMENTS.items():
            outcomes[name] = run(knobs, schedule, seed)
            rounded = {k: round(v, 3) for k, v in dataclasses.asdict(outcomes[name]).items()}
            print(f"seed {seed}  {name:24s} {rounded}", flush=True)
        measured.append(outcomes)
    print(f"\n| Claim | seeds of {seeds} | median |\n|---|---|---|")
    for claim in CLAIMS:
        print(claim.row(measured))


if __name__ == "__main__":
    main()
