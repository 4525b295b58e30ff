"""Training from a page that questions a model: some steps at once, with checkpoints on the way.

Buttons act by the live channel, and how the run stands comes by it; the page is drawn again when
the run begins or ends to train. Knows nothing of what a page shows of the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from moeviz.engine.protocol import RunStatus
from moeviz.engine.until import LAST_STEP
from moeviz.live.rights import WATCH_ONLY
from moeviz.texts import say_from
from moeviz.ui.components.run_line import Line, Start, run_line
from moeviz.ui.inspect.asking import change_asking
from moeviz.ui.shared.page_run import may_control, right_to
from moeviz.ui.shared.session_state import action, entered, here, noted

STEPS = 200
KEEP_EVERY = 20
_KEY, _GOAL = "training", "training_goal"

say = say_from(__file__)

TRAIN = say("train", steps=STEPS)
"""The button's label while the run is at rest."""


def training_line(status: RunStatus | None) -> None:
    """*Train 200 steps* from where the run stands, or *Pause*; how it stands, and how far it is."""
    if status is None:
        return
    line = Line(
        pause=say("pause"),
        help=say("help", steps=STEPS, every=KEEP_EVERY),
        start=Start(TRAIN, STEPS, KEEP_EVERY, most=LAST_STEP),
        goal=_goal(status),
        span=STEPS,
    )
    live_line(status, line, key=_KEY, on_change=_changed, instead=say("own_run"))


def said_of_an_untrained_model(status: RunStatus, step: int) -> str:
    """That the routing at this step of the run is random, and what to press; "" after step 0."""
    if step > 0:
        return ""
    if status.step > 0 or status.trains:
        return say("model.before_training")
    press = say("model.press", train=TRAIN) if may_control(status) else ""
    return f"{say('model.untrained')} {press}".strip()


def live_line(
    status: RunStatus,
    line: Line,
    *,
    key: str,
    on_change: Callable[[], None] = noted,
    instead: str = "",
) -> None:
    """How a run stands, live, with a button; see `run_line`.

    Who may not act on the run reads why, and `instead`: what else the page offers.

    The page is drawn again when the run begins or ends to train, so that all of it agrees.
    """
    right = right_to(status)
    said = line if right["control"] else replace(line, why_not=WATCH_ONLY + instead)
    # While a step may come that was begun before the run was to rest, it is not drawn as resting.
    trains = status.trains or not status.obeyed
    run_line(right, said, key=key, trains=trains, on_change=on_change)


def _goal(status: RunStatus) -> int:
    """The step that this session's training of the run is on its way to; 0 for none."""
    run_id, goal = here().kept.get(_GOAL, ("", 0))
    return goal if status.trains and run_id == status.run_id else 0


@action
def _changed() -> None:
    """The run begins or ends to train. Who lets it train here wants to see it as it is then."""
    change = (entered(_KEY) or {}).get("changed")
    if change and change["goal"]:
        here().kept[_GOAL] = change["run"], int(change["goal"])
        change_asking(step=None)
