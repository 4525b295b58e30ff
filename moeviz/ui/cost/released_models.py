"""The page Released models: a plot, models side by side, the table of all of them."""

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
from moeviz.texts import fill, strings
from moeviz.ui.components.chart import chart
from moeviz.ui.components.sortable_table import Picking
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.session import change_count
from moeviz.ui.cost.state import MAX_COMPARED, CountState
from moeviz.ui.cost.tables import number_table
from moeviz.ui.shared.navigation import DECODING_SPEED, FLOPS, MEMORY, PAGES
from moeviz.ui.shared.shown import shown_in
from moeviz.ui.shared.tables import markdown_table

COMPARED_ROW = 44
_WORDS = strings(__file__)
_PAGES = tuple(
    (each.file, each.title) for each in PAGES if each.file in (FLOPS, MEMORY, DECODING_SPEED)
)
"""Pages that can show a released model."""

WORDS_WIDTH = 360
"""Pixels of a model's column: the widest table fits."""


def compare(names: list[str]) -> None:
    """Put these side by side."""
    if len(names) > MAX_COMPARED:
        raise ConfigError(_WORDS["compare"], len(names), f"at most {MAX_COMPARED} models")
    change_count(compare=tuple(names))


def compare_field(state: CountState) -> None:
    """The same choice as the table's boxes."""
    shown = list(state.compare)
    st.multiselect(
        _WORDS["compare"], released_names(), shown, key="count_compare",
        on_change=shown_in("count_compare", shown, compare),
        help=fill(_WORDS["compare_help"], most=str(MAX_COMPARED)),
    )  # fmt: skip


def models_plot(state: CountState) -> None:
    """All models that are counted."""
    infos = released_infos()
    chart(
        released_models_scatter(infos, state.compare), key="models_plot",
        label=_WORDS["plot"], header=_WORDS["plot_table"],
        rows=[
            [info.model.name, str(info.model.year), exact(info.counted.total), exact(info.active)]
            for info in infos
            if info.counted is not None and info.active is not None
        ],
    )  # fmt: skip
    st.caption(_WORDS["plot_caption"])


def side_by_side(state: CountState) -> None:
    """Bars by component of the compared models."""
    infos = [released_info(name) for name in state.compare]
    component_chart(
        compared_rows(infos), "parameters", count, key="compared_bars", row_height=COMPARED_ROW,
        label=_WORDS["bars"],
    )  # fmt: skip


def each_in_words(state: CountState) -> None:
    """A column per model, in rows that fit: figures, why printed and counted differ, sources."""
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
        st.text(fill(_WORDS["not_counted"], reason=info.refusal))
    else:
        st.markdown(_figures(info))
    for name in ("router", "balancing", "deviation", "note"):
        if text := getattr(model, name):
            st.text(fill(_WORDS[name], text=text))
    if model.of_class_defaults:
        st.text(_WORDS["class_defaults"])
    if not model.published.checked and model.published.total_billions is not None:
        st.text(_WORDS["from_memory"])
    sources = (f"[{each.name}]({each.url})" if each.url else each.name for each in model.sources)
    st.caption(fill(_WORDS["sources"], sources="; ".join(sources)))
    if info.architecture is not None:
        for page, title in _PAGES:
            if info.architecture.two_sided and page != MEMORY:
                continue  # there a token has no single cost
            st.page_link(
                page, label=fill(_WORDS["link"], page=title, model=model.name),
                query_params={"model": model.name},
            )  # fmt: skip


def _figures(info: ReleasedInfo) -> str:
    """Printed beside counted parameters under the three conventions, as a Markdown table."""
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
    return markdown_table(_WORDS["figures"], rows, words=1)


def _printed(value: float | None) -> str:
    return "–" if value is None else as_printed(value)


def _percent(value: float | None) -> str:
    return "–" if value is None else off(value)


def models_table(state: CountState) -> None:
    """All of them."""
    infos = released_infos()
    refused = sum(info.counted is None for info in infos)
    caption = fill(_WORDS["caption"], count=str(len(infos)))
    if refused:
        caption += fill(_WORDS["some_refused"], count=str(refused))
    number_table(
        caption, model_table(), key="models_table", file_name="moeviz-released-models",
        picking=Picking(state.compare, compare),
    )  # fmt: skip
