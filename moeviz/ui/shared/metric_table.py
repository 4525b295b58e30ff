"""The measures of balance: formulas, values for the models that the page shows, verdicts."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from moeviz.analysis.verdict import (
    BALANCED_UNTIL,
    BALANCED_UP_TO,
    COLLAPSED_BELOW,
    COLLAPSED_UNTIL,
    EVEN_FROM,
    EVEN_UNTIL,
)
from moeviz.config import RunConfig
from moeviz.glossary import link
from moeviz.records import MEASURES, Measure
from moeviz.texts import say_from
from moeviz.ui.shared.page_run import shown_status
from moeviz.ui.shared.tables import markdown_table

say = say_from(__file__)

Shapes = Mapping[str, tuple[int, int]]
"""E and k of each model that has a router, by its name."""


def metric_table() -> None:
    """Each measure in words, with its values for the E and k that are in force now."""
    status = shown_status()
    shapes = shapes_of(status.config) if status else {}
    st.markdown(say("symbols"))
    if shapes:
        st.markdown(say("models", models="; ".join(map(_in_words, shapes, shapes.values()))))
    head = tuple(
        say(f"head.{name}") for name in ("measure", "formula", "words", "even", "collapse")
    )
    rows = [
        (link(each.label), f"${each.formula}$", each.definition, *anchors(each, shapes))
        for each in MEASURES
    ]
    st.markdown(markdown_table(head, rows, words=len(head)))
    st.markdown(
        say(
            "verdict",
            below=f"{COLLAPSED_BELOW:g}",
            until=f"{COLLAPSED_UNTIL:g}",
            up_to=f"{BALANCED_UP_TO:g}",
            above=f"{BALANCED_UNTIL:g}",
            even=f"{EVEN_FROM:g}",
            even_until=f"{EVEN_UNTIL:g}",
        )
    )


def shapes_of(config: RunConfig) -> Shapes:
    """E and k of the models that have a router."""
    return {
        arm.name: (arm.model.n_experts, arm.routing.top_k)
        for arm in config.arms
        if not arm.model.is_dense
    }


def anchors(measure: Measure, shapes: Shapes) -> tuple[str, str]:
    """A measure's values at an even load and at total collapse: formula, then number by model."""
    even = {name: f"{measure.even_value(e):g}" for name, (e, _) in shapes.items()}
    collapse = {
        name: "undefined"
        if measure.name == "entropy_above_collapse" and k == e
        else f"{measure.at_collapse(e, k):.3g}"
        for name, (e, k) in shapes.items()
    }
    return _valued(measure.at_balance, even), _valued(measure.collapse_formula, collapse)


def _valued(formula: str, values: Mapping[str, str]) -> str:
    """The formula with the models' values, unless it is that number itself."""
    different = set(values.values())
    if different <= {formula}:
        return f"${formula}$"
    if different == {"undefined"}:
        return "undefined"
    if len(different) == 1:
        return f"${formula}$ = {different.pop()}"
    return f"${formula}$ = " + ", ".join(f"{value} ({name})" for name, value in values.items())


def _in_words(name: str, shape: tuple[int, int]) -> str:
    return say("model", name=name, experts=shape[0], k=shape[1])
