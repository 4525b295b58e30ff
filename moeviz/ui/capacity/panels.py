"""What the capacity lab has measured so far: the cost of a factor, the drops, the dependences.

Draws what is known and leaves open what is still being measured.
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
from moeviz.texts import say_from
from moeviz.traces import STUDY_BATCHES, BatchRouting
from moeviz.ui.capacity.study import CapacityStudy
from moeviz.ui.components.chart import chart
from moeviz.ui.shared.controls import POLICY_TITLES
from moeviz.ui.shared.tables import markdown_table

_FLOAT_ERROR = 1e-4
"""A change of a logit below this is the rounding of sums in another order."""


say = say_from(__file__)


def cost_of_a_factor(study: CapacityStudy) -> None:
    """Drops, padding and cross-entropy against the factor, at fixed weights."""
    curve = study.curve()
    st.markdown(f"## {say('factor.title')}")
    chart(
        capacity_curves(curve, study.factor),
        key="curves",
        label=say("factor.chart"),
        header=("Factor", "Dropped", "Padding", "Cost in nats", "95 % ±", "Batches"),
        rows=[_curve_row(point) for point in curve],
    )
    policy = POLICY_TITLES[study.policy]
    st.caption(say("factor.caption", policy=policy, batches=STUDY_BATCHES))


def _curve_row(point: CurvePoint) -> list[str]:
    return [
        f"{point.capacity_factor:g}", f"{100 * point.dropped:.1f} %",
        f"{100 * point.padding:.1f} %", f"{point.cost:+.4f}",
        "–" if math.isnan(point.half_width) else f"{point.half_width:.4f}", str(point.batches),
    ]  # fmt: skip


def drops_by_policy(study: CapacityStudy, batch: BatchRouting, layer: int) -> None:
    """Drop rates of the shown batch under every policy."""
    st.markdown(f"## {say('drops.title', layer=layer)}")
    if study.factor is None:
        st.markdown(say("drops.dropless"))
        return
    rates = study.drop_rates(layer)
    highest = max((each.highest for each in rates.values()), default=0.0)
    turn, position, domain = st.columns([3, 3, 3], gap="small")
    length = len(batch.tokens) // len(batch.domain)
    bins = min(POSITION_BINS, length)
    with turn:
        _grid(rates, "by_turn", _turns(batch), highest)
    with position:
        starts = [f"{round(i * length / bins)}" for i in range(bins)]
        _grid(rates, "by_position", starts, highest)
    with domain:
        _grid(rates, "by_domain", list(batch.domains), highest)
    st.caption(f"{say('drops.caption')}{_why_alike(batch, layer)}")


def _why_alike(batch: BatchRouting, layer: int) -> str:
    """Why policies agree, where they have to."""
    layers = say("drops.why.layers", layer=layer) if layer else say("drops.why.first_layer")
    reasons = {
        DROP_POLICIES: say("drops.why.no_overflow", layers=layers),
        BY_SCORE: say("drops.why.same_order"),
        BY_PLACE: say("drops.why.no_free_slot"),
    }
    return "".join(
        say("drops.alike", policies=_named(alike), why=reasons[alike])
        for alike in policies_alike(batch, layer)
    )


def _named(policies: tuple[str, ...]) -> str:
    if policies == DROP_POLICIES:
        return say("drops.all")
    one, other = (POLICY_TITLES[name] for name in policies)
    return say("drops.two", one=one, other=other)


def _turns(batch: BatchRouting) -> list[str]:
    bins = min(TURN_BINS, len(batch.domain))
    names = [""] * bins
    names[0], names[-1] = "first", "last"
    return names


def _grid(rates: dict[str, DropRates], part: str, columns: list[str], highest: float) -> None:
    title = say(f"drops.parts.{part}")
    values = {POLICY_TITLES[name]: getattr(each, part).tolist() for name, each in rates.items()}
    chart(
        drop_rate_grid(values, columns, title, highest),
        key=f"drops_{part}",
        label=say("drops.chart", part=title),
        header=("Policy", *(name or "…" for name in columns)),
        rows=[[name, *(f"{100 * v:.0f} %" for v in row)] for name, row in values.items()],
    )


def dependence_on_the_batch(study: CapacityStudy, sequence: int) -> None:
    """Batch invariance and causality, measured under every policy; one sequence in detail."""
    st.markdown(f"## {say('dependence.title')}")
    table, picture = st.columns([1, 1], gap="medium")
    with table:
        st.markdown(dependence_table(study))
        st.markdown(say("dependence.explained"))
    with picture:
        chosen = study.dependence_of(study.policy, sequence) if study.factor else None
        name = f"capacity {study.factor:g}" if study.factor else ""
        answers = {"dropless": study.dependence_of(None, sequence), name: chosen}
        chart(
            batch_dependence_lines(chosen, answers["dropless"], name),
            key="dependence",
            label=say("dependence.chart", sequence=sequence + 1),
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
        st.caption(say("dependence.caption", sequence=sequence + 1))


def dependence_table(study: CapacityStudy) -> str:
    """A row per policy: the three changes, and what the policy costs on the shown batch."""
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
