"""Every model that is counted is on the picture, once, and named where it is chosen."""

from __future__ import annotations

import itertools

import pytest

from moeviz.analysis.cost.released_models import released_info, released_infos
from moeviz.figures.released_models_scatter import released_models_scatter


def test_the_plot_has_every_model_whose_active_count_is_known_once():
    infos = released_infos()
    figure = released_models_scatter(infos, ["Mixtral-8x7B"])
    *years, ring = figure["data"]
    drawn = [name for each in years for name in each["text"]]
    known = [info.model.name for info in infos if info.active]
    assert sorted(drawn) == sorted(known)
    assert ring["x"] == [46_702_792_704]
    assert ring["y"] == [12_879_925_248]
    for each in years:
        assert all(x >= y for x, y in zip(each["x"], each["y"], strict=True))


def test_every_drawn_model_lies_inside_the_picture():
    figure = released_models_scatter(released_infos(), [])
    (left, right), (low, high) = (figure["layout"][each]["range"] for each in ("xaxis", "yaxis"))
    for each in figure["data"]:
        assert all(10**left < x < 10**right for x in each["x"])
        assert all(10**low < y < 10**high for y in each["y"])


def test_lines_of_constant_total_over_active_have_slope_one():
    for line in released_models_scatter((), [])["layout"]["shapes"]:
        assert line["x0"] / line["y0"] == pytest.approx(line["x1"] / line["y1"])


def test_every_year_is_told_by_a_shape_of_its_own_and_named():
    *years, ring = released_models_scatter(released_infos(), ["Mixtral-8x7B"])["data"]
    assert len({each["marker"]["symbol"] for each in years}) == len(years) >= 6
    assert [each["name"] for each in years] == sorted({each["name"] for each in years})
    assert ring["showlegend"] is False


def test_names_of_chosen_models_stand_where_no_model_can_be_and_apart():
    """On the line total = active; V3, Kimi-K2 and GLM-4.5 have nearly equal active parameters."""
    picked = ["DeepSeek-V3", "Kimi-K2", "GLM-4.5", "gpt-oss-120b"]
    layout = released_models_scatter(released_infos(), picked)["layout"]
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
