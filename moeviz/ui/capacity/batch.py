"""The picture of the capacity lab: one held-out batch, each expert's seats, and the batch's text.

Knows nothing of how answers are come by.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from moeviz.analysis.capacity import (
    SlotBudget,
    lost_slots,
    shown_sequences,
    slot_budget,
    slots_by_expert,
)
from moeviz.config import ModelConfig
from moeviz.figures.expert_slots_bars import expert_slots_bars
from moeviz.figures.theme.palette import DROPPED_COLOUR
from moeviz.traces import BatchRouting, LayerSeats
from moeviz.ui.components.batch_text import batch_text
from moeviz.ui.components.chart import chart
from moeviz.ui.inspect.asking import change_asking
from moeviz.ui.inspect.byte_pieces import byte_words
from moeviz.ui.shared.tables import markdown_table
from moeviz.ui.shared.visit import action, entered

KEPT, PARTLY, LOST = 0, 1, 2


def capacity_picture(batch: BatchRouting, layer: int, model: ModelConfig) -> None:
    """Seats beside what they come to in numbers."""
    seats = batch.layers[layer]
    bars, words = st.columns([3, 2], gap="medium")
    with bars:
        filled, empty, away = slots_by_expert(seats)
        chart(
            expert_slots_bars(seats),
            key="slots",
            label=f"Seats of each expert in layer {layer}",
            header=("Expert", "Filled", "Padding", "Turned away"),
            rows=[
                [str(e), *map(str, row)]
                for e, row in enumerate(zip(filled, empty, away, strict=True))
            ],
        )
        st.caption(
            "Solid: seats filled. Outline: padding, computed for nobody. Hatched: turned away."
        )
    with words:
        budget = slot_budget(seats, model)
        _numbers(batch, seats, budget)


def _numbers(batch: BatchRouting, seats: LayerSeats, budget: SlotBudget) -> None:
    dropped, padding, waste = st.columns(3)
    with dropped:
        st.metric(
            "Dropped", _percent(budget.dropped, budget.asked),
            help=f"{budget.dropped:,} of the {budget.asked:,} slots T·k that were asked for.",
        )  # fmt: skip
    with padding:
        st.metric(
            "Padding", _percent(budget.padding, budget.slots),
            help=f"{budget.padding:,} of the {budget.slots:,} seats E·C that are computed.",
        )  # fmt: skip
    with waste:
        st.metric(
            "Wasted MFLOP", f"{budget.padding_flops / 1e6:,.1f}",
            help="2 · weights of an expert · empty seats, one forward pass of this layer.",
        )  # fmt: skip
    st.markdown(_formula(batch, seats, budget))
    st.markdown(_hidden(seats))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0 %"


def _formula(batch: BatchRouting, seats: LayerSeats, budget: SlotBudget) -> str:
    n_tokens, experts, k = len(seats.kept), len(seats.asked_load), batch.routing.top_k
    if budget.capacity is None:
        return (
            f"Dropless: {n_tokens:,} tokens × k = {k} take {budget.filled:,} seats, as many as "
            f"they ask for. Nothing is dropped and nothing is padded; no shape is fixed."
        )
    factor = batch.routing.capacity_factor
    return (
        f"C = ⌈CF · k · T / N⌉ = ⌈{factor:g} · {k} · {n_tokens:,} / {experts}⌉ = "
        f"**{budget.capacity}** seats an expert. Useful work: {budget.useful_flops / 1e6:,.1f} "
        f"MFLOP of {(budget.useful_flops + budget.padding_flops) / 1e6:,.1f}."
    )


def _hidden(seats: LayerSeats) -> str:
    """What the router asks for beside what is computed: tight capacity flatters the second."""
    asked = f"{seats.asked_entropy:.3f}", f"{seats.asked_max_violation:.2f}"
    processed = f"{seats.processed_entropy:.3f}", f"{seats.processed_max_violation:.2f}"
    rows = [("the router asks for", *asked), ("the experts compute", *processed)]
    return (
        markdown_table(("", "entropy", "MaxVio"), rows, words=1)
        + "\n\n"
        + (
            "Loads counted *after* dropping look more even than what the router asks for: **the "
            "tighter the capacity, the better a collapse hides.**"
            if seats.processed_entropy > seats.asked_entropy + 1e-3
            else "Both lines agree: nothing is hidden here."
        )
    )


def batch_words(batch: BatchRouting, layer: int, picked: int | None) -> None:
    """One sequence of each domain; a click says what became of a token."""
    seats = batch.layers[layer]
    rows = shown_sequences(batch)
    length = len(batch.tokens) // len(batch.domain)

    @action
    def pick() -> None:
        token = entered("batch").token
        change_asking(token=None if token == picked else token)

    if picked is not None and picked < len(batch.tokens):
        st.text(_fate(batch, seats, picked, length))
    else:
        st.text("Click a token of the batch: here stands what became of it.")
    batch_text(
        [_sequence(batch, seats, row, length) for row in rows],
        key="batch",
        colour=DROPPED_COLOUR,
        caption="Struck through: no expert computed the token here, only the residual stream "
        "carries it on. Dotted: one of its experts was full.",
        picked=picked,
        on_pick=pick,
    )
    shown = [token for row in rows for token in batch.tokens[row * length : (row + 1) * length]]
    for words in [*byte_words(shown), *_missing(batch)]:
        st.caption(words)


def _missing(batch: BatchRouting) -> list[str]:
    """Which domains have fewer sequences than the others, and why."""
    if not batch.sequences_short:
        return []
    whole = len(batch.domain) + batch.sequences_short
    counts = np.bincount(batch.domain, minlength=len(batch.domains))
    share = whole // len(batch.domains)
    short = [name for name, n in zip(batch.domains, counts, strict=True) if n < share]
    return [
        f"{len(batch.domain)} sequences instead of {whole}: the held-out text of "
        f"{', '.join(short)} is too short for {share} that differ."
    ]


def _sequence(batch: BatchRouting, seats: LayerSeats, row: int, length: int) -> dict[str, Any]:
    first = row * length
    lost = lost_slots(seats)[first : first + length].tolist()
    top_k = seats.kept.shape[1]
    states = [KEPT if n == 0 else LOST if n == top_k else PARTLY for n in lost]
    return {
        "title": batch.domains[int(batch.domain[row])],
        "said": f"{row + 1} of {len(batch.domain)} in the batch, "
        f"{sum(lost)} of {top_k * length} slots dropped",
        "first": first,
        "tokens": list(batch.tokens[first : first + length]),
        "states": states,
    }


def _fate(batch: BatchRouting, seats: LayerSeats, token: int, length: int) -> str:
    """What became of each of a token's choices."""
    row, position = divmod(token, length)
    words = []
    for choice, (asked, sent, kept, gate) in enumerate(
        zip(
            seats.chosen_index[token], seats.expert_index[token], seats.kept[token],
            seats.gate_weights[token], strict=True,
        )
    ):  # fmt: skip
        became = "seated" if kept else "full: dropped"
        if kept and asked != sent:
            became = f"full: sent on to expert {sent}"
        words.append(f"choice {choice + 1} expert {asked} (weight {gate:.2f}), {became}")
    return f"“{batch.tokens[token]}”, position {position} of sequence {row + 1}: " + "; ".join(
        words
    )
