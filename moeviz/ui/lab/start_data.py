"""What the start page's stage is given: the run, four knobs, how to read the loss."""

from __future__ import annotations

from typing import Any

from moeviz.engine.protocol import RunStatus
from moeviz.texts import strings
from moeviz.traces import CONTINUED_TOKENS, MAX_PROMPT_CHARACTERS
from moeviz.ui.lab.learning import learning_data
from moeviz.ui.lab.switched_off import off_words
from moeviz.ui.shared.knob_data import knob_data
from moeviz.ui.shared.lab_state import DEFAULT_B, LabState
from moeviz.ui.shared.page_run import picture_data, run_data

KNOBS = ("n_experts", "top_k", "capacity_factor", "aux_coefficient")
"""The four knobs that the app is about."""

PROMPTS = ("2 + 2 =", "def ")
"""After which the models write, beside a line of the visitor's."""

WRITES_EVERY = 25
"""Training steps between two times that a page asks what the models write."""


def start_data(status: RunStatus, state: LabState) -> dict[str, Any]:
    """All that `start_stage` draws from."""
    words = strings(__file__)
    return {
        "run": run_data(status, state, "bars"),
        "knobs": [knob_data(name) for name in KNOBS],
        "balancer": DEFAULT_B["balancer"],
        "reading": words["reading"],
        "facts": words["facts"],
        "writes": {
            **words["writes"],
            "at": words["writes"]["at"].replace("{{tokens}}", f"{CONTINUED_TOKENS}"),
            "soon": words["writes"]["soon"].replace("{{every}}", f"{WRITES_EVERY}"),
            "prompts": PROMPTS,
            "every": WRITES_EVERY,
            "most": MAX_PROMPT_CHARACTERS,
        },
        "learning": learning_data(status.config),
        "switched_off": off_words(),
        **picture_data(),
    }
