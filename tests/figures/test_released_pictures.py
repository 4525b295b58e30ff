"""Every released model is in the table; who is counted is on the plot; bars are the counts."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from moeviz.accounting.released import released_models
from moeviz.config import ConfigError
from moeviz.figures.model_numbers import CONVENTION_TITLES
from moeviz.figures.released import (
    MODEL_HEADER,
    as_printed,
    compared_rows,
    model_row,
    released_info,
    released_infos,
    released_names,
)
from moeviz.figures.released_plot import plot_of_models, year_colour
from moeviz.figures.units import count


def test_every_model_of_the_registry_has_a_line_of_all_columns():
    infos = released_infos()
    assert [info.model.name for info in infos] == [model.name for model in released_models()]
    assert len(infos) >= 60
    assert all(len(model_row(info)) == len(MODEL_HEADER) for info in infos)


def test_a_line_has_the_exact_counts_under_three_conventions():
    row = dict(zip(MODEL_HEADER, model_row(released_info("DeepSeek-V3")), strict=True))
    assert row["Total counted"][1] == 671_026_419_200
    assert [row[title][1] for title in CONVENTION_TITLES.values()] == [
        37_552_297_472, 36_625_618_432, 35_698_939_392,
    ]  # fmt: skip
    assert row["Authors count"][0] == "no input embedding"
    assert row["Active off"][0].replace("\u00a0", " ") == "-1.01 %"
    assert (row["N"][1], row["k"][1], row["Cache a token"][1]) == (256, 8, 35_136)


def test_printed_and_counted_figures_of_a_line_have_the_same_unit():
    for info in released_infos():
        row = dict(zip(MODEL_HEADER, model_row(info), strict=True))
        printed, counted = row["Total printed"], row["Total counted"]
        if printed[1] and counted[1] and count(printed[1])[-1] == count(counted[1])[-1]:
            assert printed[0][-2:] == counted[0][-2:], info.model.name
    assert as_printed(1040) == "1.04\u00a0T"
    assert as_printed(46.7) == "46.7\u00a0B"


def test_printed_figures_leave_as_they_were_printed_and_deviations_with_few_digits():
    for info in released_infos():
        row = dict(zip(MODEL_HEADER, model_row(info), strict=True))
        for title, billions in (
            ("Total printed", info.model.published.total_billions),
            ("Active printed", info.model.published.active_billions),
        ):
            exact = None if billions is None else int(Decimal(str(billions)) * 10**9)
            assert repr(row[title][1]) == repr(exact)
        for title in ("Off", "Active off"):
            value = row[title][1]
            assert value is None or value == float(f"{value:.5f}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpt-oss-120b", "stated by the authors"),
        ("Mixtral-8x7B", "not stated: the closest of the three"),
        (
            "Mixtral-8x22B",
            "not stated: as in the authors' other models; the closest of the three is "
            '"no input embedding"',
        ),
        ("GShard-600B", ""),
    ],
)
def test_a_line_says_how_the_authors_convention_is_known(name, said):
    row = dict(zip(MODEL_HEADER, model_row(released_info(name)), strict=True))
    assert row["Authors count"][2] == said


def test_the_plot_has_every_model_whose_active_count_is_known_once():
    infos = released_infos()
    figure = plot_of_models(infos, ["Mixtral-8x7B"])
    *years, ring = figure["data"]
    drawn = [name for each in years for name in each["text"]]
    known = [info.model.name for info in infos if info.active]
    assert sorted(drawn) == sorted(known)
    assert ring["x"] == [46_702_792_704]
    assert ring["y"] == [12_879_925_248]
    for each in years:
        assert all(x >= y for x, y in zip(each["x"], each["y"], strict=True))


def test_every_drawn_model_lies_inside_the_picture():
    figure = plot_of_models(released_infos(), [])
    (left, right), (low, high) = (figure["layout"][each]["range"] for each in ("xaxis", "yaxis"))
    for each in figure["data"]:
        assert all(10**left < x < 10**right for x in each["x"])
        assert all(10**low < y < 10**high for y in each["y"])


def test_lines_of_equal_sparsity_have_slope_one():
    for line in plot_of_models((), [])["layout"]["shapes"]:
        assert line["x0"] / line["y0"] == pytest.approx(line["x1"] / line["y1"])


def test_compared_models_have_two_bars_each_stored_and_met():
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


def test_years_are_told_apart():
    years = [2020, 2021, 2023, 2026]
    assert len({year_colour(year, years) for year in years}) == len(years)


def test_every_year_is_told_by_a_shape_of_its_own_and_named():
    *years, ring = plot_of_models(released_infos(), ["Mixtral-8x7B"])["data"]
    assert len({each["marker"]["symbol"] for each in years}) == len(years) >= 6
    assert [each["name"] for each in years] == sorted({each["name"] for each in years})
    assert ring["showlegend"] is False


def test_names_of_chosen_models_stand_where_no_model_can_be_and_apart():
    """Where as much would be met as is stored; V3, Kimi-K2 and GLM-4.5 meet nearly the same."""
    picked = ["DeepSeek-V3", "Kimi-K2", "GLM-4.5", "gpt-oss-120b"]
    layout = plot_of_models(released_infos(), picked)["layout"]
    names = [each for each in layout["annotations"] if each["text"] in picked]
    assert all((each["x"], each["xanchor"]) == (each["y"], "right") for each in names)
    heights = sorted(each["y"] for each in names)
    assert all(b - a > 0.16 for a, b in itertools.pairwise(heights))
    ends = {(each["x1"], each["y1"]) for each in layout["shapes"]}
    for name in picked:
        info = released_info(name)
        assert any(
            end == pytest.approx((info.counted.total, info.active), rel=1e-9) for end in ends
        )
