"""The sliders of a sketched model: seven in the strip, the rest behind "More"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from moeviz.accounting.sketch import SKETCH_KNOBS, SKETCHES, Sketch, lab_sketch
from moeviz.config import ArmConfig, Knob
from moeviz.texts import strings
from moeviz.ui.components.number_field import number_field
from moeviz.ui.cost.knobs import COUNT_LABELS
from moeviz.ui.cost.session import change_count, load_count
from moeviz.ui.cost.state import CountState
from moeviz.ui.shared.session import last_run, run_status, shown_run
from moeviz.ui.shared.session_state import action
from moeviz.ui.shared.shown import place_of, shown_in

_WIDTHS = (
    64, 128, 256, 512, 768, 1024, 1408, 1536, 2048, 2560, 2880, 3072, 4096, 5120, 6144, 7168, 8192,
    10_752, 12_288, 14_336, 16_384, 24_576, 32_768,
)  # fmt: skip
SLIDER_STOPS: dict[str, Sequence[int]] = {
    "n_experts": (1, 2, 4, 8, 16, 32, 60, 64, 96, 128, 160, 256, 384, 512, 1024, 2048),
    "top_k": (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64),
    "d_model": _WIDTHS[:19],
    "d_expert": _WIDTHS,
    "n_layers": (1, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 61, 64, 80, 94, 128),
    "n_shared_experts": (0, 1, 2, 3, 4, 6, 8),
    "n_dense_layers": (0, 1, 2, 3, 4, 6, 8, 12, 16, 24),
}
MORE_KNOBS = tuple(name for name in SKETCH_KNOBS if name not in SLIDER_STOPS)
_LATENT_ONLY = ("q_rank", "kv_rank", "rope_dim")
CHOICE_TITLES = {
    "tied": {"no": "separate", "yes": "tied"},
    "attention": {"grouped": "grouped-query (GQA)", "latent": "latent (MLA)"},
    "correction_bias": {"no": "none", "yes": "one per expert"},
    "gated": {"yes": "gated (SwiGLU)", "no": "not gated"},
}
_WIDTH = 130
_WIDTHS_OF_SLIDERS = {"n_experts": 110, "top_k": 152, "n_layers": 100}
"""Pixels: the label, which says a symbol, fits beside its question mark."""

_WORDS = strings(__file__)


def sketch_strip(state: CountState) -> None:
    """Where the sliders start, and the seven sizes that shape total and active parameters."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        _start_choice(state)
        for name, stops in SLIDER_STOPS.items():
            _slider(SKETCH_KNOBS[name], stops, state.sketch())


def more_of_the_sketch(state: CountState) -> None:
    """Attention, vocabulary and the other sizes."""
    sketch = state.sketch()
    with st.expander(_WORDS["more"]):
        _running_model()
        columns = st.columns(4)
        latent = sketch.attention == "latent"
        shown = [name for name in MORE_KNOBS if latent or name not in _LATENT_ONLY]
        for place, name in enumerate(shown):
            with columns[place % 4]:
                _field(SKETCH_KNOBS[name], getattr(sketch, name))


def _running_model() -> None:
    """A button that takes the sizes of the last run; nothing where there is no run."""
    status = run_status(shown_run()) or run_status(last_run())
    arms = [arm for arm in status.config.arms if not arm.model.is_dense] if status else []
    if arms:
        st.button(
            _WORDS["run"], key="sketch_of_run", on_click=_take_run, args=(arms[0],),
            help=_WORDS["run_help"],
        )  # fmt: skip


@action
def _take_run(arm: ArmConfig) -> None:
    sketch, start = lab_sketch(arm.model, arm.routing.top_k), SKETCHES["lab"][1]
    values = {name: getattr(sketch, name) for name in SKETCH_KNOBS}
    changes = {name: value for name, value in values.items() if value != getattr(start, name)}
    change_count(like="lab", changes=changes)


def _start_choice(state: CountState) -> None:
    taken = shown_in("count_like", state.like, lambda new: change_count(like=new, changes={}))
    st.selectbox(
        _WORDS["start"], list(SKETCHES), place_of(state.like, list(SKETCHES)), key="count_like",
        on_change=taken, width=150,
        format_func=lambda name: SKETCHES[name][0],
        help=_WORDS["start_help"],
    )  # fmt: skip


def _slider(knob: Knob, stops: Sequence[int], sketch: Sketch) -> None:
    value = getattr(sketch, knob.name)
    key = f"sketch_{knob.name}"
    taken = shown_in(key, value, _taker(knob))
    st.select_slider(
        knob.label, slider_stops(stops, value, _most(knob.name, sketch)), value, key=key,
        on_change=taken, width=_WIDTHS_OF_SLIDERS.get(knob.name, _WIDTH),
        help=knob.tooltip, format_func="{:,}".format,
    )  # fmt: skip


def slider_stops(stops: Sequence[int], current: int, most: int) -> list[int]:
    """The stops up to the largest possible value; the current value is always one of them."""
    return sorted({*(stop for stop in stops if stop <= most), current, min(most, max(stops))})


def _most(name: str, sketch: Sketch) -> int:
    together = {"top_k": sketch.n_experts, "n_dense_layers": sketch.n_layers - 1}
    return together.get(name, int(SKETCH_KNOBS[name].high))


def _field(knob: Knob, value: Any) -> None:
    key = f"sketch_{knob.name}"
    if knob.kind != "choice":
        number_field(knob, value, _taker(knob), key=key, labels=COUNT_LABELS)
        return
    titles = CHOICE_TITLES[knob.name]
    st.selectbox(
        knob.label, list(titles), place_of(value, list(titles)), key=key,
        on_change=shown_in(key, value, _taker(knob)), help=knob.help,
        format_func=titles.__getitem__,
    )  # fmt: skip


def _taker(knob: Knob) -> Any:
    def take(new: Any) -> None:
        change_count(**load_count().with_slider(knob.name, knob.check(new)))

    return take
