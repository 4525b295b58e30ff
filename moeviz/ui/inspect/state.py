"""What the pages that question a model show: which run, model and step, and about what.

One state for all such pages, so that a link from one to another keeps the subject. Knows
configurations and addresses only: nothing of Streamlit, of the engine or of widgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.config import KNOBS, ConfigError, Knob, RoutingConfig, RunConfig
from moeviz.engine.until import LAST_STEP
from moeviz.ui.shared.address import Address, Param, of_choice, of_knob, of_run
from moeviz.ui.shared.lab_state import LAYER, URL_NAMES

DEFAULT_TEXT = "The router sends each token to only a few experts. def main(x): return x + 1"

ASKED_KNOBS = tuple(RoutingConfig().knobs)
"""The knobs that a question may set otherwise than the run has them."""

MAX_TEXT_IN_ADDRESS = 500
"""A longer text is kept by the session alone."""

_STEP = Knob("step", "int", 0, "Step", "", low=0, high=LAST_STEP)
_LARGEST_BATCH = KNOBS["batch_size"].high * KNOBS["context_length"].high
_TOKEN = Knob("token", "int", 0, "Token", "", low=0, high=_LARGEST_BATCH - 1)
_EXPERT = Knob("expert", "int", 0, "Expert", "", low=0, high=KNOBS["n_experts"].high - 1)
_ARM_NAME = 20
_RUNS_OWN = object()
"""The default of a knob; None is a value, of the capacity."""

TRAINED_STEPS = Knob(
    "trained_steps", "int", min(300, LAST_STEP), "Steps", "Training steps of each model.",
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
        run: the run's id, or "". arm: its arm's name; "" for the usual one.
        step: of a checkpoint; None: the model as it is now.
        knobs: routing knobs set otherwise than in the run, for the question alone.
        noise: whether the run's router noise is drawn.
        token, expert: what the reader has picked, or None.
        trained: the run that the capacity lab has trained at several factors, or "".
        trained_steps: how far that run is to train, or None where the reader says nothing.
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


def _arm(text: str) -> str:
    if len(text) > _ARM_NAME:
        raise ConfigError("model", text, f"at most {_ARM_NAME} characters")
    return text


def _usual_text(state: AskingState) -> str:
    """The default; or a text that no address has room for, so that it is left out."""
    return state.text if len(state.text) > MAX_TEXT_IN_ADDRESS else DEFAULT_TEXT


def _usual_steps(state: AskingState) -> int | None:
    """How far a run is to train is left out where the run is named."""
    return None if state.trained else state.trained_steps


ADDRESS = Address(
    (
        of_run("run"),
        Param("model", "arm", _arm, str, "", "model B, or the first model", older=("arm",)),
        of_knob("step", "step", _STEP),
        of_knob("layer", "layer", LAYER, 0),
        *(
            of_knob(
                URL_NAMES[name],
                f"knobs.{name}",
                KNOBS[name],
                _RUNS_OWN,
                "the run's own value",
                KNOBS[name].former_urls,
            )
            for name in ASKED_KNOBS
        ),
        Param("text", "text", str, str, _usual_text),
        of_choice("draw_noise", "noise", {"0": False, "1": True}, False),
        of_knob("token", "token", _TOKEN),
        of_knob("expert", "expert", _EXPERT),
        of_run("trained"),
        of_knob("trained_steps", "trained_steps", TRAINED_STEPS, _usual_steps),
    ),
    AskingState,
)
from_query, to_query = ADDRESS.read, ADDRESS.write
