"""When a run pauses by itself, as text: "step:300", "loss:2.5", "collapsed"; "" for never.

A further part says after how many steps a checkpoint is kept on the way: "step:300:20".

One table declares the values that may follow, for all who show or read them. Knows no runs.
"""

from __future__ import annotations

from moeviz.config import ConfigError, Knob
from moeviz.engine.limits import Limits
from moeviz.engine.protocol import Until

LAST_STEP = Limits.from_environment().max_steps
"""The last step that a run may do, on this server and from the command line."""

UNTIL_KNOBS = {
    "step": Knob(
        "until_step", "int", min(300, LAST_STEP), "Step", "", low=1, high=LAST_STEP, step=100
    ),
    "loss": Knob(
        "until_loss", "float", 4.0, "Cross-entropy in nats", "", low=0.0, high=20.0, step=0.1
    ),
}
UNTIL_KINDS = (*UNTIL_KNOBS, "collapsed")
KEEP_EVERY = Knob("keep_every", "int", 20, "Steps between checkpoints", "", low=1, high=1000)


def parse_until(text: str) -> Until | None:
    """The condition that a text states; None for an empty one. ConfigError for an invalid one."""
    kind, _, rest = text.partition(":")
    value, keeps, every = rest.partition(":")
    if not kind:
        return None
    if kind not in UNTIL_KINDS or (kind not in UNTIL_KNOBS and value):
        raise ConfigError("until", text, "like step:300, loss:2.5 or collapsed")
    keep_every = KEEP_EVERY.parse(every) if keeps else 0
    bound = UNTIL_KNOBS[kind].parse(value) if kind in UNTIL_KNOBS else 0.0
    return Until(kind, bound, keep_every)  # type: ignore[arg-type]
