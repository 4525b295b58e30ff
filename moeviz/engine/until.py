"""When a run pauses by itself, as text: "step:300", "loss:2.5", "collapsed"; "" for never.

One table declares the values that may follow, for all who show or read them. Knows no runs.
"""

from __future__ import annotations

from moeviz.config import MAX_STEPS, ConfigError, Knob
from moeviz.engine.protocol import Until

UNTIL_KNOBS = {
    "step": Knob("until_step", "int", 300, "Step", "", low=1, high=MAX_STEPS, step=100),
    "loss": Knob(
        "until_loss", "float", 4.0, "Cross-entropy in nats", "", low=0.0, high=20.0, step=0.1
    ),
}
UNTIL_KINDS = (*UNTIL_KNOBS, "collapsed")


def parse_until(text: str) -> Until | None:
    """The condition that a text is; None for none. ConfigError for one that cannot be."""
    kind, _, value = text.partition(":")
    if not kind:
        return None
    if kind in UNTIL_KNOBS:
        return Until(kind, UNTIL_KNOBS[kind].parse(value))  # type: ignore[arg-type]
    if text not in UNTIL_KINDS:
        raise ConfigError("until", text, "like step:300, loss:2.5 or collapsed")
    return Until(kind)  # type: ignore[arg-type]
