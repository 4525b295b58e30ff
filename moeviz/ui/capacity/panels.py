"""What the capacity lab has measured so far: the price of a factor, who is dropped, who depends.

Draws what is known and says what is still being measured.
"""

from __future__ import annotations

import math

import streamlit as st

from moeviz.analysis.capacity import (
    BY_PLACE,
    BY_SCORE,
    POSITION_BINS,
    TURN_BINS,
    CurvePoint,
    DropRates,
    policies_alike,
)
from moeviz.config import DROP_POLICIES
from moeviz.figures.batch_dependence_lines import batch_dependence_lines
from moeviz.figures.capacity_curves import capacity_curves
from moeviz.figures.drop_rate_grid import drop_rate_grid
from moeviz.traces import STUDY_BATCHES, BatchRouting
from moeviz.ui.capacity.study import CapacityStudy
from moeviz.ui.components.chart import chart
from moeviz.ui.shared.controls import POLICY_TITLES
from moeviz.ui.shared.tables import markdown_table

_FLOAT_ERROR = 1e-4
"""A change of a logit below this is the rounding of sums in another order."""


def price_of_a_factor(study: CapacityStudy) -> None:
    """Dropped, padded and lost against the factor, at fixed weights."""
    curve = study.curve()
    st.markdown("## What a factor costs, at fixed weights")
    chart(
        capacity_curves(curve, study.factor),
        key="curves",
        label="Dropped slots, padding and cross-entropy against the capacity factor",
        header=("Factor", "Dropped", "Padding", "Cost in nats", "95 % ±", "Batches"),
        rows=[_curve_row(point) for point in curve],
    )
    st.caption(
        f"Policy: {POLICY_TITLES[study.policy]}. Means over up to {STUDY_BATCHES} held-out batches "
        "and all layers; bars: 95 % interval of the mean, each batch compared with itself."
    )


def _curve_row(point: CurvePoint) -> list[str]:
    return [
        f"{point.capacity_factor:g}", f"{100 * point.dropped:.1f} %",
        f"{100 * point.padding:.1f} %", f"{point.cost:+.4f}",
        "–" if math.isnan(point.half_width) else f"{point.half_width:.4f}", str(point.batches),
    ]  # fmt: skip


def who_is_dropped(study: CapacityStudy, batch: BatchRouting, layer: int) -> None:
    """Drop rates of the shown batch under every policy."""
    st.markdown(f"## Who is dropped in layer {layer}, by policy")
    if study.factor is None:
        st.markdown("Dropless: nobody is. Choose a capacity factor.")
        return
    rates = study.drop_rates(layer)
    highest = max((each.highest for each in rates.values()), default=0.0)
    turn, position, domain = st.columns([3, 3, 3], gap="small")
    length = len(batch.tokens) // len(batch.domain)
    bins = min(POSITION_BINS, length)
    with turn:
        _grid(rates, "by_turn", _turns(batch), "By place in the batch, %", highest)
    with position:
        starts = [f"{round(i * length / bins)}" for i in range(bins)]
        _grid(rates, "by_position", starts, "By position in the sequence, %", highest)
    with domain:
        _grid(rates, "by_domain", list(batch.domains), "By domain, %", highest)
    st.caption(
        "A batch queues sequence by sequence: who comes late *in the batch* is dropped first, not "
        "who comes late in a sentence. Re-routing drops only what fits nowhere."
        f"{_said_alike(batch, layer)}"
    )


def _said_alike(batch: BatchRouting, layer: int) -> str:
    """Why policies agree, where they have to."""
    layers = "layer 0" if layer == 0 else f"layers 0 to {layer}"
    reasons = {
        DROP_POLICIES: f"no expert of {layers} is asked for more than its seats",
        BY_SCORE: "with one expert a token they are the same order",
        BY_PLACE: "no expert has a seat left to send a token on to",
    }
    return "".join(
        f" {_named(alike)} agree: {reasons[alike]}." for alike in policies_alike(batch, layer)
    )


def _named(policies: tuple[str, ...]) -> str:
    if policies == DROP_POLICIES:
        return "All policies"
    return " and ".join(f"*{POLICY_TITLES[name]}*" for name in policies)


def _turns(batch: BatchRouting) -> list[str]:
    bins = min(TURN_BINS, len(batch.domain))
    names = [""] * bins
    names[0], names[-1] = "first", "last"
    return names


def _grid(
    rates: dict[str, DropRates], part: str, columns: list[str], title: str, highest: float
) -> None:
    values = {POLICY_TITLES[name]: getattr(each, part).tolist() for name, each in rates.items()}
    chart(
        drop_rate_grid(values, columns, title, highest),
        key=f"drops_{part}",
        label=f"Dropped slots under each policy. {title}",
        header=("Policy", *(name or "…" for name in columns)),
        rows=[[name, *(f"{100 * v:.0f} %" for v in row)] for name, row in values.items()],
    )


def who_depends_on_whom(study: CapacityStudy, sequence: int) -> None:
    """Batch invariance and causality, measured under every policy; one sequence in detail."""
    st.markdown("## Does a token's output depend on who else is there?")
    table, picture = st.columns([1, 1], gap="medium")
    with table:
        st.markdown(dependence_table(study))
        st.markdown(
            "**Alone**: a sequence by itself against the same in its batch. **Future**: its second "
            "half replaced, seen from its first half; not 0 means that *the past depends on the "
            "future*, which text generation cannot have. **Others**: the same replacement, seen "
            "by other sequences. Largest change of any logit over the sequences shown above."
        )
    with picture:
        chosen = study.dependence_of(study.policy, sequence) if study.factor else None
        name = f"capacity {study.factor:g}" if study.factor else ""
        answers = {"dropless": study.dependence_of(None, sequence), name: chosen}
        chart(
            batch_dependence_lines(chosen, answers["dropless"], name),
            key="dependence",
            label=f"Largest change of a logit at each position of sequence {sequence + 1}",
            header=("Routing", "Position", "Alone", "Second half replaced"),
            rows=[
                [name, str(i), f"{alone:.2g}", f"{later:.2g}"]
                for name, each in answers.items()
                if each
                for i, (alone, later) in enumerate(
                    zip(each.alone_change, each.later_change, strict=True)
                )
            ],
        )
        st.caption(
            f"Sequence {sequence + 1} of the batch; pick a token above to choose another. Circles: "
            "alone. Crosses: second half replaced. What is 0 is drawn at the bottom."
        )


def dependence_table(study: CapacityStudy) -> str:
    """A line a policy: the three changes, and what the policy costs on the shown batch."""
    rows = []
    policies = [None, *(POLICY_TITLES if study.factor is not None else ())]
    for policy in policies:
        worst = study.dependence(policy)
        name = "dropless" if policy is None else POLICY_TITLES[policy]
        name = f"**{name}**" if policy == study.policy else name
        cells = ["…"] * 3
        if worst is not None:
            cells = [_change(value) for value in (worst.alone, worst.leak, worst.others)]
        rows.append([name, *cells, _cost(study, policy)])
    return markdown_table(("policy", "alone", "future", "others", "cost, nats"), rows, words=1)


def _change(value: float) -> str:
    """A number, and whether it is more than rounding."""
    if value == 0:
        return "0"
    return f"{value:.1e}" if value < _FLOAT_ERROR else f"**{value:.2g}**"


def _cost(study: CapacityStudy, policy: str | None) -> str:
    cost = study.cost(policy)
    return "…" if cost is None else f"{cost:+.4f}"
