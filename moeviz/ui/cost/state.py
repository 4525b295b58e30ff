"""The state of the cost pages: the sliders, the model that they describe, and the other knobs.

One state for all of them, so that a link from one to another keeps the model. Knows closed forms
and addresses only: nothing of Streamlit or of widgets.
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
"""Models beside the released ones, which have their own names."""

MAX_COMPARED = 4
NO_MODEL = "none"
"""In the address where no models are compared."""

YOURS = "yours"
"""In place of an example's name: the reader's own file."""


@dataclass(frozen=True, slots=True)
class CountState:
    """The values of all controls of these pages.

    Attributes:
        like: the sketch that the sliders started from. changes: sizes that differ from it.
        model: that the pages describe: the sliders', the reader's own file, a released model.
        example: the file on Your config.json; the reader's own is in no address.
        compare: released models side by side.
        knobs: values that are not the default.
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
        """The value of a knob."""
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
    """Every model that the pages can describe."""
    return (SLIDERS, OWN, *released_names(whole=True))


def _compared(text: str) -> tuple[str, ...]:
    """Names between commas, each once."""
    names = () if text == NO_MODEL else tuple(text.split(","))
    known = set(released_names()).issuperset(names) and len(set(names)) == len(names)
    if not known or len(names) > MAX_COMPARED:
        bound = f"at most {MAX_COMPARED} different released models by name, or {NO_MODEL}"
        raise ConfigError("compare", text, bound)
    return names


def _example(state: CountState) -> str:
    """An address that describes a file without a name means the reader's own file."""
    return YOURS if state.model == OWN else DEFAULT_EXAMPLE


def _start_of(name: str) -> Callable[[CountState], Any]:
    return lambda state: getattr(state.start(), name)


_PARAMS = (
    of_choice("like", "like", tuple(SKETCHES), DEFAULT_SKETCH),
    of_choice("model", "model", subjects(), SLIDERS),
    of_choice("example", "example", (*EXAMPLES, YOURS), _example),
    Param(
        "compare", "compare", _compared, lambda names: ",".join(names) or NO_MODEL,
        CountState().compare,
    ),
    *(
        of_knob(url, f"changes.{name}", SKETCH_KNOBS[name], _start_of(name))
        for name, url in SKETCH_URL_NAMES.items()
    ),
    *(of_knob(name, f"knobs.{name}", knob, knob.default) for name, knob in COUNT_KNOBS.items()),
)  # fmt: skip


def _state(**said: Any) -> CountState:
    """A value that the sliders started with, or a default, is no change."""
    moved, knobs = said.pop("changes", {}), said.pop("knobs", {})
    state = CountState(**said)
    if "example" not in said:
        state = dataclasses.replace(state, example=_example(state))
    for name, value in moved.items():
        state = dataclasses.replace(state, **state.with_slider(name, value))
    for name, value in knobs.items():
        state = dataclasses.replace(state, **state.with_knob(name, value))
    return state


def _fitting(state: CountState) -> tuple[CountState, Notices]:
    """Without changes of the sliders where they do not fit together."""
    try:
        state.sketch()
    except ConfigError as error:
        title = SKETCHES[state.like][0]
        refusal = error.by_names(SKETCH_URL_NAMES)
        notice = f"{refusal}. All sliders are set to {title} instead."
        return dataclasses.replace(state, changes={}), [notice]
    return state, []


ADDRESS = Address(_PARAMS, _state, _fitting)
to_query = ADDRESS.write

_FORMER = {"dial": "vary", "turn": "value"}
"""Parameters by the names that older links have for them."""


def from_query(query: Mapping[str, str]) -> tuple[CountState, Notices]:
    """The state that an address describes, and a notice for each parameter that was refused."""
    return ADDRESS.read({_FORMER.get(name, name): text for name, text in query.items()})
