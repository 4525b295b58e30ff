"""What a run is called among others: its experiment, and what was changed of it.

Knows configurations only; nothing of how runs are kept or drawn.
"""

from __future__ import annotations

from moeviz.config import KNOBS, ArmConfig, RunConfig
from moeviz.ui.shared.controls import in_words
from moeviz.ui.shared.lab_state import ARM_NAMES, LAB_KNOBS
from moeviz.ui.shared.presets import BY_NAME, PRESETS

MOST_CHANGES = 4


def experiment_of(config: RunConfig) -> str:
    """The experiment that the run is nearest to, and in what it departs from that.

    Rather one that changes the same knobs by itself, however many others differ.
    """
    plain = {preset.title: preset.state.run_config() for preset in PRESETS}
    named = {title: _changes(config, each) for title, each in plain.items()}
    title = min(named, key=lambda title: (_reschedules(config, plain[title]), len(named[title])))
    changes = named[title]
    told, more = changes[:MOST_CHANGES], len(changes) - MOST_CHANGES
    if more > 0:
        told.append(f"{more} more")
    return title + (": " + ", ".join(told) if told else "")


def what_learns(config: RunConfig) -> str:
    """Whose learning the start page shows: its own experiment, or what the lab was set to."""
    experiment = experiment_of(config)
    if experiment == BY_NAME["collapse"].title:
        return (
            "Two copies of one small language model learn here, live, from the same text in the "
            "same order. **A** trains without load balancing, **B** with it."
        )
    return (
        "Small language models learn here, live, from the same text in the same order. "
        f"Set when this page opened: {experiment}."
    )


def _changes(config: RunConfig, plain: RunConfig) -> list[str]:
    """In words; what all arms share is said once."""
    run, other = ({arm.name: arm for arm in each.arms} for each in (config, plain))
    both = [name for name in other if name in run]
    changed = {name: _changed_knobs(run[name], other[name]) for name in both}
    words: dict[str, None] = {}
    for name in both:
        for knob, text in changed[name].items():
            shared = all(each.get(knob) == text for each in changed.values())
            words[text if shared else f"{name}: {text}"] = None
    gone = [f"without {name}" for name in other if name not in run]
    new = [f"with {name}" for name in run if name in ARM_NAMES and name not in other]
    own_text = ["your text"] if any(arm.train.user_text for arm in config.arms) else []
    return gone + new + own_text + list(words)


def _changed_knobs(arm: ArmConfig, plain: ArmConfig) -> dict[str, str]:
    """Apart from what the arm changes by itself, before or after it has done so."""
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


def _differing(arm: ArmConfig, plain: ArmConfig, apart_from: set[str]) -> dict[str, str]:
    a, b = arm.knobs, plain.knobs
    return {
        name: KNOBS[name].equation(in_words(name, a[name]))
        for name in LAB_KNOBS
        if name not in apart_from and a[name] != b[name]
    }
