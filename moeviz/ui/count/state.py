"""What the pages that count show: the sliders, the subject, and what is asked about it.

One state for all such pages, so that a link from one to another keeps the subject. Knows closed
forms and addresses only: nothing of Streamlit or of widgets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.sketch import DEFAULT_SKETCH, SKETCH_KNOBS, SKETCHES, Sketch
from moeviz.config import ConfigError
from moeviz.ui.query_reader import QueryReader

SKETCH_URL_NAMES: Mapping[str, str] = {
    "n_experts": "experts", "top_k": "k", "d_model": "d_model", "d_expert": "d_expert",
    "n_layers": "layers", "n_shared_experts": "shared", "n_dense_layers": "dense",
    "d_dense": "d_dense", "n_heads": "heads", "n_kv_heads": "kv_heads", "head_dim": "head_dim",
    "vocab_size": "vocab", "tied": "tied", "attention": "attention", "q_rank": "q_rank",
    "kv_rank": "kv_rank", "rope_dim": "rope_dim", "correction_bias": "correction",
    "gated": "gated", "positions": "positions",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CountState:
    """Everything that the controls of these pages say.

    Attributes:
        like: the sketch that the sliders started from. changes: what they have been moved to.
    """

    like: str = DEFAULT_SKETCH
    changes: Mapping[str, Any] = field(default_factory=dict)

    def sketch(self) -> Sketch:
        """The sliders' model; raises ConfigError when their values do not fit together."""
        return dataclasses.replace(self.start(), **self.changes)

    def start(self) -> Sketch:
        """Where the sliders started."""
        return SKETCHES[self.like][1]

    def architecture(self) -> Architecture:
        """The sliders' model as closed forms take it."""
        return self.sketch().architecture()

    def with_slider(self, name: str, value: Any) -> dict[str, Any]:
        """The fields to change for a slider's new value."""
        others = {each: old for each, old in self.changes.items() if each != name}
        own = value == getattr(self.start(), name)
        return {"changes": others if own else {**others, name: value}}


def to_query(state: CountState) -> dict[str, str]:
    """URL parameters; what has its default value is left out."""
    query = {} if state.like == DEFAULT_SKETCH else {"like": state.like}
    return query | {
        SKETCH_URL_NAMES[name]: SKETCH_KNOBS[name].format(state.changes[name])
        for name in SKETCH_URL_NAMES
        if name in state.changes
    }


def from_query(query: Mapping[str, str]) -> tuple[CountState, list[str]]:
    """The state that the parameters describe, and a notice for each one that was refused."""
    reader = QueryReader(dict(query))
    state = CountState(reader.choice("like", tuple(SKETCHES), DEFAULT_SKETCH))
    start = state.start()
    read = {
        name: reader.knob_value(knob, SKETCH_URL_NAMES[name], getattr(start, name))
        for name, knob in SKETCH_KNOBS.items()
    }
    changes = {name: value for name, value in read.items() if value != getattr(start, name)}
    try:
        dataclasses.replace(start, **changes)
    except ConfigError as error:
        title = SKETCHES[state.like][0]
        reader.notices.append(f"{error}. Used instead of all sliders: those of {title}.")
        changes = {}
    reader.refuse_the_rest()
    return dataclasses.replace(state, changes=changes), reader.notices
