"""One strip per token: its expert of preference 0 at every checkpoint, in the experts' colours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from moeviz.figures.theme.palette import expert_colours
from moeviz.ui.components import assets

_mount = assets.component("route_strips")


class StripsReport(NamedTuple):
    """What was just chosen; each None unless this run was caused by it.

    Attributes:
        step: `{step: s}`. token: `{token: t}`.
    """

    step: dict[str, int] | None
    token: dict[str, int] | None


def route_strips(
    plan: Mapping[str, Any],
    *,
    key: str,
    step: int,
    token: int | None,
    on_choose: Callable[[], None],
) -> StripsReport:
    """Show a plan of `analysis.saturation_strips`.

    Args:
        step: stands out: the one that the page shows. token: likewise; None: none does.
        on_choose: called before the rerun that a choice causes.
    """
    result = _mount(
        key=key,
        data={
            "plan": {**plan, "colours": list(expert_colours(plan["n_experts"]))},
            "step": step,
            "token": token,
        },
        on_step_change=on_choose,
        on_token_change=on_choose,
    )
    return StripsReport(result.step, result.token)
