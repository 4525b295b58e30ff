"""Every released model is in the table; bars are the counts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from moeviz.accounting.released import released_models
from moeviz.accounting.units import count
from moeviz.analysis.cost.model_numbers import CONVENTION_TITLES
from moeviz.analysis.cost.released_models import (
    as_printed,
    compared_rows,
    model_table,
    released_info,
    released_infos,
    released_names,
)
from moeviz.analysis.cost.tables import Cell
from moeviz.config import ConfigError


def line(name: str) -> dict[str, Cell]:
    """The model's cells by the titles of their columns."""
    table = model_table()
    (row,) = (row for row in table.rows if row[0].value == name)
    return dict(zip(table.header, row, strict=True))


def test_every_model_of_the_registry_has_a_line_of_all_columns():
    infos = released_infos()
    assert [info.model.name for info in infos] == [model.name for model in released_models()]
    assert len(infos) >= 60
    table = model_table()
    assert [row[0].value for row in table.rows] == [info.model.name for info in infos]
    assert all(len(row) == len(table.header) == len(table.units) for row in table.rows)


def test_a_line_has_the_exact_counts_under_three_conventions():
    row = line("DeepSeek-V3")
    assert row["Total counted"].value == 671_026_419_200
    assert [row[title].value for title in CONVENTION_TITLES.values()] == [
        37_552_297_472, 36_625_618_432, 35_698_939_392,
    ]  # fmt: skip
    assert row["Authors' convention"].shown == "no input embedding"
    assert row["Active difference"].shown.replace("\u00a0", " ") == "-1.01 %"
    assert (row["Experts E"].value, row["Top-k"].value) == (256, 8)
    assert row["KV cache per token"].value == 35_136


def test_printed_and_counted_figures_of_a_line_have_the_same_unit():
    for info in released_infos():
        row = line(info.model.name)
        printed, counted = row["Total printed"], row["Total counted"]
        if printed.value and counted.value and count(printed.value)[-1] == count(counted.value)[-1]:
            assert printed.shown[-2:] == counted.shown[-2:], info.model.name
    assert as_printed(1040) == "1.04\u00a0T"
    assert as_printed(46.7) == "46.7\u00a0B"


def test_printed_figures_leave_as_they_were_printed_and_deviations_with_few_digits():
    for info in released_infos():
        row = line(info.model.name)
        for title, billions in (
            ("Total printed", info.model.published.total_billions),
            ("Active printed", info.model.published.active_billions),
        ):
            exact = None if billions is None else int(Decimal(str(billions)) * 10**9)
            assert repr(row[title].value) == repr(exact)
        for title in ("Total difference", "Active difference"):
            value = row[title].value
            assert value is None or value == float(f"{value:.5f}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpt-oss-120b", "stated by the authors"),
        ("Mixtral-8x7B", "not stated: the closest of the three to the printed number"),
        (
            "Mixtral-8x22B",
            "not stated: as for the authors' other models; the closest of the three is "
            '"no input embedding"',
        ),
        ("GShard-600B", ""),
    ],
)
def test_a_line_says_how_the_authors_convention_is_known(name, said):
    row = line(name)
    assert row["Authors' convention"].title == said


def test_compared_models_have_two_bars_each_total_and_active():
    rows = compared_rows([released_info("Mixtral-8x7B"), released_info("DeepSeek-V3")])
    assert [row.total for row in rows] == [
        46_702_792_704, 12_879_925_248, 671_026_419_200, 37_552_297_472,
    ]  # fmt: skip


def test_an_unknown_name_is_refused_and_only_whole_models_can_be_a_subject():
    with pytest.raises(ConfigError, match="GPT-9"):
        released_info("GPT-9")
    whole = released_names(whole=True)
    assert set(whole) < set(released_names())
    assert all(released_info(name).architecture is not None for name in whole)
