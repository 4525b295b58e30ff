"""What the pages that question a model show: which run, arm and step, and about what.

One state for all such pages, so that a link from one to another keeps the subject. Knows
configurations and addresses only: nothing of Streamlit, of the engine or of widgets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.config import KNOBS, Knob, RoutingConfig, RunConfig
from moeviz.engine.until import LAST_STEP
from moeviz.ui.shared.lab_state import LAYER, URL_NAMES
from moeviz.ui.shared.query_reader import QueryReader

DEFAULT_TEXT = "The router sends each token to only a few experts. def main(x): return x + 1"

ASKED_KNOBS = tuple(each.name for each in dataclasses.fields(RoutingConfig))
"""The knobs that a question may set otherwise than the run has them."""

MAX_TEXT_IN_ADDRESS = 500
"""A longer text is kept by the session alone."""

_STEP = Knob("step", "int", 0, "Step", "", low=0, high=LAST_STEP)
_LARGEST_BATCH = KNOBS["batch_size"].high * KNOBS["context_length"].high
_TOKEN = Knob("token", "int", 0, "Token", "", low=0, high=_LARGEST_BATCH - 1)
_EXPERT = Knob("expert", "int", 0, "Expert", "", low=0, high=KNOBS["n_experts"].high - 1)
_ARM_NAME = 20
_RUNS_OWN = object()
"""What a knob is asked with when its parameter is refused; None is a value, of the capacity."""

TRAINED_STEPS = Knob(
    "trained_steps", "int", min(300, LAST_STEP), "Steps", "Of every arm.",
    low=min(20, LAST_STEP), high=min(5_000, LAST_STEP), step=50,
)  # fmt: skip
"""Of the capacity lab's own runs."""

TRAINED_FACTORS = (0.5, 1.0, 1.5, None)
"""The capacity factors of the arms of such a run."""


def trained_at_factors(config: RunConfig) -> bool:
    """Whether it is a run of the capacity lab's own, one arm a factor."""
    return tuple(arm.routing.capacity_factor for arm in config.arms) == TRAINED_FACTORS


@dataclass(frozen=True, slots=True)
class AskingState:
    """Everything that the controls of these pages say.

    Attributes:
        run: the run's id, or "". arm: its arm's name; "" for the first that has a router.
        step: of a kept checkpoint; None: the model as it is now.
        knobs: routing knobs set otherwise than in the run, for the question alone.
        noise: whether the run's router noise is drawn.
        token, expert: what the reader has picked, or None.
        trained: the run that the capacity lab has trained at several factors, or "".
        trained_steps: how far that run was asked to train, or None where nobody said.
    """

    run: str = ""
    arm: str = ""
    step: int | None = None
    layer: int = 0
    knobs: Mapping[str, Any] = field(default_factory=dict)
    text: str = DEFAULT_TEXT
    noise: bool = False
    token: int | None = None
    expert: int | None = None
    trained: str = ""
    trained_steps: int | None = None


def to_query(state: AskingState) -> dict[str, str]:
    """URL parameters; what has its default value is left out."""
    query = {"run": state.run, "arm": state.arm, "trained": state.trained}
    if state.text != DEFAULT_TEXT and len(state.text) <= MAX_TEXT_IN_ADDRESS:
        query["text"] = state.text
    numbers = {"step": state.step, "layer": state.layer or None, "token": state.token}
    numbers |= {"expert": state.expert, "draw_noise": 1 if state.noise else None}
    numbers |= {"trained_steps": state.trained_steps if state.trained else None}
    query |= {name: str(value) for name, value in numbers.items() if value is not None}
    query |= {
        URL_NAMES[n]: KNOBS[n].format(state.knobs[n]) for n in ASKED_KNOBS if n in state.knobs
    }
    return {name: text for name, text in query.items() if text or name == "text"}


def from_query(query: Mapping[str, str]) -> tuple[AskingState, list[str]]:
    """The state that the parameters describe, and a notice for each one that was refused."""
    reader = QueryReader(dict(query))
    arm = reader.query.pop("arm", "")
    if len(arm) > _ARM_NAME:
        reader.refuse("arm", arm, f"at most {_ARM_NAME} characters", "the first arm")
        arm = ""
    text = reader.query.pop("text", DEFAULT_TEXT)
    knobs = {
        name: reader.knob_value(KNOBS[name], URL_NAMES[name], _RUNS_OWN, "the run's own value")
        for name in ASKED_KNOBS
        if URL_NAMES[name] in reader.query
    }
    state = AskingState(
        run=reader.run(),
        arm=arm,
        step=reader.knob_value(_STEP, "step", None),
        layer=reader.knob_value(LAYER, "layer", 0),
        knobs={name: value for name, value in knobs.items() if value is not _RUNS_OWN},
        text=text,
        noise=reader.choice("draw_noise", ("0", "1"), "0") == "1",
        token=reader.knob_value(_TOKEN, "token", None),
        expert=reader.knob_value(_EXPERT, "expert", None),
        trained=reader.run("trained"),
        trained_steps=reader.knob_value(TRAINED_STEPS, "trained_steps", None),
    )
    reader.refuse_the_rest()
    return state, reader.notices
