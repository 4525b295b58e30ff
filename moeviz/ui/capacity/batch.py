"""The picture of the capacity lab: a held-out batch, each expert's slots, and the batch's text.

Knows nothing of how a model is asked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from moeviz.accounting.units import exact
from moeviz.analysis.capacity import (
    SlotBudget,
    dropped_per_token,
    shown_sequences,
    slot_budget,
    slots_per_expert,
)
from moeviz.config import ModelConfig
from moeviz.figures.expert_slots_bars import expert_slots_bars
from moeviz.figures.theme.palette import DROPPED_COLOUR
from moeviz.texts import say_from
from moeviz.traces import BatchRouting, LayerAssignments
from moeviz.ui.components.batch_text import batch_text
from moeviz.ui.components.chart import chart
from moeviz.ui.inspect.asking import change_asking
from moeviz.ui.inspect.byte_pieces import byte_words
from moeviz.ui.shared.session_state import action, entered
from moeviz.ui.shared.tables import markdown_table

KEPT, PARTLY, DROPPED = 0, 1, 2

say = say_from(__file__)


def capacity_picture(batch: BatchRouting, layer: int, model: ModelConfig) -> None:
    """The slots of each expert, beside what they come to in numbers."""
    routed = batch.layers[layer]
    bars, words = st.columns([3, 2], gap="medium")
    with bars:
        filled, empty, overflow = slots_per_expert(routed)
        chart(
            expert_slots_bars(routed),
            key="slots",
            label=say("chart", layer=layer),
            header=("Expert", "Kept", "Padding", "Overflow"),
            rows=[
                [str(e), *map(str, row)]
                for e, row in enumerate(zip(filled, empty, overflow, strict=True))
            ],
        )
        st.caption(say("bars"))
    with words:
        _numbers(batch, routed, slot_budget(routed, model))


def _numbers(batch: BatchRouting, layer: LayerAssignments, budget: SlotBudget) -> None:
    dropped, padding, flops = st.columns(3)
    with dropped:
        st.metric(
            "Dropped", _percent(budget.dropped, budget.assignments),
            help=say(
                "help.dropped", dropped=exact(budget.dropped), assignments=exact(budget.assignments)
            ),
        )  # fmt: skip
    with padding:
        st.metric(
            "Padding", _percent(budget.padding, budget.slots),
            help=say("help.padding", padding=exact(budget.padding), slots=exact(budget.slots)),
        )  # fmt: skip
    with flops:
        st.metric("Padding FLOPs", f"{_mflops(budget.padding_flops)} M", help=say("help.flops"))
    st.markdown(_capacity(batch, layer, budget))
    st.markdown(_hidden(layer))
    st.caption(say("measures"))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0 %"


def _mflops(operations: int) -> str:
    return f"{operations / 1e6:,.1f}"


def _capacity(batch: BatchRouting, layer: LayerAssignments, budget: SlotBudget) -> str:
    """The formula of C with its numbers; or that there is no limit."""
    tokens, k = exact(layer.assignments.n_tokens), batch.routing.top_k
    if budget.capacity is None:
        return say("dropless", tokens=tokens, k=k, assignments=exact(budget.assignments))
    return say(
        "capacity", factor=f"{batch.routing.capacity_factor:g}", k=k, tokens=tokens,
        experts=len(layer.expert_load), capacity=exact(budget.capacity),
        useful=_mflops(budget.useful_flops),
        total=_mflops(budget.useful_flops + budget.padding_flops),
    )  # fmt: skip


def _hidden(layer: LayerAssignments) -> str:
    """The router's load beside the computed one: a tight capacity makes the second look even."""
    router = f"{layer.normalised_entropy:.3f}", f"{layer.max_violation:.2f}"
    processed = f"{layer.processed_entropy:.3f}", f"{layer.processed_max_violation:.2f}"
    rows = [("load by the router", *router), ("load after drops", *processed)]
    table = markdown_table(("", "entropy", "MaxVio"), rows, words=1)
    hides = layer.processed_entropy > layer.normalised_entropy + 1e-3
    return f"{table}\n\n{say('hidden' if hides else 'nothing_hidden')}"


def batch_words(batch: BatchRouting, layer: int, picked: int | None) -> None:
    """One sequence of each domain; a click says where a token was sent."""
    routed = batch.layers[layer]
    rows = shown_sequences(batch)
    length = len(batch.tokens) // len(batch.domain)

    @action
    def pick() -> None:
        token = entered("batch").token
        change_asking(token=None if token < 0 else token)

    if picked is not None and picked < len(batch.tokens):
        st.text(_where_sent(batch, routed, picked, length))
    else:
        st.text(say("pick"))
    batch_text(
        [_sequence(batch, routed, row, length) for row in rows],
        key="batch",
        colour=DROPPED_COLOUR,
        caption=say("legend", layer=layer),
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
    wanted = len(batch.domain) + batch.sequences_short
    counts = np.bincount(batch.domain, minlength=len(batch.domains))
    each = wanted // len(batch.domains)
    short = [name for name, n in zip(batch.domains, counts, strict=True) if n < each]
    domains, sequences = ", ".join(short), len(batch.domain)
    return [say("short", sequences=sequences, wanted=wanted, domains=domains, each=each)]


def _sequence(
    batch: BatchRouting, layer: LayerAssignments, row: int, length: int
) -> dict[str, Any]:
    first = row * length
    dropped = dropped_per_token(layer)[first : first + length].tolist()
    own = layer.assignments.per_token[first : first + length].tolist()
    return {
        "title": batch.domains[int(batch.domain[row])],
        "said": say(
            "sequence", place=row + 1, sequences=len(batch.domain), dropped=sum(dropped),
            assignments=sum(own),
        ),
        "first": first,
        "tokens": list(batch.tokens[first : first + length]),
        "states": [
            KEPT if lost == 0 else DROPPED if lost == all_ else PARTLY
            for lost, all_ in zip(dropped, own, strict=True)
        ],
    }  # fmt: skip


def _where_sent(batch: BatchRouting, layer: LayerAssignments, token: int, length: int) -> str:
    """Each assignment of a token, and whether it was kept."""
    row, position = divmod(token, length)
    words = [say("picked", token=batch.tokens[token], position=position, sequence=row + 1)]
    each = layer.assignments
    own = each.of(token)
    columns = (each.preference, each.chosen, each.expert, each.kept, each.weight)
    for preference, chosen, sent, kept, gate in zip(*(c[own] for c in columns), strict=True):
        outcome = say("outcome.kept" if kept else "outcome.dropped")
        if kept and chosen != sent:
            outcome = say("outcome.rerouted", other=sent)
        words.append(
            say(
                "assignment", preference=preference, expert=chosen, weight=f"{gate:.2f}",
                outcome=outcome,
            )
        )  # fmt: skip
    return " ".join(words)
