"""The page of released models: one plot, chosen ones side by side, the table of all of them."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.units import count, exact
from moeviz.analysis.cost.model_numbers import CONVENTION_TITLES
from moeviz.analysis.cost.released_models import (
    ReleasedInfo,
    as_printed,
    compared_rows,
    model_table,
    off,
    released_info,
    released_infos,
    released_names,
)
from moeviz.config import ConfigError
from moeviz.figures.released_models_scatter import released_models_scatter
from moeviz.ui.components.chart import chart
from moeviz.ui.components.sortable_table import Picking
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.state import MAX_COMPARED, CountState
from moeviz.ui.cost.tables import number_table
from moeviz.ui.cost.visit import change_count
from moeviz.ui.shared.navigation import DECODING_SPEED, FLOPS, MEMORY
from moeviz.ui.shared.shown import shown_in
from moeviz.ui.shared.tables import markdown_table

COMPARED_ROW = 44
WORDS_WIDTH = 360
"""Pixels of a model's column: the widest table of figures fits."""


def compare(names: list[str]) -> None:
    """Put these side by side."""
    if len(names) > MAX_COMPARED:
        raise ConfigError("Side by side", len(names), f"at most {MAX_COMPARED} models")
    change_count(compare=tuple(names))


def compare_field(state: CountState) -> None:
    """The same choice as the table's boxes."""
    shown = list(state.compare)
    st.multiselect(
        "Side by side", released_names(), shown, key="count_compare",
        on_change=shown_in("count_compare", shown, compare),
        help=f"At most {MAX_COMPARED} models; or tick them in the table below.",
    )  # fmt: skip


def models_plot(state: CountState) -> None:
    """Everything at once."""
    infos = released_infos()
    chart(
        released_models_scatter(infos, state.compare), key="models_plot",
        label="Total against active parameters of released models, by year",
        header=("Model", "Year", "Total", "Active, as the authors count"),
        rows=[
            [info.model.name, str(info.model.year), exact(info.counted.total), exact(info.active)]
            for info in infos
            if info.counted is not None and info.active is not None
        ],
    )  # fmt: skip
    st.caption(
        "Click a year to hide it, twice for it alone. Dotted: so many stored for one that is met."
    )


def side_by_side(state: CountState) -> None:
    """Bars by component of the chosen ones."""
    infos = [released_info(name) for name in state.compare]
    component_chart(
        compared_rows(infos), "parameters", count, key="compared_bars", row_height=COMPARED_ROW,
        label="Parameters by component of the chosen models",
    )  # fmt: skip


def each_in_words(state: CountState) -> None:
    """A column a model, in rows that fit: figures, why print and count differ, sources."""
    infos = [released_info(name) for name in state.compare]
    if not infos:
        return
    with st.container(key="models_words", horizontal=True):
        for info in infos:
            with st.container(width=WORDS_WIDTH):
                _in_words(info)


def _in_words(info: ReleasedInfo) -> None:
    model = info.model
    st.markdown(f"**{model.name}**, {model.organisation} {model.year}")
    if info.refusal:
        st.text(f"Not counted: {info.refusal}")
    else:
        st.markdown(_figures(info))
    for text in (model.router, model.balancing, model.deviation, model.note):
        if text:
            st.text(text)
    if model.of_class_defaults:
        st.text("The sizes are those that its class in transformers takes by default.")
    st.caption("Sources: " + "; ".join(
        f"[{each.name}]({each.url})" if each.url else each.name for each in model.sources
    ))  # fmt: skip
    if info.architecture is not None:
        for page, name in ((FLOPS, "Operations"), (MEMORY, "Memory"), (DECODING_SPEED, "Speed")):
            st.page_link(page, label=f"{name} of {model.name}", query_params={"model": model.name})


def _figures(info: ReleasedInfo) -> str:
    """The printed figures beside the three conventions', as a Markdown table."""
    model, counted = info.model, info.counted
    assert counted is not None, "a model without a refusal is counted"
    printed = model.published
    total = _printed(printed.total_billions)
    rows = [("Total", total, exact(counted.total), _percent(model.total_deviation()))]
    for name, title in CONVENTION_TITLES.items():
        if name not in counted.active:
            continue
        theirs = name == model.convention
        said = _printed(printed.active_billions) if theirs else ""
        by = _percent(model.active_deviation()) if theirs else ""
        named = f"**{title}**" if theirs else title
        rows.append((named, said, exact(counted.active[name]), by))
    return markdown_table(("", "printed", "counted", "off"), rows, words=1)


def _printed(value: float | None) -> str:
    return "–" if value is None else as_printed(value)


def _percent(value: float | None) -> str:
    return "–" if value is None else off(value)


def models_table(state: CountState) -> None:
    """All of them."""
    infos = released_infos()
    refused = sum(info.counted is None for info in infos)
    caption = f"{len(infos)} released models. Click a title to sort; hover for numbers in full."
    if refused:
        caption += f" {refused} are not counted here."
    number_table(
        caption, model_table(), key="models_table", file_name="moeviz-released-models",
        picking=Picking(state.compare, compare),
    )  # fmt: skip
