"""What router collapse costs in loss, and when switching load balancing off brings it about.

    .venv/bin/python benchmarks/collapse_cost.py cost [--seeds 10] [--processes 1]
    .venv/bin/python benchmarks/collapse_cost.py off [--seeds 5] [--processes 1]

`cost` trains the models of the experiment *Does collapse matter?* on each seed: A without load
balancing, B with it, C dense with the same active FLOPs. One seed means the same start and the same
batches, so the gaps are paired. Prints the means over the last 50 steps before each mark, and
intervals of 95 % over the seeds. About two minutes a seed.

`off` trains a balanced model, from which at each of some steps a copy goes on without load
balancing. Prints the lowest entropy above collapse of any layer in the 600 steps after it.
About five minutes a seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from moeviz.analysis.verdict import COLLAPSED_BELOW, first_collapse
from moeviz.config import ArmConfig, RunConfig, dense_baseline
from moeviz.records import RunHistory
from moeviz.training.lockstep import LockstepTrainer

MARKS = (300, 600, 1000, 1500)
OVER = 50
"""Steps of a mean: one batch's loss scatters by more than the gap."""

SETTING = {"n_experts": 64, "top_k": 2, "d_expert": 32, "n_layers": 1}
OFF_AT, AFTER = (100, 300, 600), 600
OFF_SETTINGS = {f"E = {experts}, k = 1": {"n_experts": experts} for experts in (16, 32, 8)}
T_QUANTILE = {2: 12.706, 3: 4.303, 5: 2.776, 8: 2.365, 10: 2.262}
"""Student's t at 97.5 %, by the number of seeds (one degree of freedom less)."""


def _seeded(arm: ArmConfig, seed: int) -> ArmConfig:
    return dataclasses.replace(arm, train=dataclasses.replace(arm.train, seed=seed))


def models(seed: int) -> RunConfig:
    """A without load balancing, B with it, C dense with the same active FLOPs."""
    left, balanced = (
        _seeded(ArmConfig.of(name, {**SETTING, **knobs}), seed)
        for name, knobs in (
            ("A", {"balancer": "none"}),
            ("B", {"balancer": "switch", "aux_coefficient": 0.01}),
        )
    )
    return RunConfig((left, balanced, dense_baseline(balanced, "active", "C")))


Costs = dict[int, dict[str, float]]
"""By mark and model: its mean cross-entropy over the last OVER steps, in nats."""


def cost_of(seed: int) -> Costs:
    """Train the three models."""
    torch.set_num_threads(1)
    trainer = LockstepTrainer(models(seed))
    losses: dict[str, list[float]] = {arm.name: [] for arm in trainer.config.arms}
    records = []
    for _ in range(MARKS[-1]):
        step = trainer.step()
        records.append(step["A"])
        for name, snapshot in step.items():
            losses[name].append(snapshot.cross_entropy)
    costs = {
        mark: {name: statistics.fmean(each[mark - OVER : mark]) for name, each in losses.items()}
        for mark in MARKS
    }
    told = {
        mark: {name: round(loss, 3) for name, loss in each.items()} for mark, each in costs.items()
    }
    collapsed = first_collapse(RunHistory.of(records))
    print(f"seed {seed}  A collapsed at {collapsed}  {told}", flush=True)
    return costs


def interval(values: Sequence[float]) -> str:
    """Mean and half the width of its interval of 95 %."""
    half = T_QUANTILE[len(values)] * statistics.stdev(values) / len(values) ** 0.5
    return f"{statistics.fmean(values):+.3f} ± {half:.3f}"


def cost_rows(seeds: Sequence[Costs]) -> list[str]:
    """The table's lines, one a mark."""
    rows = []
    for mark in MARKS:
        at = [costs[mark] for costs in seeds]
        a, b, c = (statistics.fmean(each[name] for each in at) for name in "ABC")
        gaps = [each["A"] - each["B"] for each in at]
        share = 100 * statistics.fmean(gap / each["B"] for gap, each in zip(gaps, at, strict=True))
        against_dense = interval([each["A"] - each["C"] for each in at])
        rows.append(
            f"| {mark} | {a:.3f} | {b:.3f} | {c:.3f} | {interval(gaps)} | {share:.1f} % "
            f"| {min(gaps):+.3f} | {against_dense} |"
        )
    return rows


def off_of(job: tuple[str, int]) -> list[float]:
    """The lowest entropy above collapse after each switch-off, by step."""
    torch.set_num_threads(1)
    name, seed = job
    knobs = {**OFF_SETTINGS[name], "balancer": "switch", "aux_coefficient": 0.01}
    arm = _seeded(ArmConfig.of("A", knobs), seed)
    trainer = LockstepTrainer(RunConfig((arm,)))
    lowest = []
    for step in OFF_AT:
        while trainer.step_count < step:
            trainer.step()
        without = LockstepTrainer(RunConfig((arm,)))
        without.restore(trainer.state())
        without.set({"balancer": "none"})
        records = [without.step()["A"] for _ in range(AFTER)]
        lowest.append(min(float(each.entropy_above_collapse.min()) for each in records))
    print(f"{name}  seed {seed}  {[round(each, 3) for each in lowest]}", flush=True)
    return lowest


def off_row(name: str, seeds: Sequence[Sequence[float]]) -> str:
    """A setting's line: the median, and on how many seeds a layer came below the border."""
    cells = [
        f"{statistics.median(at):.3f} ({sum(each < COLLAPSED_BELOW for each in at)} of {len(at)})"
        for at in zip(*seeds, strict=True)
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    """Run one of the two studies and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=("cost", "off"))
    parser.add_argument("--seeds", type=int, choices=sorted(T_QUANTILE))
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        if options.study == "cost":
            costs = pool.map(cost_of, range(options.seeds or 10), chunksize=1)
            print("\n| step | A | B | C | A − B | of B's | smallest A − B | A − C |")
            print("|---" * 8 + "|")
            print(*cost_rows(costs), sep="\n")
            return
        seeds = range(options.seeds or 5)
        jobs = [(name, seed) for name in OFF_SETTINGS for seed in seeds]
        found = dict(zip(jobs, pool.map(off_of, jobs, chunksize=1), strict=True))
        print(f"\n| off at step | {' | '.join(map(str, OFF_AT))} |\n" + "|---" * 4 + "|")
        for name in OFF_SETTINGS:
            print(off_row(name, [found[name, seed] for seed in seeds]))


if __name__ == "__main__":
    main()
