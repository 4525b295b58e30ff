"""Bars of the share of a layer's assignments by expert. Draws what it is given, decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moeviz.figures.theme.palette import expert_colours
from moeviz.records import DEAD_SHARE, WINDOW_STEPS
from moeviz.ui.components import assets

DEFAULT_EXPERTS = 8

_mount = assets.component("load_bars")


def load_bars(
    arms: Sequence[Mapping[str, Any]],
    *,
    key: str,
    capacity_share: float | None = None,
    placeholder: str = "No step yet",
    on_select: Callable[[], None] | None = None,
) -> dict[str, Any] | None:
    """Draw one column of bars per arm; return the expert just clicked, or None.

    Args:
        arms: `{name, title, subtitle, layers: [{load, processed}]}`, 1 to 4 of them; `load` and
            `processed` are E fractions of the T·K assignments, mean over the last WINDOW_STEPS
            steps (a snapshot's window loads), or None before the first step.
            No layers: a dense arm. Optional: `n_experts` (needed before the first step only) and
            `capacity_share` where arms differ.
        capacity_share: capacity of one expert as a fraction of the T·K assignments; None: dropless.
        placeholder: what the empty axes say.
        on_select: called before the rerun that a click causes.

    Returns:
        `{arm: its name, layer, expert}`, both counted from 0, on the run that a click caused.
    """
    drawn = [_arm(arm, capacity_share) for arm in arms]
    most = max((arm["n_experts"] for arm in drawn), default=DEFAULT_EXPERTS)
    result = _mount(
        key=key,
        data={
            "arms": drawn,
            "colours": expert_colours(most),
            "dead": DEAD_SHARE,
            "window_steps": WINDOW_STEPS,
            "placeholder": placeholder,
        },
        on_expert_change=on_select or _nothing,
    )
    chosen: dict[str, Any] | None = result.expert
    return chosen


def _arm(arm: Mapping[str, Any], capacity_share: float | None) -> dict[str, Any]:
    layers = [
        {"load": _shares(layer["load"]), "processed": _shares(layer["processed"])}
        for layer in arm["layers"]
    ]
    counted = next((len(each["load"]) for each in layers if each["load"]), DEFAULT_EXPERTS)
    return {
        "name": arm["name"],
        "title": arm["title"],
        "subtitle": arm["subtitle"],
        "layers": layers,
        "n_experts": arm.get("n_experts", counted),
        "capacity_share": arm.get("capacity_share", capacity_share),
    }


def _shares(values: Sequence[float] | None) -> list[float] | None:
    """Rounded to a hundredth of a per cent: finer than any pixel, and a third of the bytes."""
    if values is None or len(values) == 0:
        return None
    return [round(float(value), 4) for value in values]


def _nothing() -> None:
    """A trigger is reported only where a callback is registered."""
