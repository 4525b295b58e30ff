"""What a run is called among others: what it trains, or its experiment and what differs from it.

Knows configurations only; nothing of how runs are kept or drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from moeviz.analysis.arms import arm_summary
from moeviz.config import KNOBS, ArmConfig, RunConfig
from moeviz.ui.shared.controls import in_words
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LAB_KNOBS
from moeviz.ui.shared.presets import PRESETS

MOST_CHANGES = 4
_SUMMARISED = ("balancer", "aux_coefficient", "top_k", "capacity_factor")
"""The knobs that the summary of an arm has already."""


def run_title(config: RunConfig) -> str:
    """What the run is.

    Of models A and B: the experiment that they are nearest to, and what differs from it. Of one
    model: how it routes. Of more: what distinguishes them.
    """
    routed = [arm for arm in config.arms if not arm.model.is_dense]
    if [arm.name for arm in routed] == ["A", "B"]:
        return _nearest_experiment(config)
    if len(routed) == 1:
        (arm,) = routed
        beside = [f" and {each.name}" for each in config.arms if each is not arm]
        changes = _differing(arm, ArmConfig.of(arm.name, DEFAULT_SHARED), _SUMMARISED)
        words = _first(list(changes.values()))
        return f"One model{''.join(beside)}: " + ", ".join([arm_summary(arm), *words])
    return f"{len(routed)} models: " + "; ".join(_first(_set_apart(routed)))


def _nearest_experiment(config: RunConfig) -> str:
    """Rather one that changes the same knobs by itself, however many others differ."""
    plain = {preset.title: preset.state.run_config() for preset in PRESETS}
    named = {title: _changes(config, each) for title, each in plain.items()}
    title = min(named, key=lambda title: (_reschedules(config, plain[title]), len(named[title])))
    return title + (": " + ", ".join(_first(named[title])) if named[title] else "")


def _first(changes: list[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(changes) - MOST_CHANGES
    return changes[:MOST_CHANGES] + ([f"{more} more"] if more > 0 else [])


def _set_apart(arms: Sequence[ArmConfig]) -> list[str]:
    """The knobs that differ between the arms, each with the values of all."""
    values = {name: [in_words(name, arm.knobs[name]) for arm in arms] for name in LAB_KNOBS}
    return [
        KNOBS[name].equation(", ".join(each)) for name, each in values.items() if len(set(each)) > 1
    ]


def _changes(config: RunConfig, plain: RunConfig) -> list[str]:
    """In words; what both models share is said once."""
    run, other = ({arm.name: arm for arm in each.arms} for each in (config, plain))
    changed = {name: _changed_knobs(run[name], other[name]) for name in other if name in run}
    words: dict[str, None] = {}
    for name, changes in changed.items():
        for knob, text in changes.items():
            shared = all(each.get(knob) == text for each in changed.values())
            words[text if shared else f"{text} in model {name}"] = None
    beside = [f"with {name}" for name in run if name not in other]
    beside += [f"without {name}" for name in other if name not in run]
    own_text = ["your text"] if any(arm.train.user_text for arm in config.arms) else []
    return beside + own_text + list(words)


def _changed_knobs(arm: ArmConfig, plain: ArmConfig) -> dict[str, str]:
    """But for what the arm changes by itself, before or after it has done so."""
    own = {name for change in plain.schedule for name in change.knobs}
    if arm.schedule != plain.schedule:
        return _differing(arm, plain, set()) | {"schedule": _scheduled(arm)}
    return _differing(arm, plain, own)


def _reschedules(config: RunConfig, plain: RunConfig) -> bool:
    """Whether an arm changes by itself what the other's does not, or the other way round."""
    other = {arm.name: arm.schedule for arm in plain.arms}
    return any(arm.schedule != other.get(arm.name, ()) for arm in config.arms)


def _scheduled(arm: ArmConfig) -> str:
    """The changes that the arm makes by itself."""
    words = [
        f"{KNOBS[name].equation(in_words(name, value))} from step {change.step:,}"
        for change in arm.schedule
        for name, value in change.knobs.items()
    ]
    return " and ".join(words) or "no scheduled change"


def _differing(arm: ArmConfig, plain: ArmConfig, but_for: Collection[str]) -> dict[str, str]:
    a, b = arm.knobs, plain.knobs
    return {
        name: KNOBS[name].equation(in_words(name, a[name]))
        for name in LAB_KNOBS
        if name not in but_for and a[name] != b[name]
    }
