"""What the lab's stage is given: the run, its knobs, what charts can show."""

from __future__ import annotations

from typing import Any

from moeviz.analysis.metrics import METRICS
from moeviz.data.domains import domain_names
from moeviz.engine.protocol import RunStatus
from moeviz.engine.until import UNTIL_KINDS, UNTIL_KNOBS
from moeviz.glossary import leading_term
from moeviz.texts import strings
from moeviz.ui.components.number_field import described
from moeviz.ui.lab.switched_off import off_words
from moeviz.ui.shared.controls import FIRST_KNOBS, MORE_KNOBS
from moeviz.ui.shared.knob_data import knob_data
from moeviz.ui.shared.lab_address import shown_parameters, text_of
from moeviz.ui.shared.lab_session import address_reads
from moeviz.ui.shared.lab_state import DEFAULT_B, LabState
from moeviz.ui.shared.page_run import experiment_shown, picture_data, run_data
from moeviz.ui.shared.presets import BY_NAME

_UNTIL = strings(__file__)["until"]


def stage_data(status: RunStatus, state: LabState) -> dict[str, Any]:
    """All that `lab_stage` draws from."""
    preset = BY_NAME.get(experiment_shown(state))
    return {
        "run": run_data(status, state, "charts"),
        "knobs": [knob_data(name) for name in FIRST_KNOBS],
        "more_knobs": [knob_data(name) for name in MORE_KNOBS],
        "balancer": DEFAULT_B["balancer"],
        "parameters": shown_parameters(state),
        "until": state.until,
        "until_never": text_of("until", ""),
        "until_kinds": [_until_kind(kind) for kind in ("", *UNTIL_KINDS)],
        "metrics": [
            {
                "name": name,
                "label": each.label,
                "term": _leading(each.label),
                "definition": each.definition,
                "bounds": each.bounds,
                "per_layer": each.per_layer,
                "steps": each.steps,
            }
            for name, each in METRICS.items()
        ],
        "address_reads": address_reads(),
        "preset": state.preset,
        "metric": state.metric,
        "layer": state.layer,
        "by_domain": state.by_domain,
        "losses": [
            [text_of("by_domain", False), "over all text"],
            [text_of("by_domain", True), "by domain"],
        ],
        "domains": domain_names(status.config.arms[0].train.user_text),
        "title": preset.title if preset else "",
        "story": preset.story if preset else "",
        "switched_off": off_words(),
        **picture_data(),
    }


def _until_kind(kind: str) -> dict[str, Any]:
    """A kind of limit in words, and what is known of its value; "" is no limit."""
    told: dict[str, Any] = {"kind": kind, "text": _UNTIL[kind or text_of("until", "")]}
    if knob := UNTIL_KNOBS.get(kind):
        told |= {"value": knob.format(knob.default), "knob": described(knob)}
    return told


def _leading(label: str) -> dict[str, str]:
    """The term of a measure's label, for the title of its chart."""
    found, shown = leading_term(label)
    return {"id": found.id, "shown": shown}
