"""What the pages that count show: the sliders, the subject, and what is asked about it.

One state for all such pages, so that a link from one to another keeps the subject. Knows closed
forms and addresses only: nothing of Streamlit or of widgets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.sketch import DEFAULT_SKETCH, SKETCH_KNOBS, SKETCHES, Sketch
from moeviz.analysis.cost.released_models import released_names
from moeviz.config import ConfigError
from moeviz.ui.cost.examples import DEFAULT_EXAMPLE, EXAMPLES
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.shared.address import Address, Notices, Param, of_choice, of_knob

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


def subjects() -> tuple[str, ...]:
    """What the pages can be about."""
    return (SLIDERS, OWN, *released_names(whole=True))


def _compared(text: str) -> tuple[str, ...]:
    """Names between commas, each once."""
    names = () if text == NOBODY else tuple(text.split(","))
    known = set(released_names()).issuperset(names) and len(set(names)) == len(names)
    if not known or len(names) > MAX_COMPARED:
        bound = f"at most {MAX_COMPARED} different released models by name, or {NOBODY}"
        raise ConfigError("compare", text, bound)
    return names


def _example(state: CountState) -> str:
    """An address that is about a file, and says of none which, means the visitor's own."""
    return YOURS if state.model == OWN else DEFAULT_EXAMPLE


def _start_of(name: str) -> Callable[[CountState], Any]:
    return lambda state: getattr(state.start(), name)


_PARAMS = (
    of_choice("like", "like", tuple(SKETCHES), DEFAULT_SKETCH),
    of_choice("model", "model", subjects(), SLIDERS),
    of_choice("example", "example", (*EXAMPLES, YOURS), _example),
    Param(
        "compare", "compare", _compared, lambda names: ",".join(names) or NOBODY,
        CountState().compare,
    ),
    *(
        of_knob(url, f"changes.{name}", SKETCH_KNOBS[name], _start_of(name))
        for name, url in SKETCH_URL_NAMES.items()
    ),
    *(of_knob(name, f"knobs.{name}", knob, knob.default) for name, knob in COUNT_KNOBS.items()),
)  # fmt: skip


def _state(**said: Any) -> CountState:
    """What is said is as the sliders started, or as it is by default, is no change."""
    moved, asked = said.pop("changes", {}), said.pop("knobs", {})
    state = CountState(**said)
    if "example" not in said:
        state = dataclasses.replace(state, example=_example(state))
    for name, value in moved.items():
        state = dataclasses.replace(state, **state.with_slider(name, value))
    for name, value in asked.items():
        state = dataclasses.replace(state, **state.with_knob(name, value))
    return state


def _fitting(state: CountState) -> tuple[CountState, Notices]:
    """With no slider moved when they do not fit together."""
    try:
        state.sketch()
    except ConfigError as error:
        title = SKETCHES[state.like][0]
        refusal = error.by_names(SKETCH_URL_NAMES)
        notice = f"{refusal}. Used instead of all sliders: those of {title}."
        return dataclasses.replace(state, changes={}), [notice]
    return state, []


ADDRESS = Address(_PARAMS, _state, _fitting)
from_query, to_query = ADDRESS.read, ADDRESS.write
