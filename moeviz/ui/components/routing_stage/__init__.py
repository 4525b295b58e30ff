"""The routing stage: real tokens on their way through one MoE layer, in eight scenes.

Python sends a plan (`analysis.routing_stage`) once; the component owns the clock and reports
clicks. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from moeviz.figures.theme.palette import expert_colours
from moeviz.ui.components import assets

_mount = assets.component("routing_stage")


class StageReport(NamedTuple):
    """What was just done on the stage; each None unless this run was caused by it.

    Attributes:
        token: `{token: t}` clicked; t is None when the picked token was clicked again.
        expert: `{expert: e}`, likewise.
        scene: `{scene: index}` just reached.
    """

    token: dict[str, int | None] | None
    expert: dict[str, int | None] | None
    scene: dict[str, int] | None


def routing_stage(
    plan: Mapping[str, Any] | None,
    *,
    key: str,
    picked_token: int | None = None,
    picked_expert: int | None = None,
    first_scene: int = 0,
    on_pick: Callable[[], None] | None = None,
    on_scene: Callable[[], None] | None = None,
) -> StageReport:
    """Show a plan; a new one with the same tokens replays and marks what changed.

    One that has the `story` of the plan before it restarts nothing: what stands moves over.

    Args:
        plan: from `stage_plan`, with a `story`, equal for answers to the same question, and a
            `moment`: how it follows a model that trains, "live"; a newer one then waits until
            nothing moves. "": it does not follow, or stays at a checkpoint. None or without tokens:
            an invitation to type.
        picked_token, picked_expert: stand out in all scenes; None: nothing does.
        first_scene: where a stage that has shown nothing yet begins, from 0.
        on_pick: called before the rerun that a click on a token or an expert causes.
        on_scene: called before the rerun that reaching a scene causes. None: scenes are not
            reported and cause no rerun.
    """
    result = _mount(
        key=key,
        data={
            "plan": _coloured(plan),
            "picked_token": picked_token,
            "picked_expert": picked_expert,
            "first_scene": first_scene,
            "reports_scene": on_scene is not None,
        },
        on_token_change=on_pick or _nothing,
        on_expert_change=on_pick or _nothing,
        on_scene_change=on_scene or _nothing,
    )
    return StageReport(result.token, result.expert, result.scene)


def _coloured(plan: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    return {**plan, "colours": list(expert_colours(plan["n_experts"]))}


def _nothing() -> None:
    """A trigger is reported only where a callback is registered."""
