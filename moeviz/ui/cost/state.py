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
from moeviz.analysis.cost.released_models import released_names
from moeviz.config import ConfigError
from moeviz.ui.cost.examples import DEFAULT_EXAMPLE, EXAMPLES
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.shared.query_reader import QueryReader

SKETCH_URL_NAMES: Mapping[str, str] = {
    "n_experts": "experts", "top_k": "k", "d_model": "d_model", "d_expert": "d_expert",
    "n_layers": "layers", "n_shared_experts": "shared", "n_dense_layers": "dense",
    "d_dense": "d_dense", "n_heads": "heads", "n_kv_heads": "kv_heads", "head_dim": "head_dim",
    "vocab_size": "vocab", "tied": "tied", "attention": "attention", "q_rank": "q_rank",
    "kv_rank": "kv_rank", "rope_dim": "rope_dim", "correction_bias": "correction",
    "gated": "gated", "positions": "positions",
}  # fmt: skip

SLIDERS, OWN = "sliders", "own"
"""Subjects beside released models, which go by their names."""

MAX_COMPARED = 4
NOBODY = "none"
"""What the address says when no models are compared."""

YOURS = "yours"
"""In place of an example's name: the file that the visitor has given."""


@dataclass(frozen=True, slots=True)
class CountState:
    """Everything that the controls of these pages say.

    Attributes:
        like: the sketch that the sliders started from. changes: what they have been moved to.
        model: what the pages are about: the sliders' model, the own file, a released model.
        example: the file on the page of own models; the visitor's is in no address.
        compare: released models side by side.
        knobs: what is asked otherwise than by default.
    """

    like: str = DEFAULT_SKETCH
    changes: Mapping[str, Any] = field(default_factory=dict)
    model: str = SLIDERS
    example: str = DEFAULT_EXAMPLE
    compare: tuple[str, ...] = ("Mixtral-8x7B", "DeepSeek-V3", "gpt-oss-120b")
    knobs: Mapping[str, Any] = field(default_factory=dict)

    def sketch(self) -> Sketch:
        """The sliders' model; raises ConfigError when their values do not fit together."""
        return dataclasses.replace(self.start(), **self.changes)

    def start(self) -> Sketch:
        """Where the sliders started."""
        return SKETCHES[self.like][1]

    def architecture(self) -> Architecture:
        """The sliders' model as closed forms take it."""
        return self.sketch().architecture()

    def knob(self, name: str) -> Any:
        """What is asked."""
        return self.knobs.get(name, COUNT_KNOBS[name].default)

    def with_slider(self, name: str, value: Any) -> dict[str, Any]:
        """The fields to change for a slider's new value."""
        return {"changes": _set(self.changes, name, value, getattr(self.start(), name))}

    def with_knob(self, name: str, value: Any) -> dict[str, Any]:
        """The fields to change for a knob's new value."""
        return {"knobs": _set(self.knobs, name, value, COUNT_KNOBS[name].default)}


def _set(values: Mapping[str, Any], name: str, value: Any, default: Any) -> dict[str, Any]:
    others = {each: old for each, old in values.items() if each != name}
    return others if value == default else {**others, name: value}


def to_query(state: CountState) -> dict[str, str]:
    """URL parameters; what has its default value is left out."""
    names = {
        name: getattr(state, name)
        for name in ("like", "model", "example")
        if getattr(state, name) != getattr(CountState(), name)
    }
    if state.model == OWN:
        names["example"] = state.example  # else the address would not tell whose file it is
    sliders = {
        url: SKETCH_KNOBS[name].format(state.changes[name])
        for name, url in SKETCH_URL_NAMES.items()
        if name in state.changes
    }
    knobs = {
        name: knob.format(state.knobs[name])
        for name, knob in COUNT_KNOBS.items()
        if name in state.knobs
    }
    if state.compare != CountState().compare:
        names["compare"] = ",".join(state.compare) or NOBODY
    return names | sliders | knobs


def from_query(query: Mapping[str, str]) -> tuple[CountState, list[str]]:
    """The state that the parameters describe, and a notice for each one that was refused."""
    reader = QueryReader(dict(query))
    state = CountState(
        reader.choice("like", tuple(SKETCHES), DEFAULT_SKETCH),
        model=reader.choice("model", subjects(), SLIDERS),
        example=reader.choice("example", (*EXAMPLES, YOURS), DEFAULT_EXAMPLE),
        compare=_compared(reader),
    )
    if state.model == OWN and "example" not in query:
        state = dataclasses.replace(state, example=YOURS)
    changes = _changes(reader, state)
    read = {name: reader.knob_value(knob, name, knob.default) for name, knob in COUNT_KNOBS.items()}
    knobs = {name: value for name, value in read.items() if value != COUNT_KNOBS[name].default}
    reader.refuse_the_rest()
    return dataclasses.replace(state, changes=changes, knobs=knobs), reader.notices


def subjects() -> tuple[str, ...]:
    """What the pages can be about."""
    return (SLIDERS, OWN, *released_names(whole=True))


def _compared(reader: QueryReader) -> tuple[str, ...]:
    """Names between commas, each once."""
    default = CountState().compare
    text = reader.query.pop("compare", ",".join(default))
    names = () if text == NOBODY else tuple(text.split(","))
    known = set(released_names()).issuperset(names) and len(set(names)) == len(names)
    if known and len(names) <= MAX_COMPARED:
        return names
    bound = f"at most {MAX_COMPARED} different released models by name, or {NOBODY}"
    reader.refuse("compare", text, bound, ",".join(default))
    return default


def _changes(reader: QueryReader, state: CountState) -> dict[str, Any]:
    """The sliders that are not where they started; none of them when they do not fit together."""
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
        reader.notices.append(
            f"{error.by_names(SKETCH_URL_NAMES)}. Used instead of all sliders: those of {title}."
        )
        return {}
    return changes
