"""Do the lab's phenomena happen, and on how many seeds? Real runs with the lab's defaults.

    .venv/bin/python benchmarks/phenomena.py [--seeds 10] [--processes 1]

Prints one line a seed and experiment, then the README's two tables: on how many seeds each claim
holds, with medians over the seeds; and on how many each claim of the lab's presets was seen, by the
judge that the lab itself asks. Takes about a minute a seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from moeviz.analysis.experiments import verdicts
from moeviz.analysis.verdict import first_collapse, standing
from moeviz.config import ArmConfig, RunConfig
from moeviz.records import WINDOW_STEPS, RunHistory
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.shared.presets import BY_NAME, PRESETS


def _arm(preset: str, name: str) -> ArmConfig:
    (arm,) = (arm for arm in BY_NAME[preset].state.run_config().arms if arm.name == name)
    return arm


EXPERIMENTS = {
    "left alone": _arm("collapse", "A"),
    "balanced": _arm("collapse", "B"),
    "rescued": _arm("rescue", "B"),
    "too strong": _arm("too_strong", "B"),
    "loss-free bias": _arm("loss_free", "B"),
    "capacity": _arm("tight_capacity", "B"),
    "top-2": _arm("top2", "B"),
}
"""The arms of the lab's presets that the claims are about."""

STEPS, EARLY = 600, 100
(SWITCH_ON,) = EXPERIMENTS["rescued"].schedule
EVEN = 0.98
"""Both presets that promise a load as even as can be mean this entropy above collapse."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one run of STEPS steps showed; entropies are those above collapse.

    Attributes:
        collapsed_early: whether a layer collapsed within EARLY steps. verdict: the model's at the
            end.
        lowest: entropy of the layer that fell furthest within EARLY steps. fallen_at_end: of that
            same layer at the end.
        at_end: of the layer that is least even at the end.
    """

    collapsed_early: bool
    verdict: str
    lowest: float
    fallen_at_end: float
    largest_share: float
    most_dead: int
    at_switch: float
    at_end: float
    dropped: float
    processed: float
    loss: float


def outcome(history: RunHistory) -> Outcome:
    """The figures that the claims are judged by; collapse is looked for in EARLY steps."""
    early = slice(WINDOW_STEPS - 1, EARLY)
    by_layer = history["entropy_above_collapse"]
    entropy, fell = by_layer.min(axis=1), by_layer[early].min(axis=0).argmin()
    return Outcome(
        collapsed_early=first_collapse(history.until(EARLY)) is not None,
        verdict=standing(history).verdict,
        lowest=float(entropy[early].min()),
        fallen_at_end=float(by_layer[-1, fell]),
        largest_share=float(history["window_load"][early].max()),
        most_dead=int(history["dead_experts"][early].max()),
        at_switch=float(entropy[SWITCH_ON.step - 1]),
        at_end=float(entropy[-1]),
        dropped=float(history["dropped_fraction"][-1].max()),
        processed=float(
            history["window_processed_load"][-1].max() * history["window_load"].shape[-1]
        ),
        loss=float(history["cross_entropy"][-100:].mean()),
    )


def trained(arm: ArmConfig, seed: int) -> RunHistory:
    """Train one arm of the lab."""
    seeded = dataclasses.replace(arm, train=dataclasses.replace(arm.train, seed=seed))
    trainer = LockstepTrainer(RunConfig((seeded,)))
    return RunHistory.of([trainer.step()[arm.name] for _ in range(STEPS)])


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


def _alpha(experiment: str) -> str:
    return f"α = {EXPERIMENTS[experiment].balance.aux_coefficient:g}"


CLAIMS = (
    Claim(
        f"Without load balancing (α = 0, k = 1, dropless), a layer collapses within {EARLY} steps",
        lambda o: o[LEFT_ALONE].collapsed_early,
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
        f"… and the layer is still below 0.8 at step {STEPS}",
        lambda o: o[LEFT_ALONE].fallen_at_end < 0.8,
        (lambda o: o[LEFT_ALONE].fallen_at_end,),
        "{:.2f}",
    ),
    Claim(
        f"{_alpha(BALANCED)}: balanced at step {STEPS}",
        lambda o: o[BALANCED].verdict == "balanced",
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
        f"α = {SWITCH_ON.knobs['aux_coefficient']:g} switched on at step {SWITCH_ON.step}: "
        f"balanced at step {STEPS}",
        lambda o: o[RESCUED].verdict == "balanced",
        (lambda o: o[RESCUED].at_switch, lambda o: o[RESCUED].at_end),
        f"{{:.2f}} at step {SWITCH_ON.step}, {{:.3f}} at {STEPS}",
    ),
    Claim(
        f"{_alpha(TOO_STRONG)}: {EVEN:g} or more",
        lambda o: o[TOO_STRONG].at_end >= EVEN,
        (lambda o: o[TOO_STRONG].at_end,),
        "{:.3f}",
    ),
    Claim(
        f"… with a higher loss than {_alpha(BALANCED)}",
        lambda o: o[TOO_STRONG].loss > o[BALANCED].loss,
        (lambda o: o[TOO_STRONG].loss, lambda o: o[BALANCED].loss),
        "{:.3f} against {:.3f} nats",
    ),
    Claim(
        f"Bias u = {EXPERIMENTS[LOSS_FREE].balance.bias_update_rate:g}: {EVEN:g} or more",
        lambda o: o[LOSS_FREE].at_end >= EVEN,
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
        f"k = 2: farther from collapse than k = 1 at step {STEPS}",
        lambda o: o[TOP_2].at_end > o[LEFT_ALONE].at_end,
        (lambda o: o[TOP_2].at_end, lambda o: o[LEFT_ALONE].at_end),
        "{:.2f} against {:.2f}",
    ),
)


def judged(histories: Callable[[ArmConfig], RunHistory]) -> dict[tuple[str, str], str]:
    """The outcome of each claim of each preset, by the preset's title and the claim."""
    outcomes = {}
    for preset in PRESETS:
        arms = {arm.name: histories(arm) for arm in preset.state.run_config().arms}
        for verdict in verdicts(preset.name, arms):
            outcomes[preset.title, verdict["claim"]] = verdict["outcome"]
    return outcomes


def of_seed(seed: int) -> tuple[Outcomes, Mapping[tuple[str, str], str]]:
    """Train every arm once; what they showed, and how the presets' claims were judged."""
    torch.set_num_threads(1)
    known: dict[str, RunHistory] = {}

    def history(arm: ArmConfig) -> RunHistory:
        same = repr(dataclasses.replace(arm, name="A"))
        if same not in known:
            known[same] = trained(arm, seed)
        return known[same]

    outcomes = {}
    for name, arm in EXPERIMENTS.items():
        outcomes[name] = outcome(history(arm))
        told = dataclasses.asdict(outcomes[name])
        rounded = {k: v if isinstance(v, str) else round(v, 3) for k, v in told.items()}
        print(f"seed {seed}  {name:24s} {rounded}", flush=True)
    return outcomes, judged(history)


def main() -> None:
    """Run every experiment on every seed, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        measured = pool.map(of_seed, range(options.seeds), chunksize=1)
    print(f"\n| Claim | seeds of {options.seeds} | median |\n|---|---|---|")
    for claim in CLAIMS:
        print(claim.row([outcomes for outcomes, _ in measured]))
    print(f"\n| Preset | claim | seen on seeds of {options.seeds} |\n|---|---|---|")
    for title, words in measured[0][1]:
        seen = sum(each[title, words] == "seen" for _, each in measured)
        print(f"| {title} | {words} | {seen} |")


if __name__ == "__main__":
    main()
